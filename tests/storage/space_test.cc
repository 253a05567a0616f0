// Space: what is owned, available and in use always adds up, whatever is taken, given back, made
// and destroyed, and in whatever order.

#include "storage/space.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "storage/event_id.h"
#include "storage/space_check.h"
#include "storage/space_header.h"
#include "tests/support/database_under_test.h"
#include "tests/support/tree_under_test.h"

namespace contrail {
namespace {

using test::DatabaseUnderTest;
using test::kDatabaseRoot;

// Trees without nodes, and the pages they hold as if they had some.
class SpaceModel {
 public:
  explicit SpaceModel(DatabaseUnderTest& host) : host_(host) {
    held_[kDatabaseRoot] = {kDatabaseRoot};
    parent_[kDatabaseRoot] = 0;
  }

  Result<PageNumber> Create(PageNumber parent, NewTree tree) {
    tree.object_id = host_.database->NextObjectId();
    PageNumber root = 0;
    const Status status = Change([&](Mutation& mutation) -> Status {
      ASSIGN_OR_RETURN(root, CreateTree(mutation, parent, tree));
      return Status::Ok();
    });
    if (!status.ok()) return status;
    EXPECT_TRUE(held_.emplace(root, std::set{root}).second) << "root " << root << " given twice";
    parent_[root] = parent;
    return root;
  }
  Status Take(PageNumber root, size_t count, PageNumber hint, bool commit = true) {
    std::vector<PageNumber> taken;
    const Status status = Change(
        [&](Mutation& mutation) -> Status {
          for (size_t i = 0; i < count; ++i) {
            ASSIGN_OR_RETURN(const PageNumber page, AllocatePage(mutation, root, hint));
            taken.push_back(page);
          }
          return Status::Ok();
        },
        commit);
    if (!status.ok() || !commit) return status;
    for (const PageNumber page : taken) {
      EXPECT_TRUE(held_[root].insert(page).second) << "page " << page << " given twice";
    }
    return status;
  }
  Status Give(PageNumber root, const std::vector<PageNumber>& pages) {
    const Status status = Change([&](Mutation& mutation) -> Status {
      for (const PageNumber page : pages) RETURN_IF_ERROR(FreePage(mutation, root, page));
      return Status::Ok();
    });
    if (!status.ok()) return status;
    for (const PageNumber page : pages) held_[root].erase(page);
    return status;
  }
  // Returns the number of steps.
  int Destroy(PageNumber root) {
    int steps = 0;
    for (bool done = false; !done; ++steps) {
      EXPECT_TRUE(
          Change([&](Mutation& mutation) { return DestroyTree(mutation, root, &done); }).ok());
      if (testing::Test::HasFailure()) return steps;
    }
    held_.erase(root);
    parent_.erase(root);
    return steps;
  }

  std::string Unsound() {
    const std::lock_guard hold(host_.database->structure_mutex());
    std::vector<TreeUse> uses;
    for (const auto& [root, pages] : held_) {
      uses.push_back({"tree " + std::to_string(root), root, {pages.begin(), pages.end()}});
    }
    std::vector<TreeFinding> findings;
    CheckSpace(*host_.database, uses, &findings);
    std::string text;
    for (const TreeFinding& finding : findings) {
      if (text.size() > 1000) break;
      text += "page " + std::to_string(finding.page) + ": " + finding.rule + ": expected " +
              finding.expected + ", found " + finding.found + "\n";
    }
    return text;
  }
  SpaceMap Map(PageNumber root) {
    const std::lock_guard hold(host_.database->structure_mutex());
    auto map = ReadSpaceMap(*host_.database, root);
    EXPECT_TRUE(map.ok());
    return map.ok() ? *map : SpaceMap();
  }
  bool HasChildren(PageNumber root) const {
    return std::any_of(parent_.begin(), parent_.end(),
                       [&](const auto& entry) { return entry.second == root; });
  }

  const std::map<PageNumber, std::set<PageNumber>>& held() const { return held_; }

 private:
  template <typename Body>
  Status Change(Body&& body, bool commit = true) {
    const std::lock_guard hold(host_.database->structure_mutex());
    Mutation mutation(*host_.database, &host_.scratch, Mutation::Kind::kStructural);
    RETURN_IF_ERROR(body(mutation));
    if (!commit) return Status::Ok();
    return mutation.Commit().status();
  }

