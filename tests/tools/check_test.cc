// `contrail check` against an independent checker: what either finds wrong the other must object
// to, and both must pass what is sound.

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "engine/database_creation.h"
#include "engine/offline_reader.h"
#include "storage/page_checksum.h"
#include "tests/support/shared_data.h"
#include "tests/tools/tool_path.h"

namespace contrail {
namespace {

test::CommandResult Check(const std::string& path) {
  return test::RunCommand({test::ToolPath(), "check", path, "--json"});
}

void ExpectSound(const std::string& path) {
  const test::CommandResult ours = Check(path);
  EXPECT_EQ(ours.exit_status, 0) << ours.output;
  const test::CommandResult theirs = test::RunEdbCheck({"check", path});
  EXPECT_EQ(theirs.exit_status, 0) << theirs.output;
}

class SoundSampleTest : public ::testing::TestWithParam<std::string> {};

TEST_P(SoundSampleTest, BothCheckersFindNothing) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  const test::ScratchFolder folder;
  ExpectSound(test::UnpackSample(GetParam(), folder.path()));
}

std::vector<std::string> Samples() {
  std::vector<std::string> names = test::SampleNames();
  if (names.empty()) names.push_back("none");  // One test that says that it was skipped.
  return names;
}

INSTANTIATE_TEST_SUITE_P(Windows, SoundSampleTest, ::testing::ValuesIn(Samples()),
                         [](const auto& info) {
                           return info.param.substr(0, info.param.find('.'));
                         });

class SoundNewDatabaseTest : public ::testing::TestWithParam<uint32_t> {};

TEST_P(SoundNewDatabaseTest, BothCheckersFindNothing) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  const test::ScratchFolder folder;
  const std::string path = folder.path() / "new.edb";
  const LogTime now = LogTime::Now();
  const CreateDatabaseOptions options{
      .page_size = GetParam(), .signature = Signature::Random(now), .created = now};
  ASSERT_TRUE(CreateDatabaseFile(PosixFileSystem(), DiscardEvents(), path, options, false).ok());
  ExpectSound(path);
}

INSTANTIATE_TEST_SUITE_P(PageSizes, SoundNewDatabaseTest,
                         ::testing::Values(4096, 8192, 16384, 32768));

// A database file in the hands of somebody who means it ill: whatever is changed on a page, its
// checksum is made right again.
class Victim {
 public:
  explicit Victim(const std::string& path) : path_(path) {
    auto reader = OfflineReader::Open(PosixFileSystem(), DiscardEvents(), path, false);
    if (!reader.ok()) return;
    page_size_ = (*reader)->database().page_size();
    auto tables = (*reader)->Tables();
    if (tables.ok()) tables_ = std::move(tables).value();
  }

  const std::string& path() const { return path_; }
  uint32_t page_size() const { return page_size_; }
  const TableSchema& table(const std::string& name) const {
    for (const TableSchema& table : tables_) {
      if (table.name == name) return table;
    }
    ADD_FAILURE() << "no table " << name;
    return tables_.front();
  }

  void Change(PageNumber number, const std::function<void(MutableBytes page)>& change,
              bool seal = true) {
    std::vector<std::byte> page(page_size_);
    const auto file = PosixFileSystem().Open(path_, {.mode = FileMode::kReadWrite});
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->Read(FileOffsetOf(number, page_size_), page).ok());
    change(page);
    if (seal) SealPage(page, number);
    ASSERT_TRUE((*file)->Write(FileOffsetOf(number, page_size_), page).ok());
  }

  // Where a node begins in its page.
  size_t NodeOffset(MutableBytes page, uint32_t line) const {
    const TagView tag = PageView(page.data(), page_size_).tag(line + 1);
    return PageHeaderSize(page_size_) + tag.offset;
  }

 private:
  std::string path_;
  uint32_t page_size_ = 0;
  std::vector<TableSchema> tables_;
};

struct Plan {
  std::string name;
  std::string sample;
  std::function<void(Victim&)> damage;
};

void PrintTo(const Plan& plan, std::ostream* out) { *out << plan.name; }

// The root leaf of an index of index.edb.
PageNumber IndexPage(Victim& victim, const char* name) {
  return victim.table("index").FindIndex(name)->root_page;
}

MutableBytes NodeData(Victim& victim, MutableBytes page, uint32_t line) {
  const NodeView node = PageView(page.data(), victim.page_size()).node(line);
  EXPECT_TRUE(node.valid);
  return page.subspan(static_cast<size_t>(node.data.data() - page.data()), node.data.size());
}

void FlipKeyByte(Victim& victim) {
  victim.Change(IndexPage(victim, "IxLong"), [&](MutableBytes page) {
    const NodeView node = PageView(page.data(), victim.page_size()).node(0);
    const size_t last =
        static_cast<size_t>(node.suffix.data() - page.data()) + node.suffix.size() - 1;
    page[last] ^= std::byte{1};
  });
}

void SwapSeparators(Victim& victim) {
  victim.Change(24, [&](MutableBytes page) {  // The shadow catalog: a root with two leaves.
    const MutableBytes first = NodeData(victim, page, 0);
    const MutableBytes second = NodeData(victim, page, 1);
    std::swap_ranges(first.begin(), first.end(), second.begin());
  });
}

void LeakPage(Victim& victim) {
  victim.Change(victim.table("basic").root_page, [&](MutableBytes page) {
    std::byte* bitmap = page.data() + victim.NodeOffset(page, UINT32_MAX) + 12;
    const auto bits = LoadLittle<uint32_t>(bitmap);
    ASSERT_NE(bits, 0u);
    StoreLittle<uint32_t>(bitmap, bits & (bits - 1));
  });
}

