// A table of three levels: what outside readers make of pages that are not leaves and so have no
// sibling links.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "storage/page_checksum.h"
#include "storage/page_view.h"
#include "storage/posix_file.h"
#include "tests/support/jet_fixture.h"
#include "tests/support/shared_data.h"
#include "tests/tools/tool_path.h"

namespace contrail {
namespace {

constexpr uint32_t kPageSize = 4096;
constexpr int kRows = 8000;

class InternalLinksTest : public ::testing::Test {
 protected:
  void SetUp() override {
    test::JetDatabase database(folder_, {.page_size = kPageSize});
    const JET_SESID session = database.session();
    database.CreateRows("rows");
    const JET_TABLEID table = database.Open("rows");
    const JET_COLUMNID id = database.Column(table, "id");
    const JET_COLUMNID name = database.Column(table, "name");
    const std::string text(200, 'n');
    for (int row = 0; row < kRows; ++row) {
      if (row % 1000 == 0) ASSERT_JET_OK(JetBeginTransaction(session));
      const int32_t number = (row * 7919) % kRows;
      ASSERT_JET_OK(JetPrepareUpdate(session, table, JET_prepInsert));
      ASSERT_JET_OK(JetSetColumn(session, table, id, &number, sizeof(number), 0, nullptr));
      ASSERT_JET_OK(JetSetColumn(session, table, name, text.data(),
                                 static_cast<uint32_t>(text.size()), 0, nullptr));
      ASSERT_JET_OK(JetUpdate(session, table, nullptr, 0, nullptr));
      if (row % 1000 == 999) {
        ASSERT_JET_OK(JetCommitTransaction(session, JET_bitCommitLazyFlush));
      }
    }
    ASSERT_JET_OK(database.engine().Term());
    path_ = folder_ / "test.edb";
  }

  // Pages between a root and the parents of leaves, and those parents where they are no roots.
  std::vector<PageNumber> InternalPages() {
    std::vector<PageNumber> found;
    const uint64_t size = std::filesystem::file_size(path_);
    for (PageNumber number = 1; FileOffsetOf(number, kPageSize) < size; ++number) {
      std::vector<std::byte> page = ReadPage(number);
      const PageView view(page.data(), kPageSize);
      const bool used = view.object_id() != 0 && (view.flags() & page_flag::kEmptied) == 0;
      if (used && view.tag_count() > 1 && !view.is_leaf() && !view.is_root()) {
        found.push_back(number);
      }
    }
    return found;
  }

  std::vector<std::byte> ReadPage(PageNumber number) {
    std::vector<std::byte> page(kPageSize);
    std::ifstream file(path_, std::ios::binary);
    file.seekg(static_cast<std::streamoff>(FileOffsetOf(number, kPageSize)));
    file.read(reinterpret_cast<char*>(page.data()), kPageSize);
    return page;
  }

  void WritePage(PageNumber number, std::vector<std::byte> page) {
    SealPage(page, number);
    std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(FileOffsetOf(number, kPageSize)));
    file.write(reinterpret_cast<const char*>(page.data()), kPageSize);
  }

  test::CommandResult Check() {
    return test::RunCommand({test::ToolPath(), "check", path_, "--json"});
  }

  test::JetFolder folder_;
  std::string path_;
};

TEST_F(InternalLinksTest, CheckersAgree) {
  ASSERT_GE(InternalPages().size(), 2u);
  const test::CommandResult ours = Check();
  EXPECT_EQ(ours.exit_status, 0) << ours.output;
  CONTRAIL_REQUIRE_SHARED_DATA();
  const test::CommandResult theirs = test::RunEdbCheck({"check", path_});
  EXPECT_EQ(theirs.exit_status, 0) << theirs.output;
  EXPECT_NE(theirs.errors.find("misses sibling links on"), std::string::npos) << theirs.errors;
  // Uncorrected it objects to nothing but the links that internal pages do not have.
  const test::CommandResult raw = test::RunUncorrectedEdbCheck({"check", path_, "--json"});
  EXPECT_EQ(raw.exit_status, 1);
  const std::vector<PageNumber> internal = InternalPages();
  for (const auto& finding : nlohmann::json::parse(raw.output)["findings"]) {
    EXPECT_NE(std::find(internal.begin(), internal.end(), finding["page"].get<PageNumber>()),
              internal.end())
        << finding;
    EXPECT_EQ(finding["found"], "0") << finding;
    const auto what = finding["what"].get<std::string>();
    EXPECT_TRUE(what.ends_with("next page") || what.ends_with("previous page")) << finding;
  }
}

TEST_F(InternalLinksTest, EsedbexportListsEveryRow) {
  const std::string target = folder_ / "exported";
  const test::CommandResult result =
      test::RunCommand({"esedbexport", "-t", target, "-T", "rows", path_});
  if (result.exit_status == 127) GTEST_SKIP() << "esedbexport is not installed";
  ASSERT_EQ(result.exit_status, 0) << result.output << result.errors;
  int lines = 0;
  for (const auto& entry : std::filesystem::directory_iterator(target + ".export")) {
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) ++lines;
  }
  EXPECT_EQ(lines, kRows + 1);  // With a heading.
}

TEST_F(InternalLinksTest, ALinkIsAFinding) {
  const std::vector<PageNumber> internal = InternalPages();
  ASSERT_GE(internal.size(), 2u);
  std::vector<std::byte> page = ReadPage(internal[0]);
  StoreLittle<uint32_t>(page.data() + page_offset::kNext, internal[1]);
  WritePage(internal[0], page);
  const test::CommandResult ours = Check();
  EXPECT_EQ(ours.exit_status, 1) << ours.output;
  EXPECT_NE(ours.output.find("next page of an internal page"), std::string::npos) << ours.output;
  {
    // It leads nobody astray.
    test::JetDatabase database(folder_, {.page_size = kPageSize});
    const JET_TABLEID table = database.Open("rows");
    int rows = 0;
    for (JET_ERR error = JetMove(database.session(), table, JET_MoveFirst, 0); error >= 0;
         error = JetMove(database.session(), table, JET_MoveNext, 0)) {
      ++rows;
    }
    EXPECT_EQ(rows, kRows);
    ASSERT_JET_OK(database.engine().Term());
  }
  CONTRAIL_REQUIRE_SHARED_DATA();
  const test::CommandResult theirs = test::RunEdbCheck({"check", path_});
  EXPECT_EQ(theirs.exit_status, 1) << theirs.output;
}

}  // namespace
}  // namespace contrail
