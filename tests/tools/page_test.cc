// `contrail page` and `contrail space`: what they say of sound pages, and that no page makes them
// fall.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "tests/support/shared_data.h"
#include "tests/support/victim_database.h"
#include "tests/tools/tool_path.h"

namespace contrail {
namespace {

using Json = nlohmann::json;

class PageTest : public ::testing::Test {
 protected:
  void SetUp() override { CONTRAIL_REQUIRE_SHARED_DATA(); }
  std::string Sample(const std::string& name) {
    return test::UnpackSample(name, folder_.path()).string();
  }
  static test::CommandResult Tool(std::vector<std::string> words) {
    words.insert(words.begin(), test::ToolPath());
    return test::RunCommand(words);
  }
  static Json Page(const std::string& path, PageNumber number) {
    const test::CommandResult result = Tool({"page", path, std::to_string(number), "--json"});
    EXPECT_EQ(result.exit_status, 0) << result.errors;
    return Json::parse(result.output);
  }

  test::ScratchFolder folder_;
};

TEST_F(PageTest, RowsAreDecoded) {
  const std::string path = Sample("basic.edb");
  const Json page = Page(path, 31);
  EXPECT_EQ(page["owner"], "table basic");
  EXPECT_EQ(page["layout"], "sound");
  EXPECT_EQ(page["external_header"]["parent"], 1);
  EXPECT_EQ(page["external_header"]["primary_pages"], 4);
  ASSERT_EQ(page["nodes"].size(), 2u);
  const test::CommandResult rows = Tool({"export", path, "basic"});
  EXPECT_EQ(page["nodes"][0]["row"], Json::parse(rows.output.substr(0, rows.output.find('\n'))));
  EXPECT_EQ(page["map"].get<std::string>().size(), 128u);
  EXPECT_EQ(page["map"].get<std::string>().front(), 'H');
  EXPECT_EQ(page["map"].get<std::string>().back(), 'T');
}

TEST_F(PageTest, SpaceAndIndexAndLongValuesAreDecoded) {
  const std::string basic = Sample("basic.edb");
  EXPECT_EQ(Page(basic, 2)["nodes"][0]["meaning"], "pages 1..254");
  EXPECT_NE(Page(basic, 4)["nodes"][0]["meaning"].get<std::string>().find("child page"),
            std::string::npos);
  EXPECT_EQ(Page(basic, 254)["checksum"], "none: it was never written (all zero)");
  const std::string multi = Sample("multi.edb");
  test::VictimDatabase victim(multi);
  const PageNumber values = victim.FirstLeaf(victim.table("multi").long_value_root_page);
  const Json page = Page(multi, values);
  EXPECT_EQ(page["owner"], "long values of multi");
  EXPECT_NE(page["nodes"][0]["meaning"].get<std::string>().find("references"), std::string::npos);
  EXPECT_NE(page["nodes"][1]["meaning"].get<std::string>().find("chunk at 0"), std::string::npos);
}

TEST_F(PageTest, KeysAreDecoded) {
  const std::string path = Sample("index.edb");
  test::VictimDatabase victim(path);
  const test::CommandResult rows = Tool({"export", path, "index"});
  const Json row = Json::parse(rows.output.substr(0, rows.output.find('\n')));
  for (const char* column :
       {"Bit", "UnsignedByte", "Short", "Long", "IEEESingle", "IEEEDouble", "DateTime",
        "UnsignedLong", "LongLong", "GUID", "UnsignedShort", "Binary"}) {
    SCOPED_TRACE(column);
    const Json page = Page(path, victim.index_root("index", std::string("Ix") + column));
    ASSERT_EQ(page["nodes"].size(), 1u);
    EXPECT_EQ(page["nodes"][0]["key_values"], (Json{{column, row[column]}}));
  }
  // Text is not to be had back from its key.
  EXPECT_FALSE(
      Page(path, victim.index_root("index", "IxASCII"))["nodes"][0].contains("key_values"));
  // Of the catalog: a primary key in rows, and behind a secondary one.
  const Json catalog = Page(path, victim.FirstLeaf(4));
  const Json& first = catalog["nodes"][0];
  EXPECT_EQ(first["key_values"], (Json{{"ObjidTable", first["row"]["ObjidTable"]},
                                       {"Type", first["row"]["Type"]},
                                       {"Id", first["row"]["Id"]}}));
  const Json names = Page(path, victim.FirstLeaf(victim.index_root("MSysObjects", "Name")));
  EXPECT_EQ(names["nodes"][0]["primary_key_values"].size(), 3u);
  // The lines for people have them, too.
  EXPECT_NE(Tool({"page", path, "4"}).output.find("key_values {\"ObjidTable\":"),
            std::string::npos);
}

TEST_F(PageTest, PagesThatAreNotThereAreAnError) {
  const std::string path = Sample("basic.edb");
  for (const char* number : {"0", "255", "4000000000"}) {
    EXPECT_EQ(Tool({"page", path, number}).exit_status, 2) << number;
  }
}

TEST_F(PageTest, NoDamageMakesItFall) {
  const std::string path = Sample("index.edb");
  test::VictimDatabase victim(path);
  std::mt19937 random(20261122);
  SCOPED_TRACE("seed 20261122");
  const std::vector<PageNumber> pages = {
      1, 2, 4, 13, victim.table("index").root_page, victim.index_root("index", "IxLong")};
  for (int round = 0; round < 24; ++round) {
    const PageNumber number = pages[static_cast<size_t>(round) % pages.size()];
    std::vector<std::byte> whole;
    victim.Change(
        number,
        [&](MutableBytes page) {
          whole.assign(page.begin(), page.end());
          for (int i = 0; i < 20; ++i) {
            page[PageHeaderSize(4096) + random() % (4096 - PageHeaderSize(4096))] =
                static_cast<std::byte>(random());
          }
        },
        /*seal=*/round % 2 == 0);
    const test::CommandResult shown = Tool({"page", path, std::to_string(number)});
    EXPECT_LE(shown.exit_status, 1) << shown.errors;
    EXPECT_LE(Tool({"space", path}).exit_status, 2);
    victim.Change(
        number, [&](MutableBytes page) { std::copy(whole.begin(), whole.end(), page.begin()); },
        /*seal=*/false);
  }
}

TEST_F(PageTest, SpaceAddsUp) {
  for (const std::string& name : test::SampleNames()) {
    if (name == "large.edb") continue;  // Takes long, tells nothing more.
    const test::CommandResult result = Tool({"space", Sample(name), "--json"});
    ASSERT_EQ(result.exit_status, 0) << name << result.errors;
    const Json document = Json::parse(result.output);
    EXPECT_EQ(document["lost_pages"], 0);
    EXPECT_EQ(document["owned_pages"], 254);
    for (const Json& tree : document["trees"]) {
      EXPECT_EQ(tree["owned_pages"].get<int>(),
                tree["used_pages"].get<int>() + tree["space_tree_pages"].get<int>() +
                    tree["available_pages"].get<int>() + tree["child_pages"].get<int>())
          << name << " " << tree["name"];
    }
  }
}

TEST_F(PageTest, LostPagesAreTold) {
  const std::string path = Sample("basic.edb");
  test::VictimDatabase victim(path);
  const PageNumber root = victim.table("basic").root_page;
  victim.Change(root, [&](MutableBytes page) {
    StoreLittle<uint32_t>(victim.ExternalHeader(page).data() + 12, 6);  // Of three free pages two.
  });
  const test::CommandResult result = Tool({"space", path, "--json"});
  EXPECT_EQ(result.exit_status, 1);
  for (const Json& tree : Json::parse(result.output)["trees"]) {
    const bool victim_table = tree["name"] == "basic" && tree["kind"] == "table";
    const Json lost = victim_table ? Json::array({Json::array({root + 1, 1})}) : Json::array();
    EXPECT_EQ(tree["lost"], lost) << tree["name"];
  }
}

}  // namespace
}  // namespace contrail
