// Restores to a point: exactly what had been committed by then, in a log stream of its own.

#include "backup/restore_point.h"

#include <esent.h>
#include <gtest/gtest.h>

#include <random>

#include "backup/restore.h"
#include "engine/undo_record.h"
#include "tests/support/backup_client.h"
#include "tests/support/failure_points.h"
#include "tests/support/model_instance.h"
#include "tests/support/recording.h"

namespace contrail {
namespace {

using test::DiskImage;
using test::Model;
using test::ModelInstance;
using test::SimulatedFileSystem;

constexpr uint64_t kSeed = 20261122;
constexpr char kCopiedDatabase[] = "/copy/data.edb";
constexpr char kOther[] = "/db/other.edb";
constexpr char kCopiedOther[] = "/copy/other.edb";
constexpr char kNew[] = "/new/";

// A backup in the middle of a workload, a crash at its end.
class RestorePointTest : public testing::Test {
 protected:
  struct Moment {
    Lgpos behind;  // The commit's record lies before, the next record does not.
    Model model;
    Model other;  // Of the second database.
  };

  void SetUp() override {
    SCOPED_TRACE(testing::Message() << "seed " << kSeed);
    ModelInstance live(files_, events_);
    ASSERT_EQ(live.Start(), Status::Ok());
    ASSERT_EQ(live.Create(), Status::Ok());
    ASSERT_EQ(live.Create(kOther), Status::Ok());
    for (int i = 0; i < 20; ++i) Commit(live);
    const auto taken =
        test::TakeBackup(live.engine(), "/copy/", {.meanwhile = [&] { Commit(live); }});
    ASSERT_TRUE(taken.ok());
    taken_ = *taken;
    first_ = moments_.size();  // What was committed before is in the copy.
    for (int i = 0; i < 45; ++i) {
      Commit(live);
      if (i % 20 == 10) {
        ASSERT_TRUE(live.engine().log().ForceNewGeneration().ok());
      }
    }
    LeaveUncommitted(live);
    ASSERT_EQ(live.engine().Terminate(TerminateMode::kCrash), Status::Ok());
  }

  // A crash finds a transaction that is not committed.
  void LeaveUncommitted(ModelInstance& live) {
    Session session(live.engine());
    ASSERT_EQ(session.transaction().Begin(false), Status::Ok());
    ASSERT_EQ(live.PutUncommitted(session, "never", "committed"), Status::Ok());
    ASSERT_EQ(live.engine().log().EnsureDurable(), Status::Ok());
    image_ = files_.Current();
    ASSERT_EQ(session.transaction().Rollback(), Status::Ok());
  }

  void Commit(ModelInstance& live) {
    const std::string key = ModelInstance::Key(static_cast<int>(random_() % 50));
    const std::string value(random_() % 2000, static_cast<char>('a' + random_() % 26));
    ASSERT_EQ(live.Put(key, value, random_() % 4 == 0 ? kOther : ModelInstance::kDatabase),
              Status::Ok());
    const Result<Model> contents = live.Contents();
    const Result<Model> other = live.Contents(kOther);
    ASSERT_TRUE(contents.ok() && other.ok());
    moments_.push_back({live.engine().log().Tip(), *contents, *other});
  }

