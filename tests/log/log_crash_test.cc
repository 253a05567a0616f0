// Power cuts at every operation: what was durable is there afterwards, in order, and the log goes
// on.

#include <gtest/gtest.h>

#include <random>

#include "log/log_event.h"
#include "log/log_format.h"
#include "tests/support/failure_points.h"
#include "tests/support/log_stream.h"
#include "tests/support/recording.h"

namespace contrail {
namespace {

using test::CrashOutcomes;
using test::CrashPoint;
using test::DiskImage;
using test::Fault;
using test::FindNumber;
using test::ForEachCrashPoint;
using test::ForEachFailurePoint;
using test::NumberedPayload;
using test::ReadAll;
using test::ReadStream;
using test::RecordingEvents;
using test::ResumeStream;
using test::SimulatedFileSystem;
using test::SmallLogOptions;

// Appends numbered records, waiting for some, until something fails; knows what was promised.
class Workload {
 public:
  explicit Workload(uint64_t first = 0) : next_(first), durable_(first) {}

  Status Run(LogWriter& writer, int records, uint32_t seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < records; ++i) {
      const size_t size = random() % 5 == 0 ? 30000 : 8 + random() % 5000;
      const Result<Lgpos> position = writer.Append(NumberedPayload(next_, size));
      if (!position.ok()) return position.status();
      ++next_;
      if (random() % 3 == 0) {
        RETURN_IF_ERROR(writer.WaitDurable(*position));
        durable_ = next_;
      }
      if (i == records / 2) RETURN_IF_ERROR(writer.ForceNewGeneration().status());
    }
    return Status::Ok();
  }
  uint64_t appended() const { return next_; }
  uint64_t durable() const { return durable_; }

