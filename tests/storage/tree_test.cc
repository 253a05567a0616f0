// Trees one behaviour at a time: gates, limits, shapes after splits and merges, cursors at the
// edges.

#include "storage/tree.h"

#include <gtest/gtest.h>

#include <random>

#include "storage/split_plan.h"
#include "tests/support/shared_data.h"
#include "tests/support/tree_model.h"
#include "tests/support/tree_under_test.h"

namespace contrail {
namespace {

using test::DatabaseUnderTest;
using test::DiskImage;
using test::SimulatedFileSystem;
using test::TreesUnderTest;

std::string BigEndian(uint32_t value) {
  std::string text(4, 0);
  StoreBig32(reinterpret_cast<std::byte*>(text.data()), value);
  return text;
}

// Remembers what it was shown.
class RecordingGate final : public ChangeGate {
 public:
  Status Check(const NodeState& before, std::vector<std::byte>* annotation) override {
    ++checks;
    checked = before;
    checked_data = AsText(before.data);
    annotation->assign(3, std::byte{7});
    return verdict;
  }
  void Applied(const NodeState& before, Lgpos at) override {
    ++applications;
    applied_data = AsText(before.data);
    position = at;
  }
  Status verdict;
  NodeState checked;
  std::string checked_data;
  std::string applied_data;
  Lgpos position;
  int checks = 0;
  int applications = 0;
};

class TreeTest : public testing::Test {
 protected:
  Status Insert(const std::string& key, const std::string& data, ChangeGate* gate = nullptr) {
    return tree_.Insert(&host_.scratch, AsBytes(key), AsBytes(data), 0, gate);
  }
  Status Erase(const std::string& key, ChangeGate* gate = nullptr) {
    return tree_.Erase(&host_.scratch, AsBytes(key), {}, gate);
  }
  std::string Data(const std::string& key) {
    TreeCursor cursor(tree_);
    if (!cursor.SeekExact(AsBytes(key)).ok()) return "(absent)";
    std::string data;
    const Status status = cursor.ReadCurrent([&](const NodeView& node, const ReadGuard&) {
      data = node.deleted() ? "(deleted)" : std::string(AsText(node.data));
      return Status::Ok();
    });
    return status.ok() ? data : "(unreadable)";
  }
  Tree::Statistics Shape() {
    const auto measured = tree_.Measure();
    EXPECT_TRUE(measured.ok());
    return measured.ok() ? *measured : Tree::Statistics();
  }
  // The page is there for as long as the guard is.
  ReadGuard PageOf(PageNumber number) { return std::move(*host_.database->pages().Read(number)); }

