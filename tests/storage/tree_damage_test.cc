// Damaged pages whose checksums are right: every look and every change ends with an answer or an
// error, never with a crash, an over-read (address sanitizer) or a loop.

#include <gtest/gtest.h>

#include <random>

#include "storage/page_checksum.h"
#include "tests/support/tree_model.h"
#include "tests/support/tree_under_test.h"

namespace contrail {
namespace {

using test::DatabaseUnderTest;
using test::DiskImage;
using test::kDatabaseFile;
using test::SimulatedFileSystem;
using test::TreesUnderTest;

constexpr uint64_t kSeed = 1848;
constexpr uint64_t kCache = 16 << 20;
constexpr int kRows = 3000;
constexpr int kRounds = 150;

class TreeDamageTest : public testing::TestWithParam<uint32_t> {
 protected:
  void SetUp() override {
    DatabaseUnderTest host(GetParam(), kCache);
    TreesUnderTest trees(host);
    Tree tree = trees.Make(test::kDatabaseRoot);
    root_ = tree.root();
    object_ = tree.object_id();
    for (int i = 0; i < kRows; ++i) {
      const std::string key = Key(random_());
      const Status status =
          tree.Insert(&host.scratch, AsBytes(key), AsBytes(std::string(60, 'x')), 0, nullptr);
      ASSERT_TRUE(status.ok() || status.Is(Error::kKeyDuplicate));
    }
    ASSERT_EQ(trees.Unsound(), "");
    ASSERT_TRUE(host.database->pages().FlushAll().ok());
    const std::lock_guard hold(host.database->structure_mutex());
    TreeCheck check(*host.database, {root_, object_, 0});
    check.Run();
    pages_ = check.pages();
    const auto map = ReadSpaceMap(*host.database, root_);
    ASSERT_TRUE(map.ok());
    space_pages_ = map->space_tree_pages;
    image_ = host.disk.Current();
  }

  std::string Key(uint64_t number) {
    return "common beginning/" + std::to_string(number % 1'000'000'000);
  }

  // Changes bytes of one page of the file and makes its checksum right again.
  void Spoil(SimulatedFileSystem& disk, PageNumber page, bool aimed) {
    auto file = disk.Open(kDatabaseFile, {FileMode::kReadWrite, false, false});
    ASSERT_TRUE(file.ok());
    std::vector<std::byte> bytes(GetParam());
    const uint64_t offset = FileOffsetOf(page, GetParam());
    ASSERT_TRUE((*file)->Read(offset, bytes).ok());
    const int changes = 1 + static_cast<int>(random_() % 4);
    for (int i = 0; i < changes; ++i) {
      if (aimed) {
        SpoilField(bytes);
      } else {
        bytes[8 + random_() % (bytes.size() - 8)] = static_cast<std::byte>(random_());
      }
    }
    StoreLittle(bytes.data() + page_offset::kFlags,
                LoadLittle<uint32_t>(bytes.data() + page_offset::kFlags) | page_flag::kNewChecksum);
    SealPage(bytes, page);
    ASSERT_TRUE((*file)->Write(offset, bytes).ok());
  }
  // A field that leads elsewhere: links, flags, a child, an extent; often to another page of the
  // tree.
  void SpoilField(std::vector<std::byte>& bytes) {
    const PageNumber target =
        random_() % 4 == 0 ? static_cast<PageNumber>(random_()) : pages_[random_() % pages_.size()];
    const PageView page(bytes.data(), GetParam());
    switch (random_() % 6) {
      case 0:
        StoreLittle(bytes.data() + page_offset::kNext, target);
        break;
      case 1:
        StoreLittle(bytes.data() + page_offset::kPrevious, target);
        break;
      case 2:
        bytes[page_offset::kFlags] ^= std::byte{1} << static_cast<int>(random_() % 8);
        break;
      case 3:
        StoreLittle(bytes.data() + page_offset::kObjectId, static_cast<uint32_t>(random_() % 4));
        break;
      default: {
        if (page.line_count() == 0) return;
        const NodeView node = page.node(static_cast<uint32_t>(random_() % page.line_count()));
        const Bytes piece = random_() % 2 == 0 ? node.data : node.suffix;
        if (piece.size() < 4) return;
        StoreLittle(bytes.data() + (piece.data() - bytes.data()), target);
      }
    }
  }

  // Everything that can be asked of the database. Statuses are of no interest: ending is.
  void Use(DatabaseUnderTest& host) {
    Tree tree(*host.database, root_, object_, true);
    TreeCursor cursor(tree);
    int moves = 0;
    for (Status s = cursor.MoveFirst(); s.ok() && moves < 2 * kRows; s = cursor.MoveNext()) ++moves;
    EXPECT_LT(moves, 2 * kRows);
    moves = 0;
    for (Status s = cursor.MoveLast(); s.ok() && moves < 2 * kRows; s = cursor.MovePrevious()) {
      ++moves;
    }
    EXPECT_LT(moves, 2 * kRows);
    for (int i = 0; i < 50; ++i) {
      const std::string key = Key(random_());
      cursor.SeekAtLeast(AsBytes(key)).Ignore();
      cursor.SeekAtMost(AsBytes(key), i % 2 == 0).Ignore();
      cursor.ReadCurrent([](const NodeView&, const ReadGuard&) { return Status::Ok(); }).Ignore();
    }
    tree.Measure().status().Ignore();
    TreesUnderTest trees(host);
    trees.Know(root_, object_, 0);
    trees.Check();
    const std::string data(300, 'y');
    for (int i = 0; i < 60; ++i) {
      const std::string key = Key(random_());
      tree.Insert(&host.scratch, AsBytes(key), AsBytes(data), 0, nullptr).Ignore();
      if (!cursor.SeekAtLeast(AsBytes(key)).ok()) continue;
      const std::string found(AsText(cursor.key()));
      tree.Erase(&host.scratch, AsBytes(found), {}, nullptr).Ignore();
    }
    const std::lock_guard hold(host.database->structure_mutex());
    Mutation mutation(*host.database, &host.scratch, Mutation::Kind::kStructural);
    bool done = false;
    DestroyTree(mutation, root_, &done).Ignore();
  }

  std::mt19937_64 random_{kSeed};
  PageNumber root_ = 0;
  ObjectId object_ = 0;
  std::vector<PageNumber> pages_;
  std::vector<PageNumber> space_pages_;
  DiskImage image_;
};

INSTANTIATE_TEST_SUITE_P(PageSizes, TreeDamageTest, testing::Values(4096u, 32768u));

TEST_P(TreeDamageTest, EveryUseEnds) {
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  int noticed = 0;
  for (int round = 0; round < kRounds; ++round) {
    SimulatedFileSystem disk(image_);
    const bool in_space = round % 5 == 4;
    const std::vector<PageNumber>& pages = in_space ? space_pages_ : pages_;
    for (int i = 0; i <= round % 3; ++i) {
      // The root and internal pages are few: make them as likely as leaves.
      const size_t which = random_() % 3 == 0 ? 0 : random_() % pages.size();
      Spoil(disk, pages[which], round % 2 == 0);
      ASSERT_FALSE(HasFatalFailure());
    }
    DatabaseUnderTest host(disk, kCache);
    Use(host);
    noticed += host.events.events().empty() ? 0 : 1;
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
  EXPECT_GT(noticed, kRounds / 3);
}

}  // namespace
}  // namespace contrail
