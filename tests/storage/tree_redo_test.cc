// Redo of trees from their mutation records: whole, page by page in any order, and cut off
// anywhere.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "tests/support/tree_model.h"
#include "tests/support/tree_under_test.h"

namespace contrail {
namespace {

using test::DatabaseUnderTest;
using test::DiskImage;
using test::SimulatedFileSystem;
using test::TreeModel;
using test::TreesUnderTest;

constexpr uint64_t kSeed = 31337;
constexpr uint64_t kCache = 256 << 20;  // Nothing is written back before the test says so.
constexpr int kOperations = 4000;

struct LoggedChange {
  DbTime dbtime;
  PageChange change;
};

class TreeRedoTest : public testing::TestWithParam<uint32_t> {
 protected:
  struct Moment {
    size_t records;
    TreeModel unique;
    TreeModel non_unique;
  };

  void SetUp() override {
    SCOPED_TRACE("seed " + std::to_string(kSeed));
    Tree unique = trees_.Make(test::kDatabaseRoot);
    NewTree index;
    index.page_flags = page_flag::kIndex | page_flag::kNonUnique;
    Tree non_unique = trees_.Make(unique.root(), index);
    roots_ = {unique.root(), non_unique.root()};
    objects_ = {unique.object_id(), non_unique.object_id()};
    ASSERT_TRUE(host_.database->pages().FlushAll().ok());
    image_ = host_.disk.Current();
    first_record_ = host_.log.records().size();
    for (int i = 0; i < kOperations; ++i) {
      // Grows first, then shrinks.
      Change(unique, &unique_model_, i < kOperations / 2 ? 25 : 75);
      Change(non_unique, &non_unique_model_, i < kOperations / 2 ? 25 : 75);
      if (i % 200 == 0) moments_.push_back({RecordCount(), unique_model_, non_unique_model_});
    }
    ASSERT_EQ(trees_.Unsound(), "");
    const auto all = host_.log.records();
    records_.assign(all.begin() + static_cast<std::ptrdiff_t>(first_record_), all.end());
  }

  size_t RecordCount() const { return host_.log.records().size() - first_record_; }

  void Change(Tree& tree, TreeModel* model, int erase_percent) {
    if (!model->nodes.empty() && static_cast<int>(random_() % 100) < erase_percent) {
      auto it = model->nodes.lower_bound({Key(), ""});
      if (it == model->nodes.end()) it = model->nodes.begin();
      ASSERT_TRUE(
          tree.Erase(&host_.scratch, AsBytes(it->first.first), AsBytes(it->first.second), nullptr)
              .ok());
      model->nodes.erase(it);
      return;
    }
    const std::string key = Key();
    const std::string data(random_() % 200, static_cast<char>('A' + random_() % 26));
    const Status status = tree.Insert(&host_.scratch, AsBytes(key), AsBytes(data), 0, nullptr);
    if (status.ok()) model->nodes[model->Name(key, data)] = {data, false};
  }
  std::string Key() {
    std::string key = "key/";
    for (int i = 0; i < 3; ++i) key.push_back(static_cast<char>('a' + random_() % 26));
    return key + '\0';
  }

  struct Copy {
    explicit Copy(const TreeRedoTest& test) : disk(test.image_), host(disk, kCache), trees(host) {
      trees.Know(test.roots_[0], test.objects_[0], 0);
      trees.Know(test.roots_[1], test.objects_[1], page_flag::kIndex | page_flag::kNonUnique);
      for (int i = 0; i < 2; ++i) {
        tree.emplace_back(*host.database, test.roots_[i], test.objects_[i], i == 0);
      }
    }
    SimulatedFileSystem disk;
    DatabaseUnderTest host;
    TreesUnderTest trees;
    std::vector<Tree> tree;
  };