  DatabaseUnderTest host_{4096, 8 << 20};
  TreesUnderTest trees_{host_};
  Tree tree_ = trees_.Make(test::kDatabaseRoot);
};

TEST_F(TreeTest, GateSeesTheNodeAndDecides) {
  RecordingGate gate;
  ASSERT_TRUE(Insert("key", "one", &gate).ok());
  EXPECT_FALSE(gate.checked.exists);
  EXPECT_EQ(gate.applications, 1);
  const auto record = MutationView::Parse(host_.log.records().back());
  EXPECT_EQ(record->annotation().size(), 3u);

  gate.verdict = Error::kWriteConflict;
  EXPECT_TRUE(Insert("key", "two", &gate).Is(Error::kWriteConflict));
  EXPECT_TRUE(Erase("key", &gate).Is(Error::kWriteConflict));
  EXPECT_EQ(gate.applications, 1);
  EXPECT_EQ(Data("key"), "one");

  gate.verdict = Status::Ok();
  EXPECT_TRUE(Insert("key", "two", &gate).Is(Error::kKeyDuplicate));
  ASSERT_TRUE(tree_.Replace(&host_.scratch, AsBytes("key"), AsBytes("two"), 0, &gate).ok());
  EXPECT_EQ(gate.checked_data, "one");
  EXPECT_EQ(gate.applied_data, "one");
  ASSERT_TRUE(tree_
                  .SetFlags(&host_.scratch, AsBytes("key"), {},
                            node_flag::kDeleted | node_flag::kVersioned, &gate)
                  .ok());
  EXPECT_EQ(gate.applied_data, "two");
  EXPECT_EQ(Data("key"), "(deleted)");
  EXPECT_TRUE(tree_.Replace(&host_.scratch, AsBytes("key"), AsBytes("x"), 0, &gate)
                  .Is(Error::kRecordNotFound));
  EXPECT_TRUE(gate.checked.deleted && gate.checked.versioned);
  // A deleted node comes back with new data.
  ASSERT_TRUE(Insert("key", "three, and longer than before", &gate).ok());
  EXPECT_EQ(gate.applied_data, "two");
  EXPECT_EQ(Data("key"), "three, and longer than before");
  ASSERT_TRUE(Erase("key", &gate).ok());
  EXPECT_EQ(gate.applied_data, "three, and longer than before");
  EXPECT_EQ(Data("key"), "(absent)");
  const int applications = gate.applications;
  EXPECT_TRUE(Erase("key", &gate).ok());  // Absent: nothing happens.
  EXPECT_EQ(gate.applications, applications);
  EXPECT_EQ(gate.position, test::RecordingSink::PositionOf(host_.log.records().size() - 1));
  EXPECT_TRUE(
      tree_.SetFlags(&host_.scratch, AsBytes("key"), {}, 0, &gate).Is(Error::kRecordNotFound));
}

TEST_F(TreeTest, GateIsAskedAgainForASplit) {
  const std::string data(1000, 'd');
  for (uint32_t i = 0; i < 3; ++i) ASSERT_TRUE(Insert(BigEndian(2 * i), data).ok());
  RecordingGate gate;
  const size_t records = host_.log.records().size();
  ASSERT_TRUE(Insert(BigEndian(3), data, &gate).ok());
  EXPECT_EQ(gate.applications, 1);
  EXPECT_EQ(gate.checks, 2);
  // Split and insert are one record.
  EXPECT_EQ(host_.log.records().size(), records + 1);
  EXPECT_EQ(Shape().depth, 2u);
  EXPECT_EQ(trees_.Unsound(), "");
}

TEST_F(TreeTest, ClearVersionedIsNotLogged) {
  ASSERT_TRUE(
      tree_.Insert(&host_.scratch, AsBytes("key"), AsBytes("data"), node_flag::kVersioned, nullptr)
          .ok());
  const size_t records = host_.log.records().size();
  const DbTime before = PageOf(tree_.root()).page().dbtime();
  RecordingGate gate;
  gate.verdict = Error::kWriteConflict;
  EXPECT_TRUE(tree_.ClearVersioned(AsBytes("key"), {}, &gate).Is(Error::kWriteConflict));
  TreeCursor cursor(tree_);
  ASSERT_TRUE(cursor.SeekExact(AsBytes("key")).ok());
  EXPECT_EQ(cursor.flags(), node_flag::kVersioned);
  ASSERT_TRUE(tree_.ClearVersioned(AsBytes("key"), {}).ok());
  EXPECT_FALSE(cursor.CopyIsCurrent());
  ASSERT_TRUE(cursor.SeekExact(AsBytes("key")).ok());
  EXPECT_EQ(cursor.flags(), 0);
  EXPECT_TRUE(tree_.ClearVersioned(AsBytes("no such key"), {}).ok());
  EXPECT_EQ(host_.log.records().size(), records);
  EXPECT_EQ(PageOf(tree_.root()).page().dbtime(), before);
}

TEST_F(TreeTest, WhatFitsNoPageIsRefused) {
  const size_t longest = MaxBookmarkSize(4096);
  EXPECT_TRUE(Insert(std::string(longest + 1, 'k'), "").Is(Error::kRecordTooBig));
  EXPECT_TRUE(Insert("k", std::string(MaxNodeSize(4096) - 2, 'd')).Is(Error::kRecordTooBig));
  EXPECT_TRUE(Insert("k", std::string(MaxNodeSize(4096) - 3, 'd')).ok());
  EXPECT_TRUE(Insert(std::string(longest, 'k'), "").ok());
  EXPECT_TRUE(
      tree_.Replace(&host_.scratch, AsBytes("k"), AsBytes(std::string(5000, 'd')), 0, nullptr)
          .Is(Error::kRecordTooBig));
  EXPECT_EQ(trees_.Unsound(), "");
}

TEST_F(TreeTest, AppendingLeavesFullPages) {
  Tree::AppendHint hint;
  const std::string data(100, 'd');
  for (uint32_t i = 0; i < 5000; ++i) {
    ASSERT_TRUE(
        tree_.Append(&host_.scratch, AsBytes(BigEndian(i)), AsBytes(data), 0, nullptr, &hint).ok());
  }
  const Tree::Statistics shape = Shape();
  EXPECT_EQ(shape.nodes, 5000u);
  // 36 or 37 nodes of 106 to 110 bytes in 4056.
  EXPECT_LE(shape.leaf_pages, 5000 / 36 + 1);
  EXPECT_EQ(trees_.Unsound(), "");
  EXPECT_TRUE(tree_.Append(&host_.scratch, AsBytes(BigEndian(7)), AsBytes(data), 0, nullptr, &hint)
                  .Is(Error::kKeyDuplicate));
  // A hint that leads astray is only a hint.
  for (const PageNumber page :
       {PageNumber{1}, PageNumber{2}, tree_.root(), PageNumber{200'000'000}}) {
    hint.leaf = page;
    const std::string key = BigEndian(6000 + page);
    EXPECT_TRUE(tree_.Append(&host_.scratch, AsBytes(key), AsBytes(data), 0, nullptr, &hint).ok());
  }
  EXPECT_EQ(trees_.Unsound(), "");
}

// Leaves of a tree are linked in order; pages above them have no neighbours, whatever happens.
class TreeLinkTest : public TreeTest {
 protected:
  struct Level {
    std::vector<PageNumber> pages;
    bool leaf = false;
  };

