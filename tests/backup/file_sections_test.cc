// JetOpenFileSectionInstance: files of a backup that several readers share, and files that are read
// from a place on.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "backup/byte_coverage.h"
#include "engine/api/api_registry.h"
#include "tests/support/jet_rows.h"

namespace contrail::test {
namespace {

constexpr uint32_t kPage = 4096;
constexpr JET_ERR kAbortByCaller = -800;  // Not in esent.h.
constexpr JET_GRBIT kGoodEnd = JET_bitBackupEndNormal | JET_bitBackupTruncateDone;

TEST(ByteCoverageTest, PartsGrowTogether) {
  ByteCoverage given;
  EXPECT_FALSE(given.Covers(1));
  given.Add(10, 20);
  given.Add(30, 40);
  given.Add(5, 5);
  EXPECT_FALSE(given.Covers(20));
  given.Add(0, 10);
  EXPECT_TRUE(given.Covers(20));
  EXPECT_FALSE(given.Covers(21));
  given.Add(15, 35);
  EXPECT_TRUE(given.Covers(40));
  EXPECT_FALSE(given.Covers(41));
  given.Add(50, 60);
  given.Add(39, 51);
  EXPECT_TRUE(given.Covers(60));
}

class FileSectionsTest : public testing::Test {
 protected:
  struct Opened {
    JET_HANDLE handle = 0;
    uint64_t size = 0;
  };

  void SetUp() override {
    JetOptions options;
    options.log_kibibytes = 512;
    database_ = std::make_unique<JetDatabase>(folder_, options);
    database_->CreateRows("rows");
    ASSERT_JET_OK(WriteRows(database_->session(), path(), 0, 2000));
  }
  JET_INSTANCE instance() const { return database_->instance(); }
  std::string path() const { return folder_ / "test.edb"; }

  JET_ERR Open(std::string file, int32_t section, int32_t sections, uint64_t offset,
               Opened* opened) {
    uint32_t low = 0;
    int32_t high = 0;
    const JET_ERR error = JetOpenFileSectionInstanceA(instance(), file.data(), &opened->handle,
                                                      section, sections, offset, &low, &high);
    opened->size = uint64_t{static_cast<uint32_t>(high)} << 32 | low;
    return error;
  }
  // At most `most` bytes.
  std::string Read(const Opened& opened, size_t most = SIZE_MAX, uint32_t piece = 16 * kPage) {
    std::string content;
    std::vector<char> buffer(piece);
    uint32_t actual = piece;
    while (actual > 0 && content.size() < most) {
      EXPECT_JET_OK(JetReadFileInstance(instance(), opened.handle, buffer.data(), piece, &actual));
      content.append(buffer.data(), actual);
    }
    return content;
  }
  // All of the file by readers at the same time.
  std::string ReadShared(const std::string& file, int32_t sections) {
    std::vector<Opened> opened(static_cast<size_t>(sections));
    for (int32_t i = sections; i-- > 0;) {  // In any order.
      EXPECT_JET_OK(Open(file, i, sections, 0, &opened[static_cast<size_t>(i)]));
    }
    std::vector<std::string> parts(opened.size());
    std::vector<std::thread> readers;
    for (size_t i = 0; i < opened.size(); ++i) {
      readers.emplace_back([&, i] {
        parts[i] = Read(opened[i]);
        EXPECT_EQ(parts[i].size(), opened[i].size);
        EXPECT_JET_OK(JetCloseFileInstance(instance(), opened[i].handle));
      });
    }
    for (std::thread& reader : readers) reader.join();
    std::string whole;
    for (const std::string& part : parts) whole += part;
    return whole;
  }
  std::vector<std::string> Logs() {
    uint32_t size = 0;
    EXPECT_JET_OK(JetGetLogInfoInstanceA(instance(), nullptr, 0, &size));
    std::vector<char> block(size);
    EXPECT_JET_OK(JetGetLogInfoInstanceA(instance(), block.data(), size, &size));
    std::vector<std::string> paths;
    for (size_t at = 0; block[at] != 0; at += paths.back().size() + 1) {
      paths.emplace_back(block.data() + at);
    }
    return paths;
  }
  bool IsStamped() {
    JET_DBINFOMISC7 info = {};
    EXPECT_JET_OK(JetGetDatabaseFileInfoA(path().c_str(), &info, sizeof(info), JET_DbInfoMisc));
    return info.bkinfoFullPrev.genLow != 0;
  }
  void Begin() { ASSERT_JET_OK(JetBeginExternalBackupInstance(instance(), 0)); }
  // Some, that change what has been there before; on the disk, too.
  void WriteGenerations() {
    const uint32_t before = Generation();
    for (int first = 5000; Generation() < before + 4; first += 200) {
      ASSERT_JET_OK(WriteRows(database_->session(), path(), first, 200));
    }
    ASSERT_JET_OK(JetIdle(database_->session(), JET_bitIdleFlushBuffers));
  }
  uint32_t Generation() const {
    return api::ApiRegistry::Get().Instances().front()->engine->log().CurrentGeneration();
  }
  void CheckRestored(const JetFolder& copy) {
    JetDatabase restored(copy);
    EXPECT_EQ(CountRows(restored.instance(), copy / "test.edb", 0, 1000000),
              CountRows(instance(), path(), 0, 1000000));
  }
  // The databases are read. With any log of the backup missing the restore is refused.
  void RestoreWithTooFewLogs(const std::string& content) {
    JET_LOGINFO_A range = {};
    range.cbSize = sizeof(range);
    ASSERT_JET_OK(JetGetLogInfoInstance2A(instance(), nullptr, 0, nullptr, &range));
    const std::vector<std::string> logs = Logs();
    ASSERT_GT(logs.size(), 3u);
    for (size_t count = 1; count <= logs.size(); ++count) {
      const bool all = count == logs.size();
      SCOPED_TRACE(testing::Message() << count << " of " << logs.size() << " logs");
      JetFolder copy;
      std::ofstream(copy / "test.edb", std::ios::binary) << content;
      for (size_t i = 0; i < count; ++i) {
        std::filesystem::copy(logs[i], copy / std::filesystem::path(logs[i]).filename());
      }
      std::string from = path(), to = copy / "test.edb", place = copy.path();
      JET_RSTMAP_A map = {from.data(), to.data()};
      EXPECT_JET(all ? JET_errSuccess : JET_errEndingRestoreLogTooLow,
                 JetExternalRestoreA(place.data(), place.data(), &map, 1, place.data(),
                                     range.ulGenLow, 0, nullptr));
      if (all) CheckRestored(copy);
    }
  }

