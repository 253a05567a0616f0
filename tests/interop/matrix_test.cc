// Page size by kind of column by kind of index: written through the JET API, read by readers that
// are not ours. Prints cells agreeing / cells for each page size and reader.
//
// The ordinary run takes every twelfth cell of each page size, another twelfth for each; all of
// them with CONTRAIL_INTEROP=full. CONTRAIL_INTEROP_KEEP names a folder that the files are copied
// to.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>

#include "tests/support/jet_fixture.h"
#include "tests/support/matrix_plan.h"
#include "tests/support/outside_readers.h"

namespace contrail::test {
namespace {

constexpr uint32_t kShare = 12;

bool IsFullRun() {
  const char* mode = std::getenv("CONTRAIL_INTEROP");
  return mode != nullptr && std::string(mode) == "full";
}

class MatrixTest : public testing::TestWithParam<uint32_t> {
 protected:
  // The cells of this run by the names of their tables.
  static std::map<std::string, MatrixCell> Cells() {
    std::map<std::string, MatrixCell> cells;
    uint32_t number = 0;
    for (const ColumnKind& column : AllColumnKinds()) {
      for (const IndexKind index : AllIndexKinds()) {
        if (!IsPossible(column, index)) continue;
        const uint32_t turn = number++ + GetParam() / 4096;
        if (IsFullRun() || turn % kShare == 0) {
          cells["cell" + std::to_string(number)] = {column, index};
        }
      }
    }
    return cells;
  }

  void Write(const std::map<std::string, MatrixCell>& cells) {
    JetDatabase database(folder_, {.page_size = GetParam(), .circular = true});
    std::vector<TableWriter> writers;
    for (const auto& [name, cell] : cells) {
      writers.emplace_back(database.session(), database.id(), TableOf(cell, name));
      TableWriter& writer = writers.back();
      SCOPED_TRACE(NameOf(cell));
      ASSERT_JET_OK(JetBeginTransaction(database.session()));
      ASSERT_JET_OK(writer.Create());
      for (const PlannedRow& row : RowsOf(cell, GetParam())) {
        const int32_t inserted = writer.Insert(row);
        // A Bit has two values only.
        const bool expected =
            cell.column.type == JET_coltypBit &&
            (inserted == JET_errKeyDuplicate || inserted == JET_errMultiValuedIndexViolation);
        if (!expected) EXPECT_JET_OK(inserted);
      }
      ASSERT_JET_OK(JetCommitTransaction(database.session(), JET_bitCommitLazyFlush));
      ASSERT_JET_OK(writer.Close());
    }
    ASSERT_JET_OK(database.engine().Term());
    std::vector<const TableWriter*> tables;
    for (const TableWriter& writer : writers) tables.push_back(&writer);
    WriteExpectation(Expectation(), folder_ / "test.edb", GetParam(), tables);
  }

  std::string Expectation() const { return folder_ / "expectation.json"; }

  void KeepForALook() {
    const char* folder = std::getenv("CONTRAIL_INTEROP_KEEP");
    if (folder == nullptr) return;
    const std::string place = std::string(folder) + "/matrix" + std::to_string(GetParam());
    std::filesystem::copy_file(folder_ / "test.edb", place + ".edb",
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::copy_file(Expectation(), place + ".json",
                               std::filesystem::copy_options::overwrite_existing);
  }

  void ReadBy(OutsideReader reader, const std::map<std::string, MatrixCell>& cells) {
    if (const std::string absent = WhyAbsent(reader); !absent.empty()) {
      std::cout << NameOf(reader) << ": skipped, " << absent << "\n";
      return;
    }
    size_t equal = 0;
    std::map<std::string, std::vector<std::string>> limits;
    std::map<std::string, bool> seen;
    for (const ReaderVerdict& verdict : Examine(reader, {Expectation()})) {
      const std::string cell = verdict.table.empty() ? "the file" : NameOf(cells.at(verdict.table));
      if (!verdict.table.empty()) seen[verdict.table] = true;
      if (verdict.verdict == "limit") {
        limits[verdict.reason].push_back(cell);
      } else if (verdict.verdict == "equal") {
        equal += verdict.table.empty() ? 0 : 1;
      } else {
        ADD_FAILURE() << NameOf(reader) << ": " << cell << ": " << verdict.reason;
      }
    }
    EXPECT_EQ(seen.size(), cells.size());
    std::cout << GetParam() << "-byte pages, " << NameOf(reader) << ": " << equal << " / "
              << cells.size() << " cells agree\n";
    for (const auto& [reason, names] : limits) {
      std::cout << "  " << names.size() << " not, shown to be the reader's: " << reason
                << " (first: " << names.front() << ")\n";
    }
  }

  JetFolder folder_;
};

TEST_P(MatrixTest, OutsideReadersReadWhatWasWritten) {
  if (!WhyAbsent(OutsideReader::kEdbCheck).empty()) {
    GTEST_SKIP() << WhyAbsent(OutsideReader::kEdbCheck);
  }
  const std::map<std::string, MatrixCell> cells = Cells();
  ASSERT_NO_FATAL_FAILURE(Write(cells));
  KeepForALook();
  ReadBy(OutsideReader::kEdbCheck, cells);
  ReadBy(OutsideReader::kEsedbexport, cells);
  ReadBy(OutsideReader::kImpacket, cells);
}

INSTANTIATE_TEST_SUITE_P(PageSizes, MatrixTest, testing::Values(4096, 8192, 16384, 32768),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace contrail::test