  // By the children alone, from the root down.
  std::vector<Level> Levels() {
    std::vector<Level> levels{{{tree_.root()}, PageOf(tree_.root()).page().is_leaf()}};
    while (!levels.back().leaf) {
      Level below;
      for (const PageNumber number : levels.back().pages) {
        const ReadGuard guard = PageOf(number);
        const PageView page = guard.page();
        for (uint32_t line = 0; line < page.line_count(); ++line) {
          below.pages.push_back(page.child(line));
        }
      }
      below.leaf = PageOf(below.pages.front()).page().is_leaf();
      levels.push_back(std::move(below));
    }
    return levels;
  }

  void ExpectLinks() {
    for (const Level& level : Levels()) {
      for (size_t i = 0; i < level.pages.size(); ++i) {
        const ReadGuard guard = PageOf(level.pages[i]);
        const PageView page = guard.page();
        const bool has_left = level.leaf && i > 0;
        const bool has_right = level.leaf && i + 1 < level.pages.size();
        ASSERT_EQ(page.previous(), has_left ? level.pages[i - 1] : 0) << level.pages[i];
        ASSERT_EQ(page.next(), has_right ? level.pages[i + 1] : 0) << level.pages[i];
      }
    }
  }

  void ExpectShapeAsCounted() {
    const std::vector<Level> levels = Levels();
    const Tree::Statistics shape = Shape();
    size_t internal = 0;
    for (size_t i = 0; i + 1 < levels.size(); ++i) internal += levels[i].pages.size();
    EXPECT_EQ(shape.depth, levels.size());
    EXPECT_EQ(shape.internal_pages, internal);
    EXPECT_EQ(shape.leaf_pages, levels.back().pages.size());
  }

