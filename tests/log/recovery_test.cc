// The redo driver: order, partitions, barriers, errors, cancelling; and real pages at the end.

#include "log/recovery.h"

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <random>

#include "log/log_event.h"
#include "log/redo_workers.h"
#include "tests/support/database_under_test.h"
#include "tests/support/log_stream.h"

namespace contrail {
namespace {

using test::DatabaseUnderTest;
using test::DiskImage;
using test::RecordingEvents;
using test::SimulatedFileSystem;
using test::SmallLogOptions;

// Databases that are only told apart by their address.
CachedDatabase* FakeDatabase(uintptr_t number) {
  return reinterpret_cast<CachedDatabase*>(number * 4096);
}

RedoWorkers::Change FakeChange(CachedDatabase* database, PageNumber page, uint64_t order,
                               const std::vector<std::byte>& operations) {
  RedoWorkers::Change change;
  change.database = database;
  change.dbtime = order;
  change.page.page = page;
  change.page.operations = operations;
  return change;
}

TEST(RedoWorkers, KeepTheOrderOfEachPage) {
  std::mutex mutex;
  std::map<std::pair<CachedDatabase*, PageNumber>, std::vector<uint64_t>> applied;
  size_t asked = 0;
  RedoWorkers workers(
      3,
      [&](const RedoWorkers::Change& change) {
        EXPECT_EQ(LoadLittle<uint64_t>(change.page.operations.data()), change.dbtime);
        const std::lock_guard lock(mutex);
        applied[{change.database, change.page.page}].push_back(change.dbtime);
        return Status::Ok();
      },
      [&](CachedDatabase&, std::span<const PageNumber> pages) { asked += pages.size(); });
  std::map<std::pair<CachedDatabase*, PageNumber>, std::vector<uint64_t>> expected;
  std::mt19937 random(5);
  for (uint64_t order = 1; order <= 20000; ++order) {
    CachedDatabase* const database = FakeDatabase(1 + random() % 2);
    const PageNumber page = random() % 50;
    // The bytes go away when Add returns.
    std::vector<std::byte> operations(8 + random() % 300);
    StoreLittle<uint64_t>(operations.data(), order);
    ASSERT_TRUE(workers.Add(FakeChange(database, page, order, operations)).ok());
    expected[{database, page}].push_back(order);
    if (order % 3000 == 0) {
      ASSERT_TRUE(workers.Barrier().ok());
      const std::lock_guard lock(mutex);
      EXPECT_EQ(applied, expected);
    }
  }
  ASSERT_TRUE(workers.Barrier().ok());
  EXPECT_EQ(applied, expected);
  EXPECT_GT(asked, 0u);
}

TEST(RedoWorkers, StopAtTheFirstError) {
  std::atomic<int> applied{0};
  RedoWorkers workers(
      2,
      [&](const RedoWorkers::Change& change) {
        if (change.dbtime == 700) return Status(Error::kDiskIO);
        applied.fetch_add(1);
        return Status::Ok();
      },
      [](CachedDatabase&, std::span<const PageNumber>) {});
  Status status;
  const std::vector<std::byte> operations(1000);
  for (uint64_t order = 1; order <= 100000 && status.ok(); ++order) {
    status = workers.Add(FakeChange(FakeDatabase(1), order, order, operations));
  }
  EXPECT_TRUE(status.Is(Error::kDiskIO));
  EXPECT_TRUE(workers.Barrier().Is(Error::kDiskIO));
  EXPECT_LT(applied.load(), 50000);
}

class FakeHost : public RecoveryHost {
 public:
  Status OnRecord(const LogRecord& record) override {
    ++records;
    return record.type == RecordType::kShutdown ? Status(Error::kDatabaseCorrupted) : Status::Ok();
  }
  bool NeedsBarrier(RecordType type) const override { return type != RecordType::kCommit; }
  Status OnMutation(Lgpos, const MutationView& mutation) override {
    highest = std::max(highest, mutation.dbtime());
    return Status::Ok();
  }
  CachedDatabase* FindDatabase(uint8_t, Lgpos position) override {
    return position >= skip_from ? nullptr : pages;
  }

