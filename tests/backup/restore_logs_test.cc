// What is told of logs that a restore cannot go on with, where no call of the API can bring it
// about at will: the logs of a running instance that go, or are cut off, while the restore looks at
// them.

#include "backup/restore_logs.h"

#include <gtest/gtest.h>

#include "backup/backup_events.h"
#include "tests/support/backup_client.h"
#include "tests/support/model_instance.h"
#include "tests/support/recording.h"
#include "tests/support/simulated_file_system.h"

namespace contrail {
namespace {

using test::ModelInstance;

constexpr char kSet[] = "/set/";

class RestoreLogsTest : public testing::Test {
 protected:
  // A backup in its folder, and archived logs behind it in the instance's own.
  void SetUp() override {
    ASSERT_EQ(files_.CreateDirectories("/set"), Status::Ok());
    ASSERT_EQ(model_.Start(), Status::Ok());
    ASSERT_EQ(model_.Create(), Status::Ok());
    ASSERT_EQ(model_.Fill(0, 300, std::string(200, 'a')), Status::Ok());
    const auto taken = test::TakeBackup(model_.engine(), kSet, {.truncate = false});
    ASSERT_EQ(taken.status(), Status::Ok());
    for (int i = 0; i < 3; ++i) {
      ASSERT_EQ(model_.Put("more", std::string(100, 'b')), Status::Ok());
      ASSERT_TRUE(model_.engine().log().ForceNewGeneration().ok());
    }
    last_ = model_.engine().log().CurrentGeneration() - 1;
    request_.set_folder = kSet;
    request_.log_folder = ModelInstance::kFolder;
    request_.base_name = model_.engine().options().base_name;
    request_.generation_low = taken->generation_low;
    request_.generation_high = taken->generation_high;
    request_.last_survivor = last_;
    ASSERT_GE(last_, taken->generation_high + 3);
  }
  std::string Log(uint32_t generation) const { return model_.engine().LogPathOf(generation); }
  void Expect(uint32_t event, uint32_t missing, const std::string& found) {
    EXPECT_EQ(FindRestoreLogs(files_, events_, request_).status(),
              Status(Error::kRequiredLogFilesMissing));
    const Event told = events_.events().back();
    EXPECT_EQ(told.id, event);
    EXPECT_EQ(told.severity, Severity::kError);
    EXPECT_EQ(told.error, static_cast<int32_t>(Error::kRequiredLogFilesMissing));
    EXPECT_EQ(told.file, Log(missing));
    EXPECT_EQ(told.expected, "generations " + std::to_string(request_.generation_high + 1) +
                                 " to " + std::to_string(last_));
    EXPECT_EQ(told.found, found);
  }
  // The log with its last frame cut in the middle; the rest is zeros, as it was made.
  void Tear(const std::string& path) {
    const auto file = files_.Open(path, {.mode = FileMode::kReadWrite});
    ASSERT_TRUE(file.ok());
    const auto size = static_cast<size_t>((*file)->Size().value());
    std::vector<std::byte> content(size);
    ASSERT_EQ((*file)->Read(0, content), Status::Ok());
    size_t end = size;
    while (end > 0 && content[end - 1] == std::byte{0}) --end;
    ASSERT_GT(end, 8u);
    content[end - 1] ^= std::byte{0x7f};
    ASSERT_EQ((*file)->Write(0, content), Status::Ok());
  }

  test::SimulatedFileSystem files_;
  test::RecordingEvents events_;
  mutable ModelInstance model_{files_, events_};
  RestoreLogRequest request_;
  uint32_t last_ = 0;
};

TEST_F(RestoreLogsTest, AllAreThere) {
  const Result<RestoreLogs> logs = FindRestoreLogs(files_, events_, request_);
  ASSERT_EQ(logs.status(), Status::Ok());
  EXPECT_EQ(logs->survivors, last_ - request_.generation_high);
}

TEST_F(RestoreLogsTest, TheLastOneHasGone) {
  ASSERT_EQ(files_.Remove(Log(last_)), Status::Ok());
  Expect(event_id::kRequiredLogMissing, last_,
         "generations " + std::to_string(request_.generation_high + 1) + " to " +
             std::to_string(last_ - 1));
}

TEST_F(RestoreLogsTest, TheFirstOneHasGone) {
  ASSERT_EQ(files_.Remove(Log(request_.generation_high + 1)), Status::Ok());
  Expect(event_id::kRequiredFirstLogMissing, request_.generation_high + 1,
         "generations " + std::to_string(request_.generation_high + 2) + " to " +
             std::to_string(last_));
}

TEST_F(RestoreLogsTest, AllHaveGone) {
  for (uint32_t i = request_.generation_high + 1; i <= last_; ++i) {
    ASSERT_EQ(files_.Remove(Log(i)), Status::Ok());
  }
  Expect(event_id::kRequiredLogMissing, request_.generation_high + 1, "none");
}

// The end of a log that nothing follows may have been on its way to the disk; of one that is
// followed it had been there.
TEST_F(RestoreLogsTest, TornEnds) {
  struct Case {
    bool of_set;
    bool followed;
    uint32_t event;
    Error error;
  };
  for (const Case& wanted :
       {Case{false, false, event_id::kLogTornInRecovery, Error::kLogTornWriteDuringHardRecovery},
        Case{true, false, event_id::kLogTornInRestore, Error::kLogTornWriteDuringHardRestore},
        Case{false, true, event_id::kLogCorruptInRecovery, Error::kLogCorruptDuringHardRecovery},
        Case{true, true, event_id::kLogCorruptInRestore, Error::kLogCorruptDuringHardRestore}}) {
    SCOPED_TRACE(wanted.event);
    const std::string current = std::string(ModelInstance::kFolder) +
                                CurrentLogFileName(model_.engine().options().base_name);
    ASSERT_EQ(model_.Put("torn", std::string(100, 'c')), Status::Ok());
    Tear(current);
    EXPECT_EQ(
        ReportDamagedLog(files_, events_,
                         {.path = current, .of_set = wanted.of_set, .followed = wanted.followed}),
        Status(wanted.error));
    const Event told = events_.events().back();
    EXPECT_EQ(told.id, wanted.event);
    EXPECT_EQ(told.severity, Severity::kError);
    EXPECT_EQ(told.error, static_cast<int32_t>(wanted.error));
    EXPECT_EQ(told.file, current);
    if (!wanted.followed) {
      EXPECT_EQ(told.expected, "a whole frame");
      EXPECT_NE(told.found, "");
    }
    Tear(current);  // As it was.
  }
}

}  // namespace
}  // namespace contrail