  // In an order that has nothing to do with that of the keys.
  static std::string Key(uint32_t i) { return BigEndian(i * 2654435761u); }

  const std::string data_ = std::string(1200, 'd');  // Three to a leaf.
};

TEST_F(TreeLinkTest, OfThreeLevelsThatGrowInTheMiddle) {
  for (uint32_t i = 0; i < 3000; ++i) {
    ASSERT_TRUE(Insert(Key(i), data_).ok());
    if (i % 500 == 0) ExpectLinks();
  }
  ExpectLinks();
  EXPECT_GE(Levels().size(), 3u);
  ExpectShapeAsCounted();
  EXPECT_EQ(trees_.Unsound(), "");
  // Pages of all levels go again.
  for (uint32_t i = 0; i < 3000; ++i) {
    ASSERT_TRUE(Erase(Key(i)).ok());
    if (i % 500 == 0) ExpectLinks();
  }
  ExpectLinks();
  EXPECT_EQ(Levels().size(), 1u);
  EXPECT_EQ(trees_.Unsound(), "");
}

TEST_F(TreeLinkTest, OfThreeLevelsThatGrowAtTheEnd) {
  for (uint32_t i = 0; i < 9000; ++i) ASSERT_TRUE(Insert(BigEndian(i), data_).ok());
  ExpectLinks();
  const std::vector<Level> levels = Levels();
  ASSERT_EQ(levels.size(), 3u);
  // Internal pages at the right edge are left full, not half full.
  const uint32_t full = PageOf(levels[1].pages[0]).page().line_count();
  EXPECT_LE(levels[1].pages.size(), levels[2].pages.size() / full + 1);
  ExpectShapeAsCounted();
  EXPECT_EQ(trees_.Unsound(), "");
}

TEST_F(TreeLinkTest, OnAnInternalPageIsAFinding) {
  for (uint32_t i = 0; i < 2000; ++i) ASSERT_TRUE(Insert(Key(i), data_).ok());
  const std::vector<Level> levels = Levels();
  ASSERT_EQ(levels.size(), 3u);
  ASSERT_GE(levels[1].pages.size(), 2u);
  {
    // As if it had been linked to its neighbour, which is what readers elsewhere refuse.
    const std::lock_guard hold(host_.database->structure_mutex());
    Mutation mutation(*host_.database, &host_.scratch, Mutation::Kind::kStructural);
    const auto page = mutation.Lock(levels[1].pages[0]);
    ASSERT_TRUE(page.ok());
    mutation.Apply(*page, PageOperation::SetSiblings(7, levels[1].pages[1]));
    ASSERT_TRUE(mutation.Commit().ok());
  }
  const std::vector<TreeFinding> findings = trees_.Check();
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].page, levels[1].pages[0]);
  EXPECT_EQ(findings[0].rule, "previous page of an internal page");
  EXPECT_EQ(findings[1].rule, "next page of an internal page");
  EXPECT_EQ(findings[1].found, std::to_string(levels[1].pages[1]));
  // Nothing that reads or changes the tree goes by it.
  for (uint32_t i = 2000; i < 4000; ++i) ASSERT_TRUE(Insert(Key(i), data_).ok());
  for (uint32_t i = 0; i < 4000; ++i) ASSERT_TRUE(Erase(Key(i)).ok()) << i;
  EXPECT_EQ(trees_.Unsound(), "");
}

TEST_F(TreeTest, SharedBeginningsAreStoredOnce) {
  const std::string common(200, 'c');
  for (uint32_t i = 0; i < 1000; ++i) ASSERT_TRUE(Insert(common + BigEndian(i * 7919), "").ok());
  // 1000 keys of 204 bytes would fill 53 pages without prefixes.
  EXPECT_LT(Shape().leaf_pages, 12u);
  EXPECT_EQ(trees_.Unsound(), "");
}