  JetFolder folder_;
  std::unique_ptr<JetDatabase> database_;
};

TEST_F(FileSectionsTest, ReadersShareADatabaseAndItsLogs) {
  JetFolder copy;
  Begin();
  std::ofstream(copy / "test.edb", std::ios::binary) << ReadShared(path(), 5);
  // The threads' writes are in the logs.
  ASSERT_JET_OK(WriteRows(database_->session(), path(), 5000, 500));
  JET_LOGINFO_A range = {};
  range.cbSize = sizeof(range);
  ASSERT_JET_OK(JetGetLogInfoInstance2A(instance(), nullptr, 0, nullptr, &range));
  for (const std::string& log : Logs()) {
    const std::string content = ReadShared(log, 3);
    EXPECT_EQ(content.size(), std::filesystem::file_size(log));
    std::ifstream in(log, std::ios::binary);
    std::ostringstream expected;
    expected << in.rdbuf();
    EXPECT_TRUE(content == expected.str()) << log;
    std::ofstream(copy / std::filesystem::path(log).filename(), std::ios::binary) << content;
  }
  EXPECT_JET_OK(JetTruncateLogInstance(instance()));  // All of them count as copied.
  ASSERT_JET_OK(JetEndExternalBackupInstance2(instance(), kGoodEnd));
  EXPECT_TRUE(IsStamped());
  std::string from = path(), to = copy / "test.edb", place = copy.path();
  JET_RSTMAP_A map = {from.data(), to.data()};
  ASSERT_JET_OK(JetExternalRestore2A(place.data(), place.data(), &map, 1, place.data(), &range,
                                     nullptr, nullptr, nullptr, nullptr));
  database_.reset();
  JetDatabase restored(copy);
  EXPECT_EQ(CountRows(restored.instance(), to, 0, 100000), 2500);
}

// Pages that are read after the trailer was given are newer than it.
TEST_F(FileSectionsTest, TheSectionsAreReadInAnyOrder) {
  Begin();
  Opened first, last;
  ASSERT_JET_OK(Open(path(), 0, 2, 0, &first));
  ASSERT_JET_OK(Open(path(), 1, 2, 0, &last));
  const std::string back = Read(last);
  ASSERT_JET_OK(JetCloseFileInstance(instance(), last.handle));
  WriteGenerations();
  const std::string front = Read(first);
  ASSERT_JET_OK(JetCloseFileInstance(instance(), first.handle));
  RestoreWithTooFewLogs(front + back);
}

TEST_F(FileSectionsTest, TheBeginningIsReadAfterTheRest) {
  Begin();
  Opened rest, whole;
  ASSERT_JET_OK(Open(path(), 0, 1, 32 * kPage, &rest));
  const std::string back = Read(rest);
  ASSERT_JET_OK(JetCloseFileInstance(instance(), rest.handle));
  WriteGenerations();
  ASSERT_JET_OK(Open(path(), 0, 1, 0, &whole));
  std::string front = Read(whole, 32 * kPage);
  front.resize(32 * kPage);
  ASSERT_JET_OK(JetCloseFileInstance(instance(), whole.handle));
  RestoreWithTooFewLogs(front + back);
}

TEST_F(FileSectionsTest, APartThatIsReadAfterTheWholeBeginsAnew) {
  Begin();
  Opened opened;
  ASSERT_JET_OK(Open(path(), 0, 1, 0, &opened));
  Read(opened);
  ASSERT_JET_OK(JetCloseFileInstance(instance(), opened.handle));
  ASSERT_JET_OK(Open(path(), 0, 2, 0, &opened));
  Read(opened);
  ASSERT_JET_OK(JetCloseFileInstance(instance(), opened.handle));
  Logs();
  EXPECT_JET(kAbortByCaller, JetEndExternalBackupInstance2(instance(), kGoodEnd));
  EXPECT_FALSE(IsStamped());  // The whole file's trailer does not know of the section's pages.
}

TEST_F(FileSectionsTest, OneSectionIsTheWholeFile) {
  Begin();
  Opened whole;
  for (const int32_t sections : {0, 1}) {
    ASSERT_JET_OK(Open(path(), 0, sections, 0, &whole));
    EXPECT_EQ(Read(whole).size(), whole.size);
    ASSERT_JET_OK(JetCloseFileInstance(instance(), whole.handle));
  }
  JET_HANDLE handle = 0;
  uint32_t low = 0, high = 0;
  ASSERT_JET_OK(JetOpenFileInstanceA(instance(), path().c_str(), &handle, &low, &high));
  EXPECT_EQ(low, whole.size);
  ASSERT_JET_OK(JetCloseFileInstance(instance(), handle));
}

TEST_F(FileSectionsTest, AReaderGoesOnWhereAnotherHasStopped) {
  Begin();
  Opened first, second;
  ASSERT_JET_OK(Open(path(), 0, 1, 0, &first));
  const std::string front = Read(first, 32 * kPage, 16 * kPage);
  ASSERT_EQ(front.size(), 32 * kPage);
  ASSERT_JET_OK(JetCloseFileInstance(instance(), first.handle));  // Early: not copied.
  ASSERT_JET_OK(Open(path(), 0, 1, 32 * kPage, &second));
  EXPECT_EQ(second.size, first.size);                      // Of the file.
  const std::string rest = Read(second, SIZE_MAX, kPage);  // One page is enough now.
  EXPECT_EQ(front.size() + rest.size(), first.size);
  ASSERT_JET_OK(JetCloseFileInstance(instance(), second.handle));
  Logs();
  ASSERT_JET_OK(JetEndExternalBackupInstance2(instance(), kGoodEnd));
  EXPECT_TRUE(IsStamped());
}

TEST_F(FileSectionsTest, WhatNobodyHasReadIsNotCopied) {
  {
    // The end of the file, and nothing before it.
    Begin();
    Opened rest;
    ASSERT_JET_OK(Open(path(), 0, 1, 32 * kPage, &rest));
    Read(rest);
    ASSERT_JET_OK(JetCloseFileInstance(instance(), rest.handle));
    Logs();
    EXPECT_JET(kAbortByCaller, JetEndExternalBackupInstance2(instance(), kGoodEnd));
    EXPECT_FALSE(IsStamped());
  }
  // Two sections of three.
  Begin();
  for (const int32_t i : {2, 0}) {
    Opened section;
    ASSERT_JET_OK(Open(path(), i, 3, 0, &section));
    Read(section);
    ASSERT_JET_OK(JetCloseFileInstance(instance(), section.handle));
  }
  const std::vector<std::string> logs = Logs();
  for (const std::string& log : logs) {
    Opened section;
    ASSERT_JET_OK(Open(log, 1, 2, 0, &section));
    Read(section);
    ASSERT_JET_OK(JetCloseFileInstance(instance(), section.handle));
  }
  EXPECT_JET(JET_errLogFileNotCopied, JetTruncateLogInstance(instance()));
  for (const std::string& log : logs) {
    Opened section;
    ASSERT_JET_OK(Open(log, 0, 2, 0, &section));
    Read(section);
    ASSERT_JET_OK(JetCloseFileInstance(instance(), section.handle));
  }
  EXPECT_JET_OK(JetTruncateLogInstance(instance()));
  EXPECT_JET(kAbortByCaller, JetEndExternalBackupInstance2(instance(), kGoodEnd));
  EXPECT_FALSE(IsStamped());
}

TEST_F(FileSectionsTest, ADamagedLogIsFoundInWhateverSectionItIs) {
  Begin();
  Opened database;
  ASSERT_JET_OK(Open(path(), 0, 1, 0, &database));
  Read(database);
  ASSERT_JET_OK(JetCloseFileInstance(instance(), database.handle));
  const std::string log = Logs().front();
  {
    std::fstream file(log, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(2 * kPage + 100);
    file.put(static_cast<char>(0x5a));
    file.put(static_cast<char>(0xa5));
  }
  // The damage lies before the section.
  Opened section;
  ASSERT_JET_OK(Open(log, 1, 2, 0, &section));
  std::vector<char> buffer(kPage);
  uint32_t actual = 0;
  EXPECT_JET(JET_errLogReadVerifyFailure,
             JetReadFileInstance(instance(), section.handle, buffer.data(), kPage, &actual));
  EXPECT_JET(JET_errNoBackup, JetEndExternalBackupInstance(instance()));
}

TEST_F(FileSectionsTest, Arguments) {
  Opened opened, other;
  EXPECT_JET(JET_errNoBackup, Open(path(), 0, 1, 0, &opened));
  Begin();
  for (const auto& [section, sections] : std::vector<std::pair<int32_t, int32_t>>{
           {1, 1}, {1, 0}, {-1, 2}, {0, -1}, {2, 2}, {0, 1 << 30}}) {
    SCOPED_TRACE(testing::Message() << section << " of " << sections);
    EXPECT_JET(JET_errInvalidParameter, Open(path(), section, sections, 0, &opened));
  }
  for (const uint64_t offset : {uint64_t{1}, uint64_t{kPage}, uint64_t{2 * kPage},
                                uint64_t{3 * kPage + 512}, uint64_t{1} << 40}) {
    SCOPED_TRACE(testing::Message() << offset);
    EXPECT_JET(JET_errInvalidParameter, Open(path(), 0, 1, offset, &opened));
  }
  uint32_t low = 0;
  int32_t high = 0;
  std::string name = path();
  EXPECT_JET(
      JET_errInvalidParameter,
      JetOpenFileSectionInstanceA(instance(), nullptr, &opened.handle, 0, 1, 0, &low, &high));
  EXPECT_JET(JET_errInvalidParameter,
             JetOpenFileSectionInstanceA(instance(), name.data(), nullptr, 0, 1, 0, &low, &high));
  EXPECT_JET(JET_errInvalidParameter,
             JetOpenFileSectionInstanceA(instance(), name.data(), &opened.handle, 0, 1, 0, nullptr,
                                         &high));
  // The same section twice, another division, and the whole file beside a section.
  std::u16string wide(name.begin(), name.end());
  ASSERT_JET_OK(
      JetOpenFileSectionInstanceW(instance(), wide.data(), &opened.handle, 0, 2, 0, &low, &high));
  EXPECT_JET(JET_errOutOfMemory, Open(path(), 0, 2, 0, &other));
  EXPECT_JET(JET_errOutOfMemory, Open(path(), 1, 3, 0, &other));
  EXPECT_JET(JET_errOutOfMemory, Open(path(), 0, 1, 0, &other));
  ASSERT_JET_OK(Open(path(), 1, 2, 0, &other));
  // The first read of what has the headers takes three pages, any other one.
  std::vector<char> buffer(3 * kPage);
  EXPECT_JET(JET_errInvalidParameter,
             JetReadFileInstance(instance(), opened.handle, buffer.data(), 2 * kPage, &low));
  EXPECT_JET_OK(JetReadFileInstance(instance(), opened.handle, buffer.data(), 3 * kPage, &low));
  EXPECT_JET_OK(JetReadFileInstance(instance(), other.handle, buffer.data(), kPage, &low));
  EXPECT_JET_OK(JetCloseFileInstance(instance(), opened.handle));
  EXPECT_JET_OK(JetCloseFileInstance(instance(), other.handle));
  // None of it has ended the backup, nor do parts that a log does not have.
  const std::string log = Logs().front();
  EXPECT_JET(JET_errInvalidParameter, Open(log, 0, 1, 512, &opened));
  EXPECT_JET(JET_errInvalidParameter, Open(log, 0, 100000, 0, &opened));
  EXPECT_JET_OK(JetEndExternalBackupInstance2(instance(), JET_bitBackupEndAbort));
}

}  // namespace
}  // namespace contrail::test