  DatabaseUnderTest& host_;
  std::map<PageNumber, std::set<PageNumber>> held_;
  std::map<PageNumber, PageNumber> parent_;
};

class SpaceTest : public testing::TestWithParam<uint32_t> {
 protected:
  DatabaseUnderTest host_{GetParam(), 4 << 20};
  SpaceModel model_{host_};
};

INSTANTIATE_TEST_SUITE_P(PageSizes, SpaceTest, testing::Values(4096u, 8192u, 16384u, 32768u));

TEST_P(SpaceTest, NewDatabaseOwnsEverything) {
  EXPECT_EQ(model_.Unsound(), "");
  const SpaceMap map = model_.Map(kDatabaseRoot);
  EXPECT_TRUE(map.multiple_extents);
  EXPECT_EQ(map.parent, 0u);
  ASSERT_EQ(map.owned.size(), 1u);
  EXPECT_EQ(map.owned[0].first, 1u);
  EXPECT_EQ(map.owned[0].count, 254u);
  ASSERT_EQ(map.available.size(), 1u);
  EXPECT_EQ(map.available[0].first, 4u);
}

TEST_P(SpaceTest, SingleExtentGivesItsPagesFirst) {
  NewTree tree;
  tree.initial_pages = 4;
  const PageNumber root = *model_.Create(kDatabaseRoot, tree);
  EXPECT_EQ(root, 4u);
  // The worked example of docs/format/space.md.
  auto guard = host_.database->pages().Read(root);
  const auto header = SpaceHeader::Load(guard->page().external_header());
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->primary_pages, 4u);
  EXPECT_EQ(header->parent, 1u);
  EXPECT_EQ(header->flags, 0);
  EXPECT_EQ(header->detail, 7u);
  ASSERT_TRUE(model_.Take(root, 3, 0).ok());
  EXPECT_EQ(model_.held().at(root), (std::set<PageNumber>{4, 5, 6, 7}));
  EXPECT_EQ(model_.Unsound(), "");
  EXPECT_FALSE(model_.Map(root).multiple_extents);
  ASSERT_TRUE(model_.Give(root, {6}).ok());
  EXPECT_EQ(model_.Map(root).available.size(), 1u);
  ASSERT_TRUE(model_.Take(root, 2, 0).ok());  // One is there, one makes the tree multi-extent.
  const SpaceMap map = model_.Map(root);
  EXPECT_TRUE(map.multiple_extents);
  EXPECT_EQ(map.owned.size(), 2u);
  EXPECT_EQ(map.space_tree_pages.size(), 2u);
  EXPECT_EQ(map.space_tree_pages[0] + 1, map.space_tree_pages[1]);
  EXPECT_EQ(model_.Unsound(), "");
}

TEST_P(SpaceTest, CreatesAtFixedPlaces) {
  NewTree tree;
  tree.multiple_extents = true;
  tree.initial_pages = 20;
  tree.at = 4;
  ASSERT_EQ(*model_.Create(kDatabaseRoot, tree), 4u);
  tree.initial_pages = 3;
  tree.page_flags = page_flag::kIndex;
  tree.at = 7;
  ASSERT_EQ(*model_.Create(4, tree), 7u);
  tree.at = 10;
  ASSERT_EQ(*model_.Create(4, tree), 10u);
  tree.page_flags = 0;
  tree.initial_pages = 5;
  tree.at = 30;  // Out of the middle of what is available.
  ASSERT_EQ(*model_.Create(kDatabaseRoot, tree), 30u);
  EXPECT_EQ(model_.Unsound(), "");
  EXPECT_EQ(model_.Map(kDatabaseRoot).available.size(), 2u);
  tree.at = 8;  // Taken.
  EXPECT_TRUE(model_.Create(kDatabaseRoot, tree).status().Is(Error::kOutOfDatabaseSpace));
  EXPECT_EQ(model_.Unsound(), "");
}

TEST_P(SpaceTest, GivingAPageTwiceIsRefused) {
  NewTree tree;
  tree.initial_pages = 4;
  const PageNumber small = *model_.Create(kDatabaseRoot, tree);
  ASSERT_TRUE(model_.Take(small, 2, 0).ok());
  ASSERT_TRUE(model_.Give(small, {small + 1}).ok());
  EXPECT_TRUE(model_.Give(small, {small + 1}).Is(Error::kDatabaseCorrupted));
  tree.multiple_extents = true;
  tree.initial_pages = 10;
  const PageNumber big = *model_.Create(kDatabaseRoot, tree);
  EXPECT_TRUE(model_.Give(big, {big + 5}).Is(Error::kDatabaseCorrupted));
  EXPECT_TRUE(model_.Give(big, {small}).Is(Error::kDatabaseCorrupted));
  EXPECT_EQ(model_.Unsound(), "");
}

TEST_P(SpaceTest, AbandonedChangesLeaveNothing) {
  const PageNumber table = *model_.Create(kDatabaseRoot, {});
  NewTree index;
  index.page_flags = page_flag::kIndex;
  const PageNumber root = *model_.Create(table, index);
  for (const size_t count : {1, 3, 20, 600}) {
    const SpaceMap before = model_.Map(root);
    ASSERT_TRUE(model_.Take(root, count, 0, false).ok());
    const SpaceMap after = model_.Map(root);
    EXPECT_EQ(before.owned.size(), after.owned.size());
    EXPECT_EQ(before.multiple_extents, after.multiple_extents);
    ASSERT_EQ(model_.Unsound(), "");
    ASSERT_TRUE(model_.Take(root, 2, 0).ok());
  }
}

// Every second page comes back: the available tree has to split, taking pages from what it lists.
TEST_P(SpaceTest, FragmentsSplitTheAvailableTree) {
  const PageNumber table = *model_.Create(kDatabaseRoot, {});
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(model_.Take(table, 100, 0).ok());
  EXPECT_EQ(model_.Unsound(), "");
  const std::set<PageNumber> held = model_.held().at(table);
  std::vector<PageNumber> odd;
  for (const PageNumber page : held) {
    if (page != table && page % 2 == 1) odd.push_back(page);
  }
  std::mt19937 random(7);
  std::shuffle(odd.begin(), odd.end(), random);
  for (size_t i = 0; i < odd.size(); ++i) {
    ASSERT_TRUE(model_.Give(table, {odd[i]}).ok());
    if (i % 300 == 0) {
      ASSERT_EQ(model_.Unsound(), "");
    }
  }
  EXPECT_EQ(model_.Unsound(), "");
  const SpaceMap fragmented = model_.Map(table);
  EXPECT_GT(fragmented.available.size(), 2800u);
  if (GetParam() <= 8192) {
    EXPECT_GT(fragmented.space_tree_pages.size(), 4u);
  }
  std::vector<PageNumber> rest;
  for (const PageNumber page : model_.held().at(table)) {
    if (page != table) rest.push_back(page);
  }
  std::shuffle(rest.begin(), rest.end(), random);
  for (size_t i = 0; i < rest.size(); ++i) ASSERT_TRUE(model_.Give(table, {rest[i]}).ok());
  EXPECT_EQ(model_.Unsound(), "");
  const SpaceMap whole = model_.Map(table);
  // Joined within each owned extent again.
  EXPECT_LE(whole.available.size(), whole.owned.size() + whole.space_tree_pages.size());
}

// Two tables that take turns cannot have their extents side by side: the owned trees split, and
// destroying takes several steps.
TEST_P(SpaceTest, ManyExtentsAreDestroyedInSteps) {
  const PageNumber table = *model_.Create(kDatabaseRoot, {});
  std::vector<PageNumber> in_between;
  for (int i = 0; i < 150; ++i) {
    ASSERT_TRUE(model_.Take(table, 100, 0).ok());
    const auto other = model_.Create(kDatabaseRoot, {});
    ASSERT_TRUE(other.ok());
    in_between.push_back(*other);
  }
  EXPECT_EQ(model_.Unsound(), "");
  const SpaceMap map = model_.Map(table);
  EXPECT_GT(map.owned.size(), 64u);
  EXPECT_GT(model_.Destroy(table), 1);
  EXPECT_EQ(model_.Unsound(), "");
  for (const PageNumber root : in_between) EXPECT_EQ(model_.Destroy(root), 1);
  EXPECT_EQ(model_.Unsound(), "");
  EXPECT_LE(model_.Map(kDatabaseRoot).available.size(), 3u);
}

TEST_P(SpaceTest, GrowthStaysContiguous) {
  const PageNumber table = *model_.Create(kDatabaseRoot, {});
  for (int i = 0; i < 5000; ++i) ASSERT_TRUE(model_.Take(table, 1, 0).ok());
  EXPECT_EQ(model_.Unsound(), "");
  EXPECT_LE(model_.Map(table).owned.size(), 4u);
  EXPECT_LE(model_.Map(kDatabaseRoot).owned.size(), 2u);
}

TEST_P(SpaceTest, FullDiskIsAnErrorAndNothingElse) {
  const PageNumber table = *model_.Create(kDatabaseRoot, {});
  const auto size = host_.database->file().Size();
  ASSERT_TRUE(size.ok());
  host_.disk.LimitCapacity(*size + 20 * GetParam());
  Status status;
  int taken = 0;
  while ((status = model_.Take(table, 1, 0)).ok()) ++taken;
  EXPECT_TRUE(status.Is(Error::kDiskFull)) << status.number();
  EXPECT_GT(taken, 200);
  EXPECT_EQ(model_.Unsound(), "");
}

TEST_P(SpaceTest, AFullDiskIsReportedOnceUntilThereIsRoomAgain) {
  const PageNumber table = *model_.Create(kDatabaseRoot, {});
  const auto reports = [this] {
    std::vector<Event> found;
    for (const Event& event : host_.events.events()) {
      if (event.id == event_id::kDiskFull) found.push_back(event);
    }
    return found;
  };
  for (uint64_t round = 1; round <= 2; ++round) {
    const auto before = host_.database->file().Size();
    ASSERT_TRUE(before.ok());
    // Other files count, too.
    uint64_t limit = *before;
    do {
      limit += 20 * GetParam();
      host_.disk.LimitCapacity(limit);
    } while (!model_.Take(table, 1, 0).ok());
    while (model_.Take(table, 1, 0).ok()) {
    }
    for (int retry = 0; retry < 3; ++retry) {
      EXPECT_TRUE(model_.Take(table, 1, 0).Is(Error::kDiskFull));
    }
    ASSERT_EQ(reports().size(), round);
    const Event event = reports().back();
    EXPECT_EQ(event.severity, Severity::kError);
    EXPECT_EQ(event.file, test::kDatabaseFile);
    EXPECT_EQ(event.offset, static_cast<int64_t>(*host_.database->file().Size()));
    EXPECT_NE(event.expected.find("bytes more"), std::string::npos) << event.expected;
    EXPECT_NE(event.found, "");
    EXPECT_EQ(event.error, Status(Error::kDiskFull).number());
  }
}

TEST_P(SpaceTest, RandomHistoriesAddUp) {
  constexpr uint64_t kSeed = 4711;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  const auto any_tree = [&] {
    auto it = model_.held().begin();
    std::advance(it, random() % model_.held().size());
    return it->first;
  };
  for (int step = 0; step < 400; ++step) {
    const PageNumber root = any_tree();
    const uint64_t choice = random() % 100;
    if (choice < 15 && model_.held().size() < 40) {
      NewTree tree;
      tree.initial_pages = 1 + random() % (random() % 10 == 0 ? 60 : 6);
      tree.multiple_extents = random() % 4 == 0;
      tree.page_flags = root == kDatabaseRoot ? 0 : page_flag::kIndex;
      // Only three levels exist: root, tables, indexes.
      const bool is_index = root != kDatabaseRoot && model_.Map(root).parent != kDatabaseRoot;
      ASSERT_TRUE(model_.Create(is_index ? kDatabaseRoot : root, tree).ok());
    } else if (choice < 22 && root != kDatabaseRoot && !model_.HasChildren(root)) {
      model_.Destroy(root);
    } else if (choice < 70) {
      const PageNumber hint = random() % 2 == 0 ? 0 : random() % host_.database->last_page();
      ASSERT_TRUE(model_.Take(root, 1 + random() % 6, hint, random() % 10 != 0).ok());
    } else {
      std::vector<PageNumber> pages;
      for (const PageNumber page : model_.held().at(root)) {
        if (page != root && random() % 3 == 0) pages.push_back(page);
      }
      ASSERT_TRUE(model_.Give(root, pages).ok());
    }
    ASSERT_EQ(model_.Unsound(), "") << "step " << step;
  }
}

}  // namespace
}  // namespace contrail