void SetSpaceFlag(Victim& victim) {
  victim.Change(victim.table("basic").root_page, [&](MutableBytes page) {
    page[victim.NodeOffset(page, UINT32_MAX) + 9] = std::byte{0x20};
  });
}

void HideEntry(Victim& victim) {
  victim.Change(IndexPage(victim, "IxShort"), [&](MutableBytes page) {
    std::byte* tag = page.data() + victim.page_size() - 8;
    StoreLittle<uint32_t>(tag, LoadLittle<uint32_t>(tag) | uint32_t{node_flag::kDeleted} << 29);
  });
}

void ChangeShadowRow(Victim& victim) {
  victim.Change(27, [&](MutableBytes page) { NodeData(victim, page, 3).back() ^= std::byte{1}; });
}

void ChangeIndexedValue(Victim& victim) {
  const TableSchema& table = victim.table("index");
  for (const ColumnSchema& column : table.columns()) {
    if (column.type != ColumnType::kLong || !column.is_fixed()) continue;
    victim.Change(table.root_page, [&](MutableBytes page) {
      NodeData(victim, page, 0)[column.record_offset] ^= std::byte{1};
    });
    return;
  }
  FAIL() << "no Long column";
}

void BreakRecord(Victim& victim) {
  victim.Change(victim.table("index").root_page, [&](MutableBytes page) {
    NodeData(victim, page, 0)[record_format::kFixedEnd] ^= std::byte{4};
  });
}

void WrongReferenceCount(Victim& victim) {
  const PageNumber root = victim.table("multi").long_value_root_page;
  PageNumber leaf = root;
  victim.Change(root, [&](MutableBytes page) {
    const PageView view(page.data(), victim.page_size());
    if (!view.is_leaf()) leaf = view.child(0);
  });
  victim.Change(leaf, [&](MutableBytes page) { NodeData(victim, page, 0)[0] ^= std::byte{3}; });
}

void FlipUnsealedBit(Victim& victim) {
  victim.Change(
      13, [](MutableBytes page) { page[200] ^= std::byte{16}; }, false);
}

void ZeroPage(Victim& victim) {
  victim.Change(
      27, [](MutableBytes page) { std::fill(page.begin(), page.end(), std::byte{0}); }, false);
}

void RaiseDbTime(Victim& victim) {
  victim.Change(27, [](MutableBytes page) { page[page_offset::kDbTime + 5] = std::byte{1}; });
}

void ChangeShadowHeader(Victim& victim) {
  // Page 0 lies where the shadow header does.
  victim.Change(
      0, [](MutableBytes page) { page[16] ^= std::byte{1}; }, false);
}

void StateDirty(Victim& victim) {
  const auto file = PosixFileSystem().Open(victim.path(), {.mode = FileMode::kReadWrite});
  ASSERT_TRUE(file.ok());
  Result<DatabaseHeader> header = ReadHeader(**file, DiscardEvents());
  ASSERT_TRUE(header.ok());
  header->state = DatabaseState::kDirty;
  ASSERT_TRUE(WriteHeader(**file, *header).ok());
}

class DamageTest : public ::testing::TestWithParam<Plan> {};

TEST_P(DamageTest, BothCheckersObject) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  const test::ScratchFolder folder;
  const std::string path = test::UnpackSample(GetParam().sample, folder.path());
  Victim victim(path);
  ASSERT_NE(victim.page_size(), 0u);
  GetParam().damage(victim);
  ASSERT_FALSE(HasFatalFailure());
  const test::CommandResult theirs = test::RunEdbCheck({"check", path});
  EXPECT_EQ(theirs.exit_status, 1) << theirs.output;
  const test::CommandResult ours = Check(path);
  EXPECT_EQ(ours.exit_status, 1) << ours.output << ours.errors;
  const auto document = nlohmann::json::parse(ours.output);
  EXPECT_FALSE(document["sound"]);
  ASSERT_GE(document["findings"].size(), 1u);
  EXPECT_FALSE(document["findings"][0]["next"].get<std::string>().empty());
}

INSTANTIATE_TEST_SUITE_P(Planted, DamageTest,
                         ::testing::Values(Plan{"KeyByte", "index.edb", FlipKeyByte},
                                           Plan{"Separators", "basic.edb", SwapSeparators},
                                           Plan{"LeakedPage", "basic.edb", LeakPage},
                                           Plan{"SpaceFlag", "basic.edb", SetSpaceFlag},
                                           Plan{"MissingEntry", "index.edb", HideEntry},
                                           Plan{"ShadowRow", "basic.edb", ChangeShadowRow},
                                           Plan{"IndexedValue", "index.edb", ChangeIndexedValue},
                                           Plan{"RecordOutline", "index.edb", BreakRecord},
                                           Plan{"ReferenceCount", "multi.edb", WrongReferenceCount},
                                           Plan{"OneBit", "basic.edb", FlipUnsealedBit},
                                           Plan{"ZeroPage", "basic.edb", ZeroPage},
                                           Plan{"DbTime", "basic.edb", RaiseDbTime},
                                           Plan{"ShadowHeader", "basic.edb", ChangeShadowHeader},
                                           Plan{"DirtyState", "basic.edb", StateDirty}),
                         [](const auto& info) { return info.param.name; });

TEST(CheckTest, WhatCannotBeReadIsNoFinding) {
  const test::ScratchFolder folder;
  EXPECT_EQ(Check(folder.path() / "absent.edb").exit_status, 2);
  EXPECT_EQ(Check(folder.path()).exit_status, 2);
}

}  // namespace
}  // namespace contrail