  RestoreRequest To(const RestorePoint& point) const {
    RestoreRequest request = test::RestoreIn("/copy/", taken_);
    request.instance = ModelInstance::SmallOptions(kNew);
    request.survivors = ModelInstance::kFolder;
    request.point = point;
    return request;
  }
  static RestorePoint Before(Lgpos behind) {
    return {.position = Lgpos::FromPacked(behind.Packed() - 1)};
  }
  void ExpectContents(SimulatedFileSystem& disk, const Moment& expected) {
    ModelInstance copy(disk, events_, ModelInstance::SmallOptions(kNew));
    ASSERT_EQ(copy.Start(), Status::Ok());
    ASSERT_EQ(copy.Attach(kCopiedDatabase), Status::Ok());
    ASSERT_EQ(copy.Attach(kCopiedOther), Status::Ok());
    const Result<Model> contents = copy.Contents(kCopiedDatabase);
    const Result<Model> other = copy.Contents(kCopiedOther);
    ASSERT_TRUE(contents.ok() && other.ok());
    EXPECT_TRUE(*contents == expected.model);
    EXPECT_TRUE(*other == expected.other);
    ASSERT_EQ(copy.engine().Terminate(TerminateMode::kComplete), Status::Ok());
  }
  // All commits in the logs, as they lie there.
  std::vector<std::pair<Lgpos, LogTime>> LoggedCommits() {
    SimulatedFileSystem disk(image_);
    std::vector<std::pair<Lgpos, LogTime>> commits;
    const auto listing = ListLogFiles(disk, events_, "/db", "edb");
    EXPECT_TRUE(listing.ok());
    LogSource source{listing->archived};
    source.files.push_back(listing->current);
    const auto reader =
        LogReader::Open(disk, events_, source, {source.files.front().generation, 0, 0}, nullptr);
    EXPECT_TRUE(reader.ok());
    LogRecord record;
    while (*(*reader)->Next(&record)) {
      if (record.type != RecordType::kCommit) continue;
      commits.emplace_back(record.position, ParseCommitRecord(record.payload)->time);
    }
    return commits;
  }

