// Mutations: atomic, logged, undone when abandoned, and redone to equal pages.

#include "storage/mutation.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "storage/event_id.h"
#include "tests/support/database_under_test.h"

namespace contrail::test {
namespace {

constexpr uint32_t kLeaf = page_flag::kAlways | page_flag::kLeaf;

// A leaf with `count` nodes of `value`.
std::vector<std::byte> LeafList(uint32_t count, std::string_view value) {
  std::vector<std::byte> list;
  NodeListWriter writer(&list);
  for (uint32_t i = 0; i < count; ++i) {
    std::byte key[4];
    StoreBig32(key, i);
    writer.Add(0, key, AsBytes(value));
  }
  return list;
}

// What a page means, whatever its layout: dbtime, header fields, nodes.
std::string Meaning(const PageView& page) {
  std::string text = std::to_string(page.dbtime()) + "/" + std::to_string(page.flags()) + "/" +
                     std::to_string(page.previous()) + "/" + std::to_string(page.next()) + "/" +
                     std::to_string(page.object_id()) + "/" + std::to_string(page.free_bytes()) +
                     "/" + std::string(AsText(page.external_header()));
  for (uint32_t line = 0; line < page.line_count(); ++line) {
    const NodeView node = page.node(line);
    std::string key(node.key_size(), '\0');
    node.CopyKey(reinterpret_cast<std::byte*>(key.data()));
    text += "|" + std::to_string(node.flags & ~node_flag::kCompressed) + key + "=" +
            std::string(AsText(node.data));
  }
  return text;
}

std::string MeaningOf(DatabaseUnderTest& test, PageNumber number) {
  auto guard = test.database->pages().Share(number);
  return guard.ok() ? Meaning(guard->page()) : "error " + std::to_string(guard.status().number());
}

// One committed mutation that formats the page.
void MakeLeaf(DatabaseUnderTest& test, PageNumber number, std::string_view value) {
  Mutation mutation(*test.database, &test.scratch, Mutation::Kind::kSingle);
  const auto page = mutation.LockNew(number);
  ASSERT_TRUE(page.ok());
  mutation.Apply(*page, PageOperation::Format(kLeaf, 7, 0, 0, {}, LeafList(3, value)));
  ASSERT_TRUE(mutation.Commit().ok());
}

class MutationTest : public testing::TestWithParam<uint32_t> {};
INSTANTIATE_TEST_SUITE_P(PageSizes, MutationTest, testing::Values(4096, 8192, 16384, 32768));

TEST_P(MutationTest, CommitAppendsOneRecordThatSaysItAll) {
  DatabaseUnderTest test(GetParam());
  test.database->set_id(3);
  MakeLeaf(test, 40, "old");
  const DbTime before = test.database->last_dbtime();
  {
    Mutation mutation(*test.database, &test.scratch, Mutation::Kind::kStructural);
    const auto first = mutation.Lock(40);
    const auto second = mutation.LockNew(41);
    ASSERT_TRUE(first.ok());
    ASSERT_TRUE(second.ok());
    EXPECT_EQ(*mutation.Lock(40), *first);
    EXPECT_EQ(mutation.Find(41), *second);
    mutation.Apply(*second, PageOperation::Format(kLeaf, 7, 40, 0, {}, LeafList(2, "new")));
    mutation.Apply(*first, PageOperation::SetSiblings(0, 41));
    mutation.Apply(*first, PageOperation::DeleteNodes(1, 1));
    mutation.Annotate(AsBytes("superseded"));
    mutation.Annotate(AsBytes("how to undo it"));
    ASSERT_TRUE(mutation.Commit().ok());
  }
  ASSERT_EQ(test.log.records().size(), 2u);
  const auto record = test.log.records().back();
  const auto view = MutationView::Parse(record);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->database_id(), 3);
  EXPECT_EQ(view->dbtime(), before + 1);
  EXPECT_EQ(AsText(view->annotation()), "how to undo it");
  EXPECT_EQ(view->page_count(), 2);
  std::map<PageNumber, PageChange> changes;
  ASSERT_TRUE(view->ForEachPage([&](const PageChange& change) {
                    changes[change.page] = change;
                    return Status::Ok();
                  })
                  .ok());
  EXPECT_FALSE(changes[40].is_new);
  EXPECT_EQ(changes[40].dbtime_before, before);
  EXPECT_TRUE(changes[41].is_new);
  for (const PageNumber number : {40, 41}) {
    auto guard = test.database->pages().Read(number);
    ASSERT_TRUE(guard.ok());
    EXPECT_EQ(guard->page().dbtime(), before + 1);
  }
}

TEST_P(MutationTest, AbandonRestoresEveryPage) {
  DatabaseUnderTest test(GetParam());
  MakeLeaf(test, 40, "old");
  MakeLeaf(test, 41, "freed");
  ASSERT_TRUE(test.database->pages().FlushAll().ok());
  test.database->pages().Discard();
  const std::string before = MeaningOf(test, 40);
  for (const bool by_destructor : {false, true}) {
    Mutation mutation(*test.database, &test.scratch, Mutation::Kind::kStructural);
    const auto old = mutation.Lock(40);
    const auto reused = mutation.LockNew(41);
    ASSERT_TRUE(old.ok());
    ASSERT_TRUE(reused.ok());
    mutation.Apply(*reused, PageOperation::Format(kLeaf, 7, 0, 0, {}, LeafList(2, "new")));
    mutation.Apply(*old, PageOperation::DeleteNodes(0, 2));
    mutation.Apply(*old, PageOperation::SetSiblings(5, 6));
    if (!by_destructor) mutation.Abandon();
  }
  EXPECT_EQ(test.log.records().size(), 2u);
  EXPECT_EQ(MeaningOf(test, 40), before);
  // Page 41 was not in memory: it is read again, as it was, and was never written as zeros.
  ASSERT_TRUE(test.database->pages().FlushAll().ok());
  test.database->pages().Discard();
  EXPECT_EQ(MeaningOf(test, 40), before);
  EXPECT_NE(MeaningOf(test, 41).find("freed"), std::string::npos);
}

TEST_P(MutationTest, NothingAppliedIsNothingLogged) {
  DatabaseUnderTest test(GetParam());
  MakeLeaf(test, 40, "old");
  Mutation mutation(*test.database, &test.scratch, Mutation::Kind::kSingle);
  ASSERT_TRUE(mutation.Lock(40).ok());
  const auto position = mutation.Commit();
  ASSERT_TRUE(position.ok());
  EXPECT_TRUE(position->IsNull());
  EXPECT_EQ(test.log.records().size(), 1u);
}

TEST_P(MutationTest, AnAnnotationAloneIsARecordWithoutPages) {
  DatabaseUnderTest test(GetParam());
  Mutation mutation(*test.database, &test.scratch, Mutation::Kind::kSingle);
  test.scratch.annotation.resize(4, std::byte{'x'});
  mutation.Annotate(test.scratch.annotation);
  ASSERT_TRUE(mutation.Commit().ok());
  const auto record = test.log.records().back();
  const auto view = MutationView::Parse(record);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->page_count(), 0);
  EXPECT_EQ(AsText(view->annotation()), "xxxx");
}