TEST_F(TreeTest, ErasingEverythingGivesThePagesBack) {
  const std::string data(100, 'd');
  for (uint32_t i = 0; i < 4000; ++i) ASSERT_TRUE(Insert(BigEndian(i), data).ok());
  EXPECT_GE(Shape().depth, 2u);
  // From the middle outwards, so that first, last and inner pages go.
  for (uint32_t i = 0; i < 2000; ++i) {
    ASSERT_TRUE(Erase(BigEndian(2000 + i)).ok());
    ASSERT_TRUE(Erase(BigEndian(1999 - i)).ok());
  }
  const Tree::Statistics shape = Shape();
  EXPECT_EQ(shape.depth, 1u);
  EXPECT_EQ(shape.leaf_pages, 1u);
  EXPECT_TRUE(PageOf(tree_.root()).page().is_leaf());
  EXPECT_EQ(trees_.Unsound(), "");
}

TEST_F(TreeTest, SparseNeighboursJoin) {
  const std::string data(100, 'd');
  for (uint32_t i = 0; i < 4000; ++i) ASSERT_TRUE(Insert(BigEndian(i), data).ok());
  const uint64_t before = Shape().leaf_pages;
  for (uint32_t i = 0; i < 4000; ++i) {
    if (i % 10 == 0) continue;
    ASSERT_TRUE(Erase(BigEndian(i)).ok());
  }
  EXPECT_LT(Shape().leaf_pages, before / 2);
  EXPECT_EQ(trees_.Unsound(), "");
}

TEST_F(TreeTest, LongSeparatorsMakeDeepTreesThatStillShrink) {
  // Groups of keys that differ only near their ends, with more of them than a leaf holds:
  // separators as long as the keys, two to five on a page. When pages go, separators of all lengths
  // move.
  std::vector<std::string> keys;
  std::mt19937 random(5);
  for (uint32_t group = 0; group < 120; ++group) {
    std::string common(400 + random() % 1500, 0);
    for (char& c : common) c = static_cast<char>('a' + random() % 26);
    for (uint32_t i = 0; i < 5; ++i) keys.push_back(common + BigEndian(i));
  }
  for (const std::string& key : keys) ASSERT_TRUE(Insert(key, "").ok());
  EXPECT_EQ(trees_.Unsound(), "");
  EXPECT_GE(Shape().depth, 4u);
  for (size_t i = 0; i < keys.size(); ++i) {
    ASSERT_TRUE(Erase(keys[(i * 7) % keys.size()]).ok());
    if (i % 20 == 0) {
      ASSERT_EQ(trees_.Unsound(), "") << i;
    }
  }
  EXPECT_EQ(Shape().nodes, 0u);
  EXPECT_EQ(trees_.Unsound(), "");
}

