// Limits on how fast a backup session gives its files.

#include <gtest/gtest.h>

#include "backup/backup_session.h"
#include "storage/aligned_buffer.h"
#include "tests/support/manual_pace_clock.h"
#include "tests/support/model_instance.h"
#include "tests/support/recording.h"
#include "tests/support/simulated_file_system.h"

namespace contrail::test {
namespace {

constexpr uint64_t kMebibyte = 1 << 20;

class BackupPaceTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(model_.Start(), Status::Ok());
    ASSERT_EQ(model_.Create(), Status::Ok());
    ASSERT_EQ(model_.Fill(0, 3000, std::string(200, 'a')), Status::Ok());
    ASSERT_EQ(session().Begin(BackupKind::kFull), Status::Ok());
    Open();
  }
  void TearDown() override { session().End(BackupEnd::kAbort, false).Ignore(); }

  BackupSession& session() { return *BackupSession::Of(model_.engine()); }
  void Open() {
    const Result<OpenedFile> file = session().OpenFile(ModelInstance::kDatabase);
    ASSERT_EQ(file.status(), Status::Ok());
    handle_ = file->handle;
  }
  Result<size_t> Read() { return session().ReadFile(handle_, buffer_.span()); }

  SimulatedFileSystem files_;
  RecordingEvents events_;
  ModelInstance model_{files_, events_};
  BackupHandle handle_ = 0;
  AlignedBuffer buffer_{64 << 10};
  ManualPaceClock clock_;
};

TEST_F(BackupPaceTest, ReadsTakeTheTimeThatTheRateAsks) {
  session().LimitPace({.bytes_per_second = kMebibyte, .clock = &clock_});
  uint64_t bytes = 0;
  for (int i = 0; i < 8; ++i) {
    // The same limits again do not begin anew.
    session().LimitPace({.bytes_per_second = kMebibyte, .clock = &clock_});
    const Result<size_t> read = Read();
    ASSERT_EQ(read.status(), Status::Ok());
    bytes += *read;
  }
  ASSERT_EQ(bytes, 8 * buffer_.size());
  const double expected = static_cast<double>(bytes) / kMebibyte;
  EXPECT_NEAR(absl::ToDoubleSeconds(clock_.slept()), expected, 1e-6);
}

TEST_F(BackupPaceTest, ALimitCanGo) {
  session().LimitPace({.bytes_per_second = 1, .clock = &clock_});
  session().LimitPace({});
  EXPECT_TRUE(Read().ok());
  EXPECT_EQ(clock_.slept(), absl::ZeroDuration());
}

TEST_F(BackupPaceTest, TheNextBackupHasNone) {
  session().LimitPace({.bytes_per_second = 1, .clock = &clock_});
  ASSERT_EQ(session().End(BackupEnd::kAbort, false), Status::Ok());
  ASSERT_EQ(session().Begin(BackupKind::kFull), Status::Ok());
  Open();
  EXPECT_TRUE(Read().ok());
  EXPECT_EQ(clock_.slept(), absl::ZeroDuration());
}

TEST_F(BackupPaceTest, NobodyElseLimitsIt) {
  session().LimitPace({.bytes_per_second = 1, .clock = &clock_}, session().NewOwner());
  EXPECT_TRUE(Read().ok());
  EXPECT_EQ(clock_.slept(), absl::ZeroDuration());
}

TEST_F(BackupPaceTest, AReadThatWaitsEndsWhenTheBackupIsStopped) {
  clock_.on_sleep = [this] { session().Stop(); };
  session().LimitPace({.bytes_per_second = 1, .clock = &clock_});
  EXPECT_EQ(Read().status(), Error::kBackupAbortByServer);
  EXPECT_EQ(clock_.slept(), absl::Milliseconds(100));
}

TEST_F(BackupPaceTest, AReadThatWaitsFollowsNewLimits) {
  clock_.on_sleep = [this] { session().LimitPace({}); };
  session().LimitPace({.bytes_per_second = 1, .clock = &clock_});
  EXPECT_TRUE(Read().ok());
  EXPECT_EQ(clock_.slept(), absl::Milliseconds(100));
}

TEST_F(BackupPaceTest, CommitsThatWaitSlowItDown) {
  // No commit waits so little.
  session().LimitPace({.commit_latency = absl::Nanoseconds(1), .clock = &clock_});
  ASSERT_EQ(model_.Put("key", "value"), Status::Ok());
  clock_.Advance(Pace::kInterval);
  uint64_t bytes = 0;
  for (int i = 0; i < 5; ++i) {
    const Result<size_t> read = Read();
    ASSERT_EQ(read.status(), Status::Ok());
    bytes += *read;
  }
  const double expected = static_cast<double>(bytes) / Pace::kSlowest - 0.1;  // In advance.
  EXPECT_NEAR(absl::ToDoubleSeconds(clock_.slept()), expected, 1e-6);
}

}  // namespace
}  // namespace contrail::test
