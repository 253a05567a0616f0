// Many threads at once: appending, waiting, ending generations.

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "tests/support/failure_points.h"
#include "tests/support/log_stream.h"
#include "tests/support/recording.h"
#include "tests/support/scratch_folder.h"

namespace contrail {
namespace {

using test::FindNumber;
using test::NumberedPayload;
using test::ReadAll;
using test::ReadStream;
using test::RecordingEvents;
using test::ScratchFolder;
using test::SimulatedFileSystem;
using test::SmallLogOptions;

constexpr uint64_t kThreads = 8;

struct Appended {
  Lgpos position;
  uint64_t number = 0;
};

// Each thread's records are numbered thread * 1e6 + 0, 1, 2 ..
void AppendSome(LogWriter& writer, uint64_t thread, int records, std::vector<Appended>* appended) {
  std::mt19937 random(thread);
  for (int i = 0; i < records; ++i) {
    const uint64_t number = thread * 1000000 + i;
    const size_t size = random() % 50 == 0 ? 20000 : 8 + random() % 400;
    const Result<Lgpos> position = writer.Append(NumberedPayload(number, size));
    ASSERT_TRUE(position.ok());
    appended->push_back({*position, number});
    switch (random() % 16) {
      case 0:
        ASSERT_TRUE(writer.WaitDurable(*position).ok());
        ASSERT_GT(writer.DurableEnd(), *position);
        break;
      case 1:
        ASSERT_TRUE(writer.EnsureDurable().ok());
        ASSERT_GT(writer.DurableEnd(), *position);
        break;
      case 2:
        writer.FlushSoon(*position);
        break;
      case 3:
        if (random() % 20 == 0) {
          ASSERT_TRUE(writer.ForceNewGeneration().ok());
        }
        break;
      default:
        break;
    }
  }
}

void ExpectAllInOrder(const ReadStream& stream,
                      const std::vector<std::vector<Appended>>& appended) {
  ASSERT_TRUE(stream.status.ok()) << stream.status.number();
  std::vector<size_t> next(appended.size());
  for (const auto& record : stream.records) {
    const uint64_t number = FindNumber(record.payload);
    ASSERT_NE(number, ~uint64_t{0});
    const uint64_t thread = number / 1000000;
    ASSERT_LT(thread, appended.size());
    ASSERT_LT(next[thread], appended[thread].size());
    const Appended& expected = appended[thread][next[thread]++];
    ASSERT_EQ(number, expected.number);
    ASSERT_EQ(record.position, expected.position);
  }
  for (size_t thread = 0; thread < appended.size(); ++thread) {
    EXPECT_EQ(next[thread], appended[thread].size());
  }
}

class LogConcurrency : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(BackgroundThread, LogConcurrency, testing::Bool());

TEST_P(LogConcurrency, KeepsEveryThreadsRecordsInTheirOrder) {
  SimulatedFileSystem files;
  ASSERT_TRUE(files.CreateDirectories("/log").ok());
  LogWriterOptions options = SmallLogOptions();
  options.background_thread = GetParam();
  options.lazy_flush_milliseconds = 1;
  RecordingEvents events;
  auto writer = LogWriter::Create(files, events, options, Signature::Random(), {});
  ASSERT_TRUE(writer.ok());
  std::vector<std::vector<Appended>> appended(kThreads);
  std::vector<std::thread> threads;
  for (uint64_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] { AppendSome(**writer, thread, 400, &appended[thread]); });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE((*writer)->Close().ok());
  ExpectAllInOrder(ReadAll(files, events, options), appended);
  EXPECT_TRUE(events.events().empty());
}

TEST(LogConcurrencyOnDisk, GathersCommitsOnTheMachinesFiles) {
  ScratchFolder folder;
  LogWriterOptions options = SmallLogOptions();
  options.directory = folder.path().string();
  options.background_thread = true;
  auto writer =
      LogWriter::Create(PosixFileSystem(), DiscardEvents(), options, Signature::Random(), {});
  ASSERT_TRUE(writer.ok()) << writer.status().number();
  std::vector<std::vector<Appended>> appended(kThreads);
  std::vector<std::thread> threads;
  for (uint64_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (uint64_t i = 0; i < 40; ++i) {
        const uint64_t number = thread * 1000000 + i;
        const Result<Lgpos> position = (*writer)->Append(NumberedPayload(number, 200));
        ASSERT_TRUE(position.ok());
        appended[thread].push_back({*position, number});
        ASSERT_TRUE((*writer)->WaitDurable(*position).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const LogWriter::Statistics statistics = (*writer)->statistics();
  EXPECT_EQ(statistics.records, kThreads * 40);
  EXPECT_LE(statistics.flushes, statistics.records);
  ASSERT_TRUE((*writer)->Close().ok());
  ExpectAllInOrder(ReadAll(PosixFileSystem(), DiscardEvents(), options), appended);
}

// A file system whose syncs wait until they are let go: what the disk does, without its clock.
class HeldFileSystem final : public FileSystem {
 public:
  explicit HeldFileSystem(FileSystem& files) : files_(files) {}

  void Hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }
  void AwaitWaiter() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_; });
  }
  void LetGo() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }

  Result<std::unique_ptr<File>> Open(const std::string& path, const OpenOptions& options) override {
    ASSIGN_OR_RETURN(std::unique_ptr<File> file, files_.Open(path, options));
    return std::unique_ptr<File>(std::make_unique<HeldFile>(std::move(file), *this));
  }
  std::unique_ptr<IoQueue> NewQueue(size_t depth) override { return files_.NewQueue(depth); }
  Result<bool> Exists(const std::string& path) override { return files_.Exists(path); }
  Status Rename(const std::string& from, const std::string& to) override {
    return files_.Rename(from, to);
  }
  Status Remove(const std::string& path) override { return files_.Remove(path); }
  Result<std::vector<std::string>> List(const std::string& directory) override {
    return files_.List(directory);
  }
  Status CreateDirectories(const std::string& path) override {
    return files_.CreateDirectories(path);
  }
  Status RemoveDirectory(const std::string& path) override { return files_.RemoveDirectory(path); }
  Status SyncDirectory(const std::string& path) override { return files_.SyncDirectory(path); }

 private:
  class HeldFile final : public File {
   public:
    HeldFile(std::unique_ptr<File> file, HeldFileSystem& owner)
        : file_(std::move(file)), owner_(owner) {}
    Status Read(uint64_t offset, MutableBytes buffer) override {
      return file_->Read(offset, buffer);
    }
    Status Write(uint64_t offset, Bytes data) override { return file_->Write(offset, data); }
    Status Sync() override {
      owner_.Wait();
      return file_->Sync();
    }
    Result<uint64_t> Size() override { return file_->Size(); }
    Status Resize(uint64_t size) override { return file_->Resize(size); }
    const std::string& path() const override { return file_->path(); }

   private:
    std::unique_ptr<File> file_;
    HeldFileSystem& owner_;
  };

  void Wait() {
    std::unique_lock lock(mutex_);
    waiting_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    waiting_ = false;
  }

  FileSystem& files_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  bool waiting_ = false;
};

