// The parameters that limit how fast backups read.

#include <gtest/gtest.h>

#include <chrono>
#include <contrail/backup.hpp>
#include <contrail/db.hpp>
#include <filesystem>
#include <functional>

#include "tests/support/scratch_folder.h"

namespace {

constexpr uint64_t kMebibyte = 1 << 20;

class BackupRateTest : public testing::Test {
 protected:
  JET_INSTANCE handle() const { return instance_.handle(); }
  void Set(uint32_t parameter, uint64_t value) {
    JET_INSTANCE instance = handle();
    ASSERT_EQ(JetSetSystemParameterA(&instance, JET_sesidNil, parameter, value, nullptr),
              JET_errSuccess);
  }
  uint64_t Get(uint32_t parameter) {
    uintptr_t value = 0;
    EXPECT_EQ(JetGetSystemParameterA(handle(), JET_sesidNil, parameter, &value, nullptr, 0),
              JET_errSuccess);
    return value;
  }

  struct Sink {
    void write(const char*, size_t) {}
  };

  contrail::test::ScratchFolder folder_;
  contrail::Instance instance_{folder_.path() / "live"};
  contrail::Session session_{instance_};
  contrail::Database database_{session_, folder_.path() / "live/data.edb", true};
};

// A backup cannot be faster than this, however slow the machine is.
TEST_F(BackupRateTest, TheRateHolds) {
  constexpr uint64_t kRate = 4 * kMebibyte;
  Set(JET_paramContrailMostBackupRate, kRate / 1024);
  const auto take = [&](const std::function<uint64_t()>& backup) {
    const auto start = std::chrono::steady_clock::now();
    const auto bytes = static_cast<double>(backup());
    const std::chrono::duration<double> lasted = std::chrono::steady_clock::now() - start;
    ASSERT_GT(bytes, 0.2 * kRate);  // Else the advance hides all of it.
    EXPECT_GT(lasted.count(), bytes / kRate - 0.1);
  };
  take([&] {
    Sink sink;
    return contrail::backup(handle(), sink).bytes;
  });
  const std::string directory = folder_.path() / "backup";
  std::filesystem::create_directories(directory);
  take([&] {
    EXPECT_EQ(JetBackupInstanceA(handle(), directory.c_str(), 0, nullptr), JET_errSuccess);
    uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      bytes += entry.file_size();
    }
    return bytes;
  });
}

TEST_F(BackupRateTest, TheWaitOfABackupIsItsOwn) {
  Set(JET_paramContrailMostCommitWait, 700);
  Sink sink;
  uint64_t meanwhile = 0;
  contrail::BackupOptions options;
  options.max_commit_wait = std::chrono::milliseconds(2);
  options.progress = [&](uint64_t, uint64_t) { meanwhile = Get(JET_paramContrailMostCommitWait); };
  contrail::backup(handle(), sink, options);
  EXPECT_EQ(meanwhile, 2000u);
  EXPECT_EQ(Get(JET_paramContrailMostCommitWait), 700u);
}

}  // namespace