TEST(MutationLatchTest, LatchesAreHeldUntilReleasedAfterCommit) {
  DatabaseUnderTest test(4096);
  MakeLeaf(test, 40, "old");
  auto guard = test.database->pages().Read(40);
  ASSERT_TRUE(guard.ok());
  const uint64_t version = guard->version();
  Mutation mutation(*test.database, &test.scratch, Mutation::Kind::kSingle);
  WriteGuard lock;
  ASSERT_TRUE(test.database->pages().TryUpgrade(&*guard, &lock));
  const auto page = mutation.Adopt(std::move(lock));
  mutation.Apply(page, PageOperation::DeleteNodes(0, 1));
  ASSERT_TRUE(mutation.CommitHoldingLatches().ok());
  ReadGuard look;
  EXPECT_FALSE(test.database->pages().ReadIfUnchanged(40, version, &look));
  mutation.Release();
  guard = test.database->pages().Read(40);
  ASSERT_TRUE(guard.ok());
  EXPECT_EQ(guard->page().line_count(), 2u);
}

TEST(MutationLogTest, ATooLargeMutationLeavesEverythingAsItWas) {
  DatabaseUnderTest test(4096);
  MakeLeaf(test, 40, "old");
  const std::string before = MeaningOf(test, 40);
  test.log.max_record_size = 64;
  Mutation mutation(*test.database, &test.scratch, Mutation::Kind::kStructural);
  const auto page = mutation.Lock(40);
  ASSERT_TRUE(page.ok());
  mutation.Apply(*page, PageOperation::Format(kLeaf, 7, 0, 0, {}, LeafList(8, "larger")));
  EXPECT_TRUE(mutation.Commit().status().Is(Error::kTransactionTooLong));
  EXPECT_EQ(MeaningOf(test, 40), before);
  EXPECT_TRUE(test.pool->health().ok());
}