 private:
  uint64_t next_;
  uint64_t durable_;  // Records before this one were reported durable.
};

DiskImage EmptyDirectory() {
  SimulatedFileSystem files;
  EXPECT_TRUE(files.CreateDirectories("/log").ok());
  return files.Current();
}

// All records from 0 on, at least `durable` of them; returns how many.
uint64_t ExpectStream(const ReadStream& stream, uint64_t durable, uint64_t appended,
                      const std::string& where) {
  EXPECT_TRUE(stream.status.ok()) << stream.status.number() << " " << where;
  EXPECT_GE(stream.records.size(), durable) << where;
  EXPECT_LE(stream.records.size(), appended) << where;
  for (size_t i = 0; i < stream.records.size(); ++i) {
    EXPECT_EQ(FindNumber(stream.records[i].payload), i) << where;
  }
  return stream.records.size();
}

bool HasCurrent(FileSystem& files) {
  const auto listing = ListLogFiles(files, DiscardEvents(), "/log", "edb");
  return listing.ok() && listing->has_current;
}

TEST(LogCrash, KeepsWhatWasDurableAndGoesOn) {
  const LogWriterOptions options = SmallLogOptions();
  const Signature signature = Signature::Random();
  Workload workload;
  bool created = false;
  const auto run = [&](SimulatedFileSystem& files) {
    workload = Workload();
    auto writer = LogWriter::Create(files, DiscardEvents(), options, signature, {});
    created = writer.ok();
    if (created) workload.Run(**writer, 24, 7).Ignore();  // The power goes somewhere in it.
  };
  const auto verify = [&](const DiskImage& found, const CrashPoint& point) {
    const std::string where = point.Describe();
    SimulatedFileSystem files(found);
    if (!HasCurrent(files)) {
      ASSERT_FALSE(created) << where;
      auto writer = LogWriter::Create(files, DiscardEvents(), options, signature, {});
      ASSERT_TRUE(writer.ok()) << where;
      return;
    }
    RecordingEvents events;
    const ReadStream stream = ReadAll(files, events, options);
    const uint64_t there = ExpectStream(stream, workload.durable(), workload.appended(), where);
    ASSERT_FALSE(testing::Test::HasFailure());
    auto writer = ResumeStream(files, events, options);
    ASSERT_TRUE(writer.ok()) << writer.status().number() << " " << where;
    Workload more(there);
    ASSERT_TRUE(more.Run(**writer, 6, 8).ok()) << where;
    ASSERT_TRUE((*writer)->Close().ok());
    ExpectStream(ReadAll(files, events, options), more.appended(), more.appended(), where);
    ASSERT_FALSE(testing::Test::HasFailure());
  };
  const size_t images = ForEachCrashPoint(EmptyDirectory(), CrashOutcomes(4), run, verify);
  EXPECT_GT(images, 200u);
  RecordProperty("images", static_cast<int>(images));
}

TEST(LogCrash, RecoversFromCrashesWhileGoingOn) {
  const LogWriterOptions options = SmallLogOptions();
  // A disk on which a torn flush lies behind the end.
  SimulatedFileSystem first(EmptyDirectory());
  Workload before;
  {
    auto writer = LogWriter::Create(first, DiscardEvents(), options, Signature::Random(), {});
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE(before.Run(**writer, 10, 3).ok());
    ASSERT_TRUE((*writer)->EnsureDurable().ok());
    ASSERT_TRUE((*writer)->Append(NumberedPayload(before.appended(), 40000)).ok());
    first.FailOperation({.kinds = test::kSyncOperation, .persistent = true});
    EXPECT_FALSE((*writer)->EnsureDurable().ok());
  }
  const uint64_t durable = before.appended();
  for (const uint64_t seed : {1, 2, 3}) {
    const DiskImage start = first.Crash(test::CrashPolicy::kMixed, seed);
    Workload workload;
    const auto run = [&](SimulatedFileSystem& files) {
      const ReadStream stream = ReadAll(files, DiscardEvents(), options);
      workload = Workload(stream.status.ok() ? stream.records.size() : durable);
      auto writer = ResumeStream(files, DiscardEvents(), options);
      if (writer.ok()) workload.Run(**writer, 8, 5).Ignore();  // The power goes somewhere in it.
    };
    const auto verify = [&](const DiskImage& found, const CrashPoint& point) {
      SimulatedFileSystem files(found);
      const ReadStream stream = ReadAll(files, DiscardEvents(), options);
      ExpectStream(stream, std::max(durable, workload.durable()),
                   std::max(durable + 1, workload.appended()), point.Describe());
      ASSERT_FALSE(testing::Test::HasFailure());
    };
    ForEachCrashPoint(start, CrashOutcomes(2), run, verify);
  }
}

TEST(LogCrash, ForgetsTheRemainsOfATornFlush) {
  // The first flush after the restart is shorter than the torn one: nothing of that shows behind
  // it.
  const LogWriterOptions options = SmallLogOptions();
  SimulatedFileSystem files(EmptyDirectory());
  auto writer = LogWriter::Create(files, DiscardEvents(), options, Signature::Random(), {});
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE((*writer)->Append(NumberedPayload(0, 10)).ok());
  ASSERT_TRUE((*writer)->EnsureDurable().ok());
  ASSERT_TRUE((*writer)->Append(NumberedPayload(1, 60000)).ok());
  files.FailOperation({.kinds = test::kSyncOperation, .persistent = true});
  EXPECT_FALSE((*writer)->EnsureDurable().ok());
  SimulatedFileSystem after(files.Crash(test::CrashPolicy::kTearLast, 1));
  auto resumed = ResumeStream(after, DiscardEvents(), options);
  ASSERT_TRUE(resumed.ok());
  ASSERT_TRUE((*resumed)->ForceNewGeneration().ok());
  (*resumed)->Abandon();
  auto file = after.Open("/log/edb00001.log", {.mode = FileMode::kReadOnly});
  ASSERT_TRUE(file.ok());
  std::vector<std::byte> bytes(*(*file)->Size());
  ASSERT_TRUE((*file)->Read(0, bytes).ok());
  auto verifier = LogFileVerifier::New(DiscardEvents(), "");
  EXPECT_TRUE(verifier->Feed(bytes).ok());
  EXPECT_TRUE(verifier->Finish().ok());
}

TEST(LogFailure, AnyFailureIsFinalAndLosesNothingDurable) {
  const LogWriterOptions options = SmallLogOptions();
  const auto body = [&](SimulatedFileSystem& files, const Fault& fault) {
    RecordingEvents events;
    auto writer = LogWriter::Create(files, events, options, Signature::Random(), {});
    if (!writer.ok()) return;
    Workload workload;
    const Status status = workload.Run(**writer, 24, 7);
    if (!status.ok()) {
      EXPECT_TRUE(status.Is(Error::kLogWriteFail)) << status.number();
      EXPECT_EQ(events.Last(kEventLogDown).error, static_cast<int32_t>(Error::kLogWriteFail));
      // For ever, although the disk may work again.
      EXPECT_TRUE((*writer)->health().Is(Error::kLogWriteFail));
      EXPECT_TRUE((*writer)->Append(NumberedPayload(0, 8)).status().Is(Error::kLogWriteFail));
      EXPECT_TRUE((*writer)->FlushNow().Is(Error::kLogWriteFail));
      EXPECT_FALSE((*writer)->ForceNewGeneration().ok());
    }
    EXPECT_FALSE(status.ok() && fault.persistent && files.fault_fired() &&
                 fault.kinds == test::kSyncOperation);
    (*writer)->Abandon();
    SimulatedFileSystem after(files.Crash(test::CrashPolicy::kDropUnsynced, 0));
    ExpectStream(ReadAll(after, events, options), workload.durable(), workload.appended(), "");
  };
  for (const test::OperationKinds kinds :
       {uint32_t{test::kSyncOperation}, uint32_t{test::kWriteOperation},
        uint32_t{test::kNameOperation | test::kSyncDirectoryOperation}}) {
    EXPECT_GT(ForEachFailurePoint(EmptyDirectory(), {.kinds = kinds}, body), 5u);
  }
}

TEST(LogFailure, AFullDiskStopsTheLogWithItsOwnError) {
  const LogWriterOptions options = SmallLogOptions();
  SimulatedFileSystem files(EmptyDirectory());
  RecordingEvents events;
  auto writer = LogWriter::Create(files, events, options, Signature::Random(), {});
  ASSERT_TRUE(writer.ok());
  files.LimitCapacity(3 * options.generation_bytes);
  Workload workload;
  EXPECT_TRUE(workload.Run(**writer, 1000, 1).Is(Error::kLogDiskFull));
  EXPECT_TRUE((*writer)->health().Is(Error::kLogDiskFull));
  EXPECT_EQ(events.Last(kEventLogDown).error, static_cast<int32_t>(Error::kLogDiskFull));
  writer->reset();
  // With room again everything durable is there and the log goes on.
  files.LimitCapacity(~uint64_t{0});
  const uint64_t there =
      ExpectStream(ReadAll(files, events, options), workload.durable(), workload.appended(), "");
  auto resumed = ResumeStream(files, events, options);
  ASSERT_TRUE(resumed.ok()) << resumed.status().number();
  Workload more(there);
  ASSERT_TRUE(more.Run(**resumed, 20, 2).ok());
}

TEST(LogFailure, AMissingCurrentLogIsNoticed) {
  const LogWriterOptions options = SmallLogOptions();
  SimulatedFileSystem files(EmptyDirectory());
  RecordingEvents events;
  auto writer = LogWriter::Create(files, events, options, Signature::Random(), {});
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE((*writer)->Append(NumberedPayload(0, 8)).ok());
  ASSERT_TRUE((*writer)->Close().ok());
  const ReadStream stream = ReadAll(files, events, options);
  ASSERT_TRUE(files.Remove("/log/edb.log").ok());
  EXPECT_TRUE(LogWriter::Resume(files, events, options, stream.end, {})
                  .status()
                  .Is(Error::kMissingCurrentLogFiles));
  EXPECT_EQ(events.Last(kEventLogMissing).file, "/log/edb.log");
}

}  // namespace
}  // namespace contrail