TEST_F(TreeTest, CursorAtTheEdges) {
  TreeCursor cursor(tree_);
  EXPECT_FALSE(cursor.positioned());
  EXPECT_TRUE(cursor.MoveNext().Is(Error::kNoCurrentRecord));
  EXPECT_TRUE(cursor.MoveFirst().Is(Error::kRecordNotFound));
  EXPECT_TRUE(cursor.MoveLast().Is(Error::kRecordNotFound));
  EXPECT_TRUE(cursor.SeekAtLeast(AsBytes("a")).Is(Error::kRecordNotFound));
  EXPECT_TRUE(cursor.SeekAtMost(AsBytes("a"), false).Is(Error::kRecordNotFound));
  EXPECT_TRUE(cursor.MoveNext().Is(Error::kNoCurrentRecord));
  for (const char* key : {"b", "d", "f"}) ASSERT_TRUE(Insert(key, key).ok());
  const auto stands_on = [&](const char* key) { return AsText(cursor.key()) == key; };
  ASSERT_TRUE(cursor.MoveLast().ok());
  EXPECT_TRUE(cursor.MoveNext().Is(Error::kNoCurrentRecord));
  EXPECT_FALSE(cursor.positioned());
  EXPECT_TRUE(cursor.MoveNext().Is(Error::kNoCurrentRecord));
  EXPECT_TRUE(cursor.MovePrevious().ok() && stands_on("f"));
  ASSERT_TRUE(cursor.MoveFirst().ok());
  EXPECT_TRUE(cursor.MovePrevious().Is(Error::kNoCurrentRecord));
  EXPECT_TRUE(cursor.MoveNext().ok() && stands_on("b"));
  EXPECT_TRUE(cursor.SeekExact(AsBytes("c")).Is(Error::kRecordNotFound));
  EXPECT_TRUE(cursor.MoveNext().ok() && stands_on("d"));
  EXPECT_TRUE(cursor.SeekExact(AsBytes("c")).Is(Error::kRecordNotFound));
  EXPECT_TRUE(cursor.MovePrevious().ok() && stands_on("b"));
  EXPECT_TRUE(cursor.SeekAtLeast(AsBytes("g")).Is(Error::kRecordNotFound));
  EXPECT_TRUE(cursor.MovePrevious().ok() && stands_on("f"));
  EXPECT_TRUE(cursor.SeekAtMost(AsBytes("b"), true).Is(Error::kRecordNotFound));
  EXPECT_TRUE(cursor.MoveNext().ok() && stands_on("b"));
  // Seeking by the cursor's own copy.
  ASSERT_TRUE(cursor.SeekAtMost(cursor.key(), false).ok());
  ASSERT_TRUE(cursor.SeekAtLeast(cursor.key(), cursor.data()).ok());
  EXPECT_TRUE(stands_on("b"));
  // The node it stands on goes: the bookmark stays.
  ASSERT_TRUE(cursor.MoveNext().ok());
  ASSERT_TRUE(Erase("d").ok());
  EXPECT_FALSE(cursor.CopyIsCurrent());
  const auto read = [](const NodeView&, const ReadGuard&) { return Status::Ok(); };
  EXPECT_TRUE(cursor.ReadCurrent(read).Is(Error::kRecordNotFound));
  EXPECT_TRUE(stands_on("d"));
  EXPECT_TRUE(cursor.MoveNext().ok() && stands_on("f"));
  ASSERT_TRUE(Insert("d", "again").ok());
  EXPECT_TRUE(cursor.MovePrevious().ok() && stands_on("d"));
  EXPECT_TRUE(cursor.ReadCurrent(read).ok());
}

TEST(SplitPlanTest, SeparatorIsTheShortestThatSeparates) {
  const auto separator = [](bool unique, const char* left_key, const char* left_data,
                            const char* right_key, const char* right_data) {
    const ListedNode left{0, AsBytes(left_key), AsBytes(left_data)};
    const ListedNode right{0, AsBytes(right_key), AsBytes(right_data)};
    const KeyCopy key = ShortestSeparator(unique, left, right);
    return std::string(AsText(View(key)));
  };
  EXPECT_EQ(separator(true, "abcde", "", "abxyz", ""), "abx");
  EXPECT_EQ(separator(true, "abc", "", "abcd", ""), "abcd");
  EXPECT_EQ(separator(true, "", "", "a", ""), "a");
  EXPECT_EQ(separator(false, "key", "abc", "key", "abd"), "keyabd");
  EXPECT_EQ(separator(false, "key", "ab", "key", "abc"), "keyabc");
  EXPECT_EQ(separator(false, "kea", "zzz", "key", "abc"), "key");
  EXPECT_EQ(separator(true, "same", "", "same", ""), "");
  EXPECT_EQ(separator(true, "b", "", "a", ""), "");
  // Keys that break the rule of non-unique trees: joined, they do not rise.
  EXPECT_EQ(separator(false, "ab", "z", "abc", ""), "");
}

}  // namespace
}  // namespace contrail