TEST(MutationLogTest, ADownLogStopsAllWriting) {
  DatabaseUnderTest test(4096);
  MakeLeaf(test, 40, "old");
  ASSERT_TRUE(test.database->pages().FlushAll().ok());
  test.log.Fail(Error::kLogWriteFail);
  {
    Mutation mutation(*test.database, &test.scratch, Mutation::Kind::kSingle);
    const auto page = mutation.Lock(40);
    ASSERT_TRUE(page.ok());
    mutation.Apply(*page, PageOperation::DeleteNodes(0, 1));
    EXPECT_TRUE(mutation.Commit().status().Is(Error::kLogWriteFail));
  }
  EXPECT_TRUE(test.pool->health().Is(Error::kInstanceUnavailable));
  const uint64_t writes = test.disk.operations(kWriteOperation);
  EXPECT_FALSE(test.database->pages().FlushAll().ok());
  EXPECT_FALSE(test.database->UpdateHeader([](DatabaseHeader*) {}).ok());
  EXPECT_EQ(test.disk.operations(kWriteOperation), writes);
}

TEST(MutationRecordTest, EveryCutAndEveryFlippedByteIsParsedSafely) {
  DatabaseUnderTest test(4096);
  MakeLeaf(test, 40, "old");
  const std::vector<std::byte> record = test.log.records().front();
  for (size_t size = 0; size < record.size(); ++size) {
    // A heap block of that very size, so that a sanitizer sees any read past it.
    const std::vector<std::byte> cut(record.begin(), record.begin() + size);
    EXPECT_TRUE(MutationView::Parse(cut).status().Is(Error::kLogFileCorrupt)) << size;
  }
  for (size_t at = 0; at < record.size(); ++at) {
    std::vector<std::byte> flipped = record;
    flipped[at] ^= std::byte{0xff};
    DatabaseUnderTest other(4096);
    // Anything but a crash; what does not parse says so.
    if (const Status status = other.Redo({flipped}); !status.ok()) {
      EXPECT_TRUE(status.Is(Error::kLogFileCorrupt) || status.Is(Error::kDatabaseCorrupted) ||
                  status.Is(Error::kDbTimeTooOld) || status.Is(Error::kDbTimeTooNew) ||
                  status.Is(Error::kPageNotInitialized))
          << at << ": " << status.number();
    }
  }
}