  CachedDatabase* pages = nullptr;
  Lgpos skip_from = kLgposMax;
  size_t records = 0;
  DbTime highest = 0;
};

constexpr uint32_t kLeaf = page_flag::kAlways | page_flag::kLeaf;

// A workload on a database, logged; the log on the same disk; the database file as it was before.
class Redo : public testing::Test {
 protected:
  Redo() : before_(4096) {
    start_ = before_.disk.Current();
    std::mt19937 random(9);
    for (int i = 0; i < 400; ++i) ChangeSomething(random);
    EXPECT_TRUE(before_.disk.CreateDirectories("/log").ok());
    auto writer =
        LogWriter::Create(before_.disk, events_, SmallLogOptions(), Signature::Random(), {});
    EXPECT_TRUE(writer.ok());
    for (const auto& record : before_.log.records()) {
      positions_.push_back(*(*writer)->Append(record));
      if (positions_.size() % 20 == 0) {
        EXPECT_TRUE((*writer)->AppendRecord(RecordType::kCommit, {}).ok());
      }
      if (positions_.size() % 90 == 0) {
        EXPECT_TRUE((*writer)->AppendRecord(RecordType::kTreeFreed, {}).ok());
      }
    }
    EXPECT_TRUE((*writer)->Close().ok());
  }

  void ChangeSomething(std::mt19937& random) {
    Mutation mutation(*before_.database, &before_.scratch, Mutation::Kind::kStructural);
    const int pages = 1 + random() % 3;
    for (int i = 0; i < pages; ++i) {
      const PageNumber number = 40 + random() % 30;
      std::vector<std::byte> list;
      NodeListWriter nodes(&list);
      std::byte key[4];
      StoreBig32(key, random() % 100);
      const std::string value(random() % 500, static_cast<char>('a' + random() % 26));
      nodes.Add(0, key, AsBytes(value));
      if (made_[number] && random() % 4 != 0) {
        const auto page = mutation.Lock(number);
        ASSERT_TRUE(page.ok());
        mutation.Apply(*page, PageOperation::ReplaceNode(0, 0, AsBytes(value)));
      } else {
        const auto page = mutation.LockNew(number);
        ASSERT_TRUE(page.ok());
        mutation.Apply(*page, PageOperation::Format(kLeaf, 7, 0, 0, {}, list));
        made_[number] = true;
      }
    }
    ASSERT_TRUE(mutation.Commit().ok());
  }

  std::unique_ptr<LogReader> OpenLog() {
    const auto listing = ListLogFiles(before_.disk, events_, "/log", "edb");
    LogSource source;
    source.files = listing->archived;
    source.files.push_back(listing->current);
    auto reader = LogReader::Open(before_.disk, events_, source, {1, 0, 0}, nullptr);
    EXPECT_TRUE(reader.ok());
    return std::move(reader).value();
  }

  static std::string PageText(DatabaseUnderTest& test, PageNumber number) {
    auto guard = test.database->pages().Share(number);
    if (!guard.ok()) return "error " + std::to_string(guard.status().number());
    const PageView page = guard->page();
    std::string text = std::to_string(page.dbtime());
    for (uint32_t line = 0; line < page.line_count(); ++line) {
      text += "|" + std::string(AsText(page.node(line).data));
    }
    return text;
  }
  void ExpectSamePages(DatabaseUnderTest& after) {
    for (PageNumber number = 40; number < 70; ++number) {
      EXPECT_EQ(PageText(after, number), PageText(before_, number)) << number;
    }
  }

