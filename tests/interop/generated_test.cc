// Databases at random, through the JET API, read by edbcheck.py: each sound, each row what was
// written. Every page size takes its turn.
//
// CONTRAIL_GENERATED_FILES sets how many (20 unless set; the full proof takes 1,000), and
// CONTRAIL_GENERATED_SEED where to begin; the seed of a file is printed with what it shows.
// CONTRAIL_INTEROP_KEEP names a folder that the files are copied to.

#include <gtest/gtest.h>

#include <bit>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>

#include "tests/support/jet_fixture.h"
#include "tests/support/outside_readers.h"
#include "tests/support/schema_generator.h"
#include "tests/support/sound_database.h"

namespace contrail::test {
namespace {

constexpr uint64_t kFirstSeed = 20'260'000;
constexpr uint64_t kBatch = 25;  // Files on disk at a time.

uint64_t NumberFrom(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct Tally {
  uint64_t sound = 0;
  uint64_t tables = 0;
  uint64_t rows = 0;
  std::map<JET_ERR, int> refused;
};

class GeneratedTest : public testing::TestWithParam<uint32_t> {
 protected:
  // The database of a seed; its expectation's path.
  void Generate(JetDatabase& engine, uint64_t seed, Tally* tally) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const std::string name = std::to_string(seed);
    const std::string path = folder_ / (name + ".edb");
    JET_DBID database = JET_dbidNil;
    ASSERT_JET_OK(JetCreateDatabaseA(engine.session(), path.c_str(), nullptr, &database, 0));
    SchemaGenerator generator(engine.session(), database, GetParam(), seed);
    EXPECT_TRUE(generator.Run()) << generator.failure();
    ASSERT_JET_OK(JetCloseDatabase(engine.session(), database, 0));
    ASSERT_JET_OK(JetDetachDatabaseA(engine.session(), path.c_str()));
    std::vector<const TableWriter*> tables;
    for (const TableWriter& table : generator.tables()) {
      tables.push_back(&table);
      ++tally->tables;
      tally->rows += table.rows().size();
    }
    for (const auto& [error, count] : generator.refused()) tally->refused[error] += count;
    expectations_.push_back(folder_ / (name + ".json"));
    WriteExpectation(expectations_.back(), path, GetParam(), tables);
  }

  void ReadBatch(Tally* tally) {
    std::map<std::string, bool> equal;
    for (const ReaderVerdict& verdict : Examine(OutsideReader::kEdbCheck, expectations_)) {
      equal.emplace(verdict.database, true);
      if (verdict.verdict == "equal") continue;
      equal[verdict.database] = false;
      ADD_FAILURE() << std::filesystem::path(verdict.database).filename() << ", " << GetParam()
                    << "-byte pages, " << verdict.table << ": " << verdict.reason;
    }
    EXPECT_EQ(equal.size(), expectations_.size());
    for (const auto& [database, sound] : equal) tally->sound += sound ? 1 : 0;
    for (const std::filesystem::path& expectation : expectations_) {
      std::filesystem::path database = expectation;
      EXPECT_EQ(OwnFindings(database.replace_extension(".edb")), "") << database.filename();
    }
    const char* keep = std::getenv("CONTRAIL_INTEROP_KEEP");
    for (const std::filesystem::path& expectation : expectations_) {
      std::filesystem::remove(expectation);
      std::filesystem::path database = expectation;
      database.replace_extension(".edb");
      if (keep != nullptr) {
        std::filesystem::copy_file(database, std::filesystem::path(keep) / database.filename(),
                                   std::filesystem::copy_options::overwrite_existing);
      }
      std::filesystem::remove(database);
    }
    expectations_.clear();
  }

  JetFolder folder_;
  std::vector<std::filesystem::path> expectations_;
};

TEST_P(GeneratedTest, EveryFileIsSoundAndHoldsWhatWasWritten) {
  if (!WhyAbsent(OutsideReader::kEdbCheck).empty()) {
    GTEST_SKIP() << WhyAbsent(OutsideReader::kEdbCheck);
  }
  const uint64_t files = NumberFrom("CONTRAIL_GENERATED_FILES", 20);
  const uint64_t first = NumberFrom("CONTRAIL_GENERATED_SEED", kFirstSeed);
  Tally tally;
  uint64_t written = 0;
  JetDatabase engine(folder_, {.page_size = GetParam(), .circular = true});
  // Every fourth seed from 0, 1, 2 or 3 on.
  for (uint64_t i = std::countr_zero(GetParam() / 4096); i < files; i += 4) {
    ASSERT_NO_FATAL_FAILURE(Generate(engine, first + i, &tally));
    ++written;
    if (expectations_.size() == kBatch || i + 4 >= files) ReadBatch(&tally);
  }
  std::cout << GetParam() << "-byte pages, seeds from " << first << ": " << tally.sound << " / "
            << written << " files sound and equal; " << tally.tables << " tables, " << tally.rows
            << " rows\n";
  for (const auto& [error, count] : tally.refused) {
    std::cout << "  refused " << count << " times: " << JetErrorText(error) << "\n";
  }
  EXPECT_EQ(tally.sound, written);
}

INSTANTIATE_TEST_SUITE_P(PageSizes, GeneratedTest, testing::Values(4096, 8192, 16384, 32768),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace contrail::test