  // Page content as docs/format/page.md defines it, without the physical layout.
  static std::string Logical(Database& database, PageNumber number) {
    auto guard = database.pages().Read(number);
    if (!guard.ok()) return "unreadable";
    const PageView page = guard->page();
    std::string text = std::to_string(page.dbtime()) + "/" + std::to_string(page.previous()) + "/" +
                       std::to_string(page.next()) + "/" + std::to_string(page.flags()) + "/" +
                       std::to_string(page.object_id()) + "/" + std::to_string(page.free_bytes());
    text += AsText(page.external_header());
    for (uint32_t line = 0; line < page.line_count(); ++line) {
      const NodeView node = page.node(line);
      text += "|" + std::to_string(node.flags) + ":";
      text += AsText(node.prefix);
      text += AsText(node.suffix);
      text += "=";
      text += AsText(node.data);
    }
    return text;
  }
  // All pages of the database equal those of `copy`.
  void ExpectSamePages(Copy& copy) {
    for (PageNumber page = 1; page <= host_.database->last_page(); ++page) {
      ASSERT_EQ(Logical(*host_.database, page), Logical(*copy.host.database, page)) << page;
    }
  }

  std::mt19937_64 random_{kSeed};
  DatabaseUnderTest host_{GetParam(), kCache};
  TreesUnderTest trees_{host_};
  TreeModel unique_model_{true};
  TreeModel non_unique_model_{false};
  std::vector<PageNumber> roots_;
  std::vector<ObjectId> objects_;
  DiskImage image_;
  size_t first_record_ = 0;
  std::vector<std::vector<std::byte>> records_;
  std::vector<Moment> moments_;
};

INSTANTIATE_TEST_SUITE_P(PageSizes, TreeRedoTest, testing::Values(4096u, 16384u));

TEST_P(TreeRedoTest, WholeLogGivesTheSamePages) {
  Copy copy(*this);
  ASSERT_TRUE(copy.host.Redo(records_).ok());
  ASSERT_TRUE(copy.host.database->FindLastPage().ok());
  ExpectSamePages(copy);
  EXPECT_EQ(copy.trees.Unsound(), "");
  EXPECT_EQ(unique_model_.Differs(copy.tree[0]), "");
  EXPECT_EQ(non_unique_model_.Differs(copy.tree[1]), "");
  // Twice changes nothing.
  ASSERT_TRUE(copy.host.Redo(records_).ok());
  ExpectSamePages(copy);
}

// Redo of a page needs no other page: any order of the pages gives the same.
TEST_P(TreeRedoTest, PagesAreIndependent) {
  std::map<PageNumber, std::vector<LoggedChange>> by_page;
  for (const auto& record : records_) {
    const auto mutation = MutationView::Parse(record);
    ASSERT_TRUE(mutation.ok());
    ASSERT_TRUE(mutation
                    ->ForEachPage([&](const PageChange& change) {
                      by_page[change.page].push_back({mutation->dbtime(), change});
                      return Status::Ok();
                    })
                    .ok());
  }
  std::vector<PageNumber> order;
  for (const auto& entry : by_page) order.push_back(entry.first);
  std::shuffle(order.begin(), order.end(), random_);
  Copy copy(*this);
  for (const PageNumber page : order) {
    for (const LoggedChange& logged : by_page[page]) {
      ASSERT_TRUE(
          RedoPage(copy.host.database->pages(), copy.host.events, logged.dbtime, logged.change)
              .ok());
    }
  }
  ASSERT_TRUE(copy.host.database->FindLastPage().ok());
  ExpectSamePages(copy);
  EXPECT_EQ(copy.trees.Unsound(), "");
}

TEST_P(TreeRedoTest, EveryPrefixIsSound) {
  // Each record is a step from one sound state to the next.
  Copy copy(*this);
  size_t moment = 0;
  for (size_t done = 0; done < records_.size(); ++done) {
    while (moment < moments_.size() && moments_[moment].records == done) {
      ASSERT_EQ(moments_[moment].unique.Differs(copy.tree[0]), "") << "record " << done;
      ASSERT_EQ(moments_[moment].non_unique.Differs(copy.tree[1]), "") << "record " << done;
      ++moment;
    }
    const auto mutation = MutationView::Parse(records_[done]);
    ASSERT_TRUE(mutation.ok());
    ASSERT_TRUE(copy.host.Redo({records_[done]}).ok());
    if (mutation->page_count() > 1 || done % 1000 == 0) {
      ASSERT_TRUE(copy.host.database->FindLastPage().ok());
      ASSERT_EQ(copy.trees.Unsound(), "") << "record " << done;
    }
  }
  EXPECT_EQ(moment, moments_.size());
}

}  // namespace
}  // namespace contrail
