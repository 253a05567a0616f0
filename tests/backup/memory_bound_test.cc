// What the process takes beside the cache: at most 64 MiB, whatever the size of the database.

#include <gtest/gtest.h>
#include <malloc.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "engine/check/database_check.h"
#include "storage/posix_file.h"
#include "tests/support/jet_fixture.h"

namespace contrail {
namespace {

constexpr uint64_t kMebibyte = 1 << 20;
constexpr uint64_t kCache = 8 * kMebibyte;
constexpr uint64_t kBound = 64 * kMebibyte;
constexpr int kRows = 100000;  // Of a kilobyte: all of them in memory would be too much.

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// Of /proc/self/status, in bytes.
uint64_t MemoryField(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::stoull(line.substr(name.size() + 1)) * 1024;
  }
  return 0;
}

class MemoryBoundTest : public ::testing::TestWithParam<uint32_t> {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "the sanitizer's own memory would be measured";
    malloc_trim(0);  // Of what tests before this one have used.
    before_ = MemoryField("VmRSS");
    Restart();
  }

  void Restart() { std::ofstream("/proc/self/clear_refs") << 5; }

  // The most that was taken since the last step.
  void ExpectBounded(const char* step) {
    const uint64_t most = MemoryField("VmHWM");
    const uint64_t taken = most > before_ ? most - before_ : 0;
    std::cout << step << ": cache and "
              << (static_cast<int64_t>(taken) - static_cast<int64_t>(kCache)) /
                     static_cast<int64_t>(kMebibyte)
              << " MiB\n";
    EXPECT_LE(taken, kCache + kBound) << step;
    Restart();
  }

  test::JetOptions Options() const {
    return {.page_size = GetParam(),
            .log_kibibytes = 5120,
            .cache_pages = static_cast<uint32_t>(kCache / GetParam())};
  }

  void Load(test::JetDatabase& database) {
    database.CreateRows("rows");
    const JET_SESID session = database.session();
    const JET_TABLEID table = database.Open("rows");
    const JET_COLUMNID id = database.Column(table, "id");
    const JET_COLUMNID data = database.Column(table, "data");
    const std::string bytes(950, 'd');
    for (int32_t row = 0; row < kRows; ++row) {
      if (row % 500 == 0) ASSERT_JET_OK(JetBeginTransaction(session));
      ASSERT_JET_OK(JetPrepareUpdate(session, table, JET_prepInsert));
      ASSERT_JET_OK(JetSetColumn(session, table, id, &row, sizeof(row), 0, nullptr));
      ASSERT_JET_OK(JetSetColumn(session, table, data, bytes.data(),
                                 static_cast<uint32_t>(bytes.size()), 0, nullptr));
      ASSERT_JET_OK(JetUpdate(session, table, nullptr, 0, nullptr));
      if (row % 500 == 499) {
        ASSERT_JET_OK(JetCommitTransaction(session, JET_bitCommitLazyFlush));
      }
    }
    ASSERT_JET_OK(JetCloseTable(session, table));
  }

  // Changes rows all over the table, in one transaction.
  void Change(test::JetDatabase& database, JET_TABLEID table, int count) {
    const JET_SESID session = database.session();
    ASSERT_JET_OK(JetBeginTransaction(session));
    for (int i = 0; i < count; ++i) {
      const auto row = static_cast<int32_t>((next_row_ += 7919) % kRows);
      const JET_COLUMNID data = database.Column(table, "data");
      const std::string bytes(950, static_cast<char>('a' + row % 26));
      ASSERT_JET_OK(JetMakeKey(session, table, &row, sizeof(row), JET_bitNewKey));
      ASSERT_JET_OK(JetSeek(session, table, JET_bitSeekEQ));
      ASSERT_JET_OK(JetPrepareUpdate(session, table, JET_prepReplace));
      ASSERT_JET_OK(JetSetColumn(session, table, data, bytes.data(),
                                 static_cast<uint32_t>(bytes.size()), 0, nullptr));
      ASSERT_JET_OK(JetUpdate(session, table, nullptr, 0, nullptr));
    }
    ASSERT_JET_OK(JetCommitTransaction(session, JET_bitCommitLazyFlush));
  }

  void BackUp(test::JetDatabase& database) {
    const JET_INSTANCE instance = database.instance();
    const JET_TABLEID table = database.Open("rows");
    std::vector<char> list(1 << 20);
    std::vector<char> piece(1 << 18);
    ASSERT_JET_OK(JetBeginExternalBackupInstance(instance, 0));
    for (const bool logs : {false, true}) {
      const auto size = static_cast<uint32_t>(list.size());
      ASSERT_JET_OK(logs ? JetGetLogInfoInstanceA(instance, list.data(), size, nullptr)
                         : JetGetAttachInfoInstanceA(instance, list.data(), size, nullptr));
      for (const char* path = list.data(); *path != '\0'; path += std::string(path).size() + 1) {
        JET_HANDLE file = JET_HANDLE();
        uint32_t low = 0, high = 0, got = 1;
        ASSERT_JET_OK(JetOpenFileInstanceA(instance, path, &file, &low, &high));
        while (got > 0) {
          ASSERT_JET_OK(JetReadFileInstance(instance, file, piece.data(),
                                            static_cast<uint32_t>(piece.size()), &got));
          if (!logs) Change(database, table, 20);
        }
        ASSERT_JET_OK(JetCloseFileInstance(instance, file));
      }
    }
    ASSERT_JET_OK(JetTruncateLogInstance(instance));
    ASSERT_JET_OK(JetEndExternalBackupInstance(instance));
    ASSERT_JET_OK(JetCloseTable(database.session(), table));
  }

  uint64_t before_ = 0;
  uint32_t next_row_ = 0;
  test::JetFolder folder_;
};

TEST_P(MemoryBoundTest, HoldsThroughLoadBackupRecoveryAndCheck) {
  const std::string path = folder_ / "test.edb";
  {
    test::JetDatabase database(folder_, Options());
    Load(database);
    ASSERT_FALSE(HasFatalFailure());
    ExpectBounded("load");
    BackUp(database);
    ASSERT_FALSE(HasFatalFailure());
    ExpectBounded("backup with changes");
    const JET_TABLEID table = database.Open("rows");
    for (int i = 0; i < 20; ++i) Change(database, table, 500);
    ASSERT_FALSE(HasFatalFailure());
    ExpectBounded("changes");
    EXPECT_JET(JET_errDirtyShutdown, database.engine().Crash());
  }
  ASSERT_GT(std::filesystem::file_size(path), kCache + kBound + kBound / 4);
  {
    test::JetDatabase database(folder_, Options());
    ExpectBounded("recovery");
    ASSERT_JET_OK(database.engine().Term());
  }
  CheckReport report;
  NoProgress progress;
  ASSERT_TRUE(CheckDatabase(PosixFileSystem(), DiscardEvents(), path, {.cache_bytes = kCache},
                            progress, &report)
                  .ok());
  EXPECT_TRUE(report.sound());
  ExpectBounded("check");
}

INSTANTIATE_TEST_SUITE_P(PageSizes, MemoryBoundTest, ::testing::Values(4096, 32768));

}  // namespace
}  // namespace contrail