// Random single and structural mutations over some pages; some abandoned.
void WorkRandomly(DatabaseUnderTest& test, std::mt19937_64& random, int steps) {
  const auto pick = [&] { return static_cast<PageNumber>(40 + random() % 8); };
  for (int step = 0; step < steps; ++step) {
    const bool structural = random() % 3 == 0;
    Mutation mutation(*test.database, &test.scratch,
                      structural ? Mutation::Kind::kStructural : Mutation::Kind::kSingle);
    std::vector<PageNumber> numbers = {pick()};
    if (structural) numbers.push_back(pick());
    std::sort(numbers.begin(), numbers.end());
    for (const PageNumber number : numbers) {
      const auto page = mutation.Lock(number);
      ASSERT_TRUE(page.ok());
      const uint32_t lines = mutation.page(*page).line_count();
      const std::string value = "value " + std::to_string(random() % 1000);
      std::byte key[4];
      StoreBig32(key, lines);
      if (lines > 20) {
        mutation.Apply(*page, PageOperation::DeleteNodes(5, 10));
      } else if (random() % 2 == 0 && lines > 0) {
        mutation.Apply(*page, PageOperation::ReplaceNode(random() % lines, 0, AsBytes(value)));
      } else {
        mutation.Apply(*page, PageOperation::InsertNode(lines, 0, key, AsBytes(value)));
      }
    }
    if (structural && random() % 3 == 0) {
      mutation.Abandon();
    } else {
      ASSERT_TRUE(mutation.Commit().ok());
    }
    if (random() % 40 == 0) {
      ASSERT_TRUE(test.pool->WriteSome(kLgposMax, random() % 6).ok());
    }
  }
}

TEST_P(MutationTest, RedoOnAnyOldCopyGivesEqualPages) {
  constexpr uint64_t kSeed = 42;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  DatabaseUnderTest test(GetParam());
  std::mt19937_64 random(kSeed);
  std::vector<DiskImage> copies = {test.disk.Current()};
  for (PageNumber number = 40; number < 48; ++number) MakeLeaf(test, number, "first");
  for (int round = 0; round < 4; ++round) {
    WorkRandomly(test, random, 60);
    copies.push_back(test.disk.Current());
  }
  ASSERT_FALSE(testing::Test::HasFatalFailure());
  // Pages of the copies are of different times: whatever the writer had reached when it was taken.
  for (const DiskImage& copy : copies) {
    SimulatedFileSystem disk(copy);
    DatabaseUnderTest again(disk, 1 << 20);
    for (int pass = 0; pass < 2; ++pass) {  // A second pass finds everything done.
      ASSERT_TRUE(again.Redo(test.log.records()).ok());
      for (PageNumber number = 40; number < 48; ++number) {
        EXPECT_EQ(MeaningOf(again, number), MeaningOf(test, number)) << number;
      }
    }
  }
}

TEST(RedoTest, APageThatDoesNotFitTheLogIsNamed) {
  DatabaseUnderTest test(4096);
  MakeLeaf(test, 40, "first");
  const DiskImage start = test.disk.Current();
  for (int i = 0; i < 2; ++i) {
    Mutation mutation(*test.database, &test.scratch, Mutation::Kind::kSingle);
    const auto page = mutation.Lock(40);
    ASSERT_TRUE(page.ok());
    mutation.Apply(*page, PageOperation::DeleteNodes(0, 1));
    ASSERT_TRUE(mutation.Commit().ok());
  }
  const auto records = test.log.records();
  SimulatedFileSystem disk(start);
  DatabaseUnderTest again(disk, 1 << 20);
  // The record between is missing: the page has lost a write.
  EXPECT_TRUE(again.Redo({records[0], records[2]}).Is(Error::kDbTimeTooOld));
  const Event event = again.events.Last(event_id::kPageTimeMismatch);
  EXPECT_EQ(event.file, kDatabaseFile);
  EXPECT_EQ(event.offset, static_cast<int64_t>(FileOffsetOf(40, 4096)));
  EXPECT_NE(event.expected, event.found);
  // And one that has seen another history in between.
  std::vector<std::byte> late = records[2];
  StoreLittle<uint64_t>(late.data() + 1, 1000);
  ASSERT_TRUE(again.Redo({records[1]}).ok());
  StoreLittle<uint64_t>(late.data() + 15 + 4, 66);
  EXPECT_TRUE(again.Redo({late}).Is(Error::kDbTimeTooNew));
}

}  // namespace
}  // namespace contrail::test