  std::mt19937_64 random_{kSeed};
  SimulatedFileSystem files_;
  test::RecordingEvents events_;
  std::vector<Moment> moments_;
  size_t first_ = 0;
  test::TakenBackup taken_;
  DiskImage image_;
};

TEST_F(RestorePointTest, BringsBackEveryCommitByItsPosition) {
  for (size_t moment = first_; moment < moments_.size(); moment += 1 + random_() % 3) {
    SCOPED_TRACE(testing::Message() << "commit " << moment);
    SimulatedFileSystem disk(image_);
    const auto result = Restore(disk, events_, To(Before(moments_[moment].behind)));
    ASSERT_EQ(result.status(), Status::Ok());
    EXPECT_LT(result->last_commit, moments_[moment].behind);
    // The very position of the commit takes it in.
    ExpectContents(disk, moments_[moment]);
    SimulatedFileSystem again(image_);
    ASSERT_EQ(Restore(again, events_, To({.position = result->last_commit})).status(),
              Status::Ok());
    ExpectContents(again, moments_[moment]);
  }
}

TEST_F(RestorePointTest, BringsBackWhatWasThereAtATime) {
  const auto commits = LoggedCommits();
  for (size_t moment = first_; moment < moments_.size(); moment += 7) {
    // Its commit is the last one before its end.
    LogTime time;
    for (const auto& [position, committed] : commits) {
      if (position < moments_[moment].behind) time = committed;
    }
    Lgpos later = kLgposMax;  // The first commit behind that time.
    for (const auto& [position, committed] : commits) {
      if (committed.ToUnixMilliseconds() <= time.ToUnixMilliseconds()) continue;
      later = position;
      break;
    }
    const Moment* expected = nullptr;
    for (const Moment& candidate : moments_) {
      if (candidate.behind <= later) expected = &candidate;
    }
    SimulatedFileSystem disk(image_);
    const auto result = Restore(disk, events_, To({.time = time}));
    ASSERT_EQ(result.status(), Status::Ok());
    EXPECT_EQ(result->last_commit_time.ToUnixMilliseconds(), time.ToUnixMilliseconds());
    ExpectContents(disk, *expected);
  }
}

TEST_F(RestorePointTest, RefusesAPointBeforeTheEndOfTheBackup) {
  for (const RestorePoint& point :
       {Before(moments_[first_ - 1].behind), RestorePoint{.position = Lgpos{1, 1, 0}},
        RestorePoint{.time = LogTime::FromUnixMilliseconds(1'000'000)}}) {
    SimulatedFileSystem disk(image_);
    const DiskImage before = disk.Current();
    EXPECT_EQ(Restore(disk, events_, To(point)).status(), Status(Error::kEndingRestoreLogTooLow));
    EXPECT_EQ(events_.Last(432).found, point.ToText());
    EXPECT_NE(events_.Last(432).expected, "");
    // Nothing has happened, so the right point can be given.
    EXPECT_EQ(Restore(disk, events_, To(Before(moments_[first_].behind))).status(), Status::Ok());
    ExpectContents(disk, moments_[first_]);
  }
}

TEST_F(RestorePointTest, RefusesAPointBehindTheEndOfTheLogs) {
  const LogTime later = LogTime::FromUnixMilliseconds(LogTime::Now().ToUnixMilliseconds() + 60'000);
  for (const RestorePoint& point :
       {RestorePoint{.position = Lgpos{1000, 0, 0}}, RestorePoint{.time = later}}) {
    SimulatedFileSystem disk(image_);
    EXPECT_EQ(Restore(disk, events_, To(point)).status(), Status(Error::kMissingRestoreLogFiles));
    EXPECT_EQ(events_.Last(435).found, point.ToText());
    EXPECT_NE(events_.Last(435).expected, "");
  }
}

// The log behind the point, or the current one, is lost: nothing of it is asked for.
TEST_F(RestorePointTest, WhatLiesBeforeAGapCanBeHad) {
  const uint32_t last = taken_.generation_high + 1;
  const Moment* expected = nullptr;
  for (const Moment& moment : moments_) {
    if (moment.behind.generation == last) expected = &moment;
  }
  ASSERT_NE(expected, nullptr);
  const std::string next = LogFileName("edb", last + 1);
  for (const std::string& lost : {std::string("edb.log"), next}) {
    SCOPED_TRACE(lost);
    SimulatedFileSystem disk(image_);
    ASSERT_EQ(disk.Remove(ModelInstance::kFolder + lost), Status::Ok());
    // All of a log that is whole, also where its last record ends before.
    const auto result = Restore(disk, events_, To({.position = Lgpos{last, 0xffff, 0xffff}}));
    ASSERT_EQ(result.status(), Status::Ok());
    EXPECT_EQ(result->generation_end, last);
    ExpectContents(disk, *expected);
  }
  for (const auto& [lost, error] : {std::pair(last, Error::kExistingLogFileIsNotContiguous),
                                    std::pair(last + 1, Error::kExistingLogFileIsNotContiguous),
                                    std::pair(0u, Error::kMissingCurrentLogFiles)}) {
    SCOPED_TRACE(lost);
    SimulatedFileSystem disk(image_);
    const std::string name = lost == 0 ? "edb.log" : LogFileName("edb", lost);
    ASSERT_EQ(disk.Remove(ModelInstance::kFolder + name), Status::Ok());
    EXPECT_EQ(Restore(disk, events_, To({.position = Lgpos{1000, 0, 0}})).status(), Status(error));
    // Without a point it is refused, too, and the refusal names the one that is possible.
    RestoreRequest everything = test::RestoreIn("/copy/", taken_);
    everything.instance = ModelInstance::SmallOptions(ModelInstance::kFolder);
    EXPECT_EQ(Restore(disk, events_, everything).status(), Status(error));
    const Event told = events_.Last(error == Error::kMissingCurrentLogFiles ? 450 : 458);
    const std::string wanted = "--to-lgpos " + LgposText({lost == 0 ? 0 : lost - 1, 65535, 65535});
    EXPECT_NE(told.text.find(lost == 0 ? "--to-lgpos " : wanted), std::string::npos) << told.text;
  }
}

TEST_F(RestorePointTest, ATimeThatIsReachedBeforeAGapCanBeHad) {
  SimulatedFileSystem disk(image_);
  ASSERT_EQ(disk.Remove("/db/edb.log"), Status::Ok());
  const LogTime later = LogTime::FromUnixMilliseconds(LogTime::Now().ToUnixMilliseconds() + 60'000);
  EXPECT_EQ(Restore(disk, events_, To({.time = later})).status(),
            Status(Error::kMissingCurrentLogFiles));
  EXPECT_NE(events_.Last(450).text.find("--to-lgpos"), std::string::npos);
  LogTime time;
  bool passed = false;  // There is a commit behind it, before the gap.
  for (const auto& [position, committed] : LoggedCommits()) {
    if (position < moments_[first_].behind) time = committed;
    const bool archived = disk.Exists("/db/" + LogFileName("edb", position.generation)).value();
    passed |= archived && committed.ToUnixMilliseconds() > time.ToUnixMilliseconds();
  }
  if (!passed) GTEST_SKIP() << "all within one millisecond";
  const auto result = Restore(disk, events_, To({.time = time}));
  ASSERT_EQ(result.status(), Status::Ok());
  EXPECT_EQ(result->last_commit_time.ToUnixMilliseconds(), time.ToUnixMilliseconds());
}

TEST_F(RestorePointTest, TheOldTimelineCannotBeMixedIn) {
  SimulatedFileSystem disk(image_);
  ASSERT_EQ(Restore(disk, events_, To(Before(moments_[first_ + 10].behind))).status(),
            Status::Ok());
  ModelInstance copy(disk, events_, ModelInstance::SmallOptions(kNew));
  ASSERT_EQ(copy.Start(), Status::Ok());
  ASSERT_EQ(copy.Attach(kCopiedDatabase), Status::Ok());
  // There is nothing to go on from before the next full backup.
  EXPECT_EQ(BackupSession::Of(copy.engine())->Begin(BackupKind::kIncremental),
            Status(Error::kMissingFullBackup));
  EXPECT_TRUE(copy.engine().state().last_full_backup.position.IsNull());
  auto full = test::TakeBackup(copy.engine(), "/next/");
  ASSERT_TRUE(full.ok());
  ASSERT_EQ(copy.Put("new", "timeline", kCopiedDatabase), Status::Ok());
  const auto incremental =
      test::TakeBackup(copy.engine(), "/next/", {.kind = BackupKind::kIncremental});
  ASSERT_TRUE(incremental.ok());
  full->generation_high = incremental->generation_high;
  const Result<Model> expected = copy.Contents(kCopiedDatabase);
  ASSERT_TRUE(expected.ok());
  ASSERT_EQ(copy.engine().Terminate(TerminateMode::kComplete), Status::Ok());

  // Logs of the old stream behind a backup of the new one.
  RestoreRequest mixed = test::RestoreIn("/next/", *full);
  mixed.instance = ModelInstance::SmallOptions(ModelInstance::kFolder);
  const Status refused = Restore(disk, events_, mixed).status();
  EXPECT_TRUE(refused.Is(Error::kExistingLogFileIsNotContiguous) ||
              refused.Is(Error::kExistingLogFileHasBadSignature))
      << refused.number();
  ASSERT_EQ(Restore(disk, events_, test::RestoreIn("/next/", *full)).status(), Status::Ok());
  ModelInstance next(disk, events_, ModelInstance::SmallOptions("/next/"));
  ASSERT_EQ(next.Start(), Status::Ok());
  ASSERT_EQ(next.Attach("/next/data.edb"), Status::Ok());
  const Result<Model> contents = next.Contents("/next/data.edb");
  ASSERT_TRUE(contents.ok());
  EXPECT_TRUE(*contents == *expected);
}

TEST_F(RestorePointTest, CanBeRepeatedAfterACrashAnywhere) {
  const Moment& moment = moments_[first_ + 25];
  const RestoreRequest request = To(Before(moment.behind));
  size_t repeated = 0;
  const size_t images = test::ForEachCrashPoint(
      image_,
      {{.policy = test::CrashPolicy::kDropUnsynced},
       {.policy = test::CrashPolicy::kTearLast, .seed = 1}},
      [&](SimulatedFileSystem& disk) {
        Restore(disk, DiscardEvents(), request).status().Ignore();  // The power goes.
      },
      [&](const DiskImage& found, const test::CrashPoint& point) {
        SCOPED_TRACE(point.Describe());
        SimulatedFileSystem disk(found);
        const Status again = Restore(disk, events_, request).status();
        // It had come to its end before.
        if (!again.Is(Error::kRestoreOfNonBackupDatabase)) {
          ASSERT_EQ(again, Status::Ok());
          ++repeated;
        }
        ExpectContents(disk, moment);
      });
  std::printf("restore to a point: %zu crash images, %zu repeated\n", images, repeated);
  EXPECT_GT(repeated, 50u);
}

// What one try has replayed, another one must not take for less.
TEST_F(RestorePointTest, AnInterruptedRestoreIsRepeatedAsItWasOrNotAtAll) {
  SimulatedFileSystem disk(image_);
  RestoreRequest request = To(Before(moments_[first_ + 9].behind));
  request.progress = [](const RestoreProgress&) { return false; };
  EXPECT_EQ(Restore(disk, events_, request).status(), Status(Error::kTermInProgress));
  request.progress = nullptr;
  for (const size_t moment : {first_ + 5, first_ + 12}) {
    EXPECT_EQ(Restore(disk, events_, To(Before(moments_[moment].behind))).status(),
              Status(Error::kRestoreOfNonBackupDatabase));
  }
  RestoreRequest everything = test::RestoreIn("/copy/", taken_);
  EXPECT_EQ(Restore(disk, events_, everything).status(),
            Status(Error::kGivenLogFileHasBadSignature));
  EXPECT_EQ(Restore(disk, events_, request).status(), Status::Ok());
  ExpectContents(disk, moments_[first_ + 9]);
}

TEST_F(RestorePointTest, WhatWasReplayedFurtherIsRefused) {
  SimulatedFileSystem disk(image_);
  RestoreRequest everything = test::RestoreIn("/copy/", taken_);
  everything.progress = [](const RestoreProgress&) { return false; };
  EXPECT_EQ(Restore(disk, events_, everything).status(), Status(Error::kTermInProgress));
  EXPECT_EQ(Restore(disk, events_, To(Before(moments_[first_ + 5].behind))).status(),
            Status(Error::kRestoreOfNonBackupDatabase));
}

TEST_F(RestorePointTest, TheFoldersOfTheTwoStreamsAreTwo) {
  SimulatedFileSystem disk(image_);
  RestoreRequest request = To(Before(moments_[first_].behind));
  request.instance = ModelInstance::SmallOptions(ModelInstance::kFolder);
  EXPECT_EQ(Restore(disk, events_, request).status(), Status(Error::kInvalidParameter));
  {
    ModelInstance other(disk, events_, ModelInstance::SmallOptions("/other/"));
    ASSERT_EQ(other.Start(), Status::Ok());
    ASSERT_EQ(other.engine().Terminate(TerminateMode::kComplete), Status::Ok());
  }
  request.instance = ModelInstance::SmallOptions("/other/");
  EXPECT_EQ(Restore(disk, events_, request).status(), Status(Error::kBackupDirectoryNotEmpty));
}

TEST(RestorePointTextTest, IsReadAndWritten) {
  EXPECT_EQ(LgposText(*ParseLgpos("1A:3:f0")), "1A:3:F0");
  EXPECT_EQ(LgposText(*ParseLgpos("0x1A,3,F0")), "1A:3:F0");
  EXPECT_EQ(LgposText(*ParseLgpos("0000001A:0003:00F0")), "1A:3:F0");
  for (const char* wrong : {"", "1:2", "0:1:2", "1:2:3:4", "1:10000:0", "x:1:2", "1:2:"}) {
    EXPECT_EQ(ParseLgpos(wrong).status(), Status(Error::kInvalidParameter)) << wrong;
  }
  EXPECT_EQ(ParseTime("2026-11-22 11:16:07.123")->ToText(), "2026-11-22 11:16:07.123 UTC");
  EXPECT_EQ(ParseTime("2026-11-22 11:16:07 UTC")->ToText(), "2026-11-22 11:16:07.000 UTC");
  for (const char* wrong : {"", "2026-11-22", "2026-11-22 11:16", "2026-13-01 00:00:00",
                            "2026-06-31 00:00:00", "2026-11-22 24:00:00", "2026-11-22 11:16:07.12",
                            "2026-11-22 11:16:07.123 CET", "2026-11-22 11:16:07.1234"}) {
    EXPECT_EQ(ParseTime(wrong).status(), Status(Error::kInvalidParameter)) << wrong;
  }
}

// When the parameter is set, and not when the restore that it is meant for comes.
TEST(RestorePointTextTest, TheParameterTakesNothingElse) {
  const auto set = [](const char* text) {
    return JetSetSystemParameterA(nullptr, 0, JET_paramContrailRestoreTo, 0, text);
  };
  for (const char* wrong : {"garbage", "2026-13-40 00:00:00", "2026-01-01", "1:2", "ZZ:1:1"}) {
    EXPECT_EQ(set(wrong), JET_errInvalidParameter) << wrong;
  }
  for (const char* right : {"1A:3:F0", "2026-11-22 11:16:07", ""}) {
    EXPECT_EQ(set(right), JET_errSuccess) << right;
  }
}

}  // namespace
}  // namespace contrail