TEST(LogGroupCommit, WhoComesDuringAFlushSharesTheNext) {
  SimulatedFileSystem disk;
  ASSERT_TRUE(disk.CreateDirectories("/log").ok());
  HeldFileSystem files(disk);
  const LogWriterOptions options = SmallLogOptions();
  auto writer = LogWriter::Create(files, DiscardEvents(), options, Signature::Random(), {});
  ASSERT_TRUE(writer.ok());
  files.Hold();
  const Lgpos first = *(*writer)->Append(NumberedPayload(0, 100));
  std::vector<std::thread> threads;
  threads.emplace_back([&] { EXPECT_TRUE((*writer)->WaitDurable(first).ok()); });
  files.AwaitWaiter();
  // The flush is on the disk; sixteen records come too late for it.
  for (uint64_t i = 1; i <= 16; ++i) {
    const Lgpos position = *(*writer)->Append(NumberedPayload(i, 100));
    threads.emplace_back([&, position] { EXPECT_TRUE((*writer)->WaitDurable(position).ok()); });
  }
  EXPECT_EQ((*writer)->DurableEnd().FileOffset(), kLogBlockSize);
  files.LetGo();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ((*writer)->statistics().records, 17u);
  EXPECT_EQ((*writer)->statistics().flushes, 2u);
}

TEST(LogGroupCommit, AFailedFlushFailsAllWhoWait) {
  SimulatedFileSystem disk;
  ASSERT_TRUE(disk.CreateDirectories("/log").ok());
  HeldFileSystem files(disk);
  auto writer =
      LogWriter::Create(files, DiscardEvents(), SmallLogOptions(), Signature::Random(), {});
  ASSERT_TRUE(writer.ok());
  files.Hold();
  disk.FailOperation({.kinds = test::kSyncOperation});
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < 16; ++i) {
    const Lgpos position = *(*writer)->Append(NumberedPayload(i, 100));
    threads.emplace_back(
        [&, position] { EXPECT_TRUE((*writer)->WaitDurable(position).Is(Error::kLogWriteFail)); });
    if (i == 0) files.AwaitWaiter();
  }
  files.LetGo();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ((*writer)->statistics().flushes, 0u);
}

TEST(LogBackground, MakesLazyCommitsDurableByItself) {
  SimulatedFileSystem files;
  ASSERT_TRUE(files.CreateDirectories("/log").ok());
  LogWriterOptions options = SmallLogOptions();
  options.background_thread = true;
  options.lazy_flush_milliseconds = 1;
  auto writer = LogWriter::Create(files, DiscardEvents(), options, Signature::Random(), {});
  ASSERT_TRUE(writer.ok());
  for (uint64_t i = 0; i < 50; ++i) {
    const Lgpos position = *(*writer)->Append(NumberedPayload(i, 100));
    (*writer)->FlushSoon(position);
    // Nobody asks for it; it must come.
    while ((*writer)->DurableEnd() <= position) std::this_thread::yield();
  }
}

TEST(LogBackground, TellsOfNewGenerationsInOrder) {
  SimulatedFileSystem files;
  ASSERT_TRUE(files.CreateDirectories("/log").ok());
  LogWriterOptions options = SmallLogOptions();
  options.background_thread = true;
  auto writer = LogWriter::Create(files, DiscardEvents(), options, Signature::Random(), {});
  ASSERT_TRUE(writer.ok());
  std::mutex mutex;
  std::condition_variable told;
  std::vector<uint32_t> begun;
  (*writer)->SetGenerationListener([&](uint32_t generation) {
    // The listener may use the log.
    EXPECT_TRUE((*writer)->EnsureDurable().ok());
    const std::lock_guard lock(mutex);
    begun.push_back(generation);
    told.notify_one();
  });
  for (uint64_t i = 0; i < 1000; ++i) {
    ASSERT_TRUE((*writer)->Append(NumberedPayload(i, 1000)).ok());
  }
  ASSERT_TRUE((*writer)->EnsureDurable().ok());
  const uint32_t last = (*writer)->CurrentGeneration();
  EXPECT_GT(last, 5u);
  std::unique_lock lock(mutex);
  told.wait(lock, [&] { return begun.size() == last - 1; });
  for (uint32_t i = 0; i < begun.size(); ++i) EXPECT_EQ(begun[i], i + 2);
}

}  // namespace
}  // namespace contrail