  DatabaseUnderTest before_;
  DiskImage start_;
  RecordingEvents events_;
  std::map<PageNumber, bool> made_;
  std::vector<Lgpos> positions_;
};

TEST_F(Redo, BringsEveryPageBack) {
  for (const int workers : {1, 2, 5}) {
    SimulatedFileSystem disk(start_);
    DatabaseUnderTest after(disk, 1 << 20);
    FakeHost host;
    host.pages = &after.database->pages();
    RedoOptions options;
    options.workers = workers;
    RedoProgress last;
    options.progress = [&](const RedoProgress& progress) {
      EXPECT_GE(progress.bytes_done, last.bytes_done);
      EXPECT_LE(progress.bytes_done, progress.bytes_total);
      last = progress;
      return true;
    };
    auto reader = OpenLog();
    const auto result = RunRedo(*reader, events_, host, options);
    ASSERT_TRUE(result.ok()) << result.status().number();
    EXPECT_EQ(result->records, positions_.size() + host.records);
    EXPECT_EQ(result->page_changes_skipped, 0u);
    EXPECT_GE(result->page_changes_applied, positions_.size());
    EXPECT_EQ(host.highest, before_.database->last_dbtime());
    EXPECT_EQ(last.generation, result->end.position.generation);
    EXPECT_FALSE(result->stopped_early);
    ExpectSamePages(after);
    // Again over the same pages: nothing changes.
    auto again = OpenLog();
    ASSERT_TRUE(RunRedo(*again, events_, host, options).ok());
    ExpectSamePages(after);
  }
}

TEST_F(Redo, CanBeCancelledAndRunAgain) {
  SimulatedFileSystem disk(start_);
  DatabaseUnderTest after(disk, 1 << 20);
  FakeHost host;
  host.pages = &after.database->pages();
  RedoOptions options;
  options.progress = [](const RedoProgress&) { return false; };
  auto reader = OpenLog();
  EXPECT_TRUE(RunRedo(*reader, events_, host, options).status().Is(Error::kTermInProgress));
  options.progress = nullptr;
  reader = OpenLog();
  ASSERT_TRUE(RunRedo(*reader, events_, host, options).ok());
  ExpectSamePages(after);
}

TEST_F(Redo, StopsBeforeAPosition) {
  SimulatedFileSystem disk(start_);
  DatabaseUnderTest after(disk, 1 << 20);
  FakeHost host;
  host.pages = &after.database->pages();
  RedoOptions options;
  options.stop_at = positions_[100];
  auto reader = OpenLog();
  const auto result = RunRedo(*reader, events_, host, options);
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result->stopped_early);
  // A record that is no mutation may lie right before it.
  EXPECT_EQ(result->records - host.records, 100u);
  EXPECT_EQ(result->end.position, positions_[100]);
  // The rest afterwards, from there.
  LogSource source;
  const auto listing = ListLogFiles(before_.disk, events_, "/log", "edb");
  source.files = listing->archived;
  source.files.push_back(listing->current);
  auto rest = LogReader::Open(before_.disk, events_, source, positions_[100], nullptr);
  ASSERT_TRUE(rest.ok());
  ASSERT_TRUE(RunRedo(**rest, events_, host, {}).ok());
  ExpectSamePages(after);
}

TEST_F(Redo, SkipsDatabasesTheHostDoesNotKnow) {
  SimulatedFileSystem disk(start_);
  DatabaseUnderTest after(disk, 1 << 20);
  FakeHost host;
  host.pages = &after.database->pages();
  host.skip_from = {1, 0, 0};
  auto reader = OpenLog();
  const auto result = RunRedo(*reader, events_, host, {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->page_changes_applied, 0u);
  EXPECT_GE(result->page_changes_skipped, positions_.size());
}

TEST_F(Redo, ReportsWhereItFailed) {
  // Pages that do not belong to the log: the first record that needs a former page cannot be
  // applied.
  SimulatedFileSystem disk(start_);
  DatabaseUnderTest after(disk, 1 << 20);
  FakeHost host;
  host.pages = &after.database->pages();
  LogSource source;
  const auto listing = ListLogFiles(before_.disk, events_, "/log", "edb");
  source.files = listing->archived;
  source.files.push_back(listing->current);
  auto late = LogReader::Open(before_.disk, events_, source, positions_[200], nullptr);
  ASSERT_TRUE(late.ok());
  EXPECT_FALSE(RunRedo(**late, events_, host, {}).ok());
  const Event event = events_.Last(kEventRedoFailed);
  EXPECT_NE(event.error, 0);
  EXPECT_NE(event.expected.find("log position "), std::string::npos) << event.expected;
}

TEST(RedoErrors, MalformedRecordsAndTheHostsRefusalsStop) {
  for (const RecordType type : {RecordType::kMutation, RecordType::kShutdown}) {
    SimulatedFileSystem files;
    ASSERT_TRUE(files.CreateDirectories("/log").ok());
    RecordingEvents events;
    auto writer = LogWriter::Create(files, events, SmallLogOptions(), Signature::Random(), {});
    ASSERT_TRUE((*writer)->AppendRecord(type, test::NumberedPayload(1, 9)).ok());
    ASSERT_TRUE((*writer)->Close().ok());
    LogSource source;
    source.files = {{1, "/log/edb.log"}};
    auto reader = LogReader::Open(files, events, source, {1, 0, 0}, nullptr);
    ASSERT_TRUE(reader.ok());
    FakeHost host;
    EXPECT_TRUE(RunRedo(**reader, events, host, {})
                    .status()
                    .Is(type == RecordType::kMutation ? Error::kLogFileCorrupt
                                                      : Error::kDatabaseCorrupted));
    EXPECT_NE(events.Last(kEventRedoFailed).error, 0);
  }
}

}  // namespace
}  // namespace contrail
