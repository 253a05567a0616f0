// JetRestore, JetRestore2 and JetRestoreInstance, by the rows of error_rows.tsv that name these
// tests, and beyond.

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "storage/file.h"
#include "tests/support/backup_calls.h"
#include "tests/support/backup_fixture.h"
#include "tests/support/file_damage.h"
#include "tests/support/no_lock_wait.h"
#include "tests/support/one_instance.h"

namespace contrail::test {
namespace {

namespace fs = std::filesystem;

constexpr JetOptions kSmallLogs = {.log_kibibytes = 128};

// A backup of 300 rows in several logs, and an instance that has gone on to 500 and ended.
class DirectoryRestoreTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(set_);
    JetDatabase database(folder_, kSmallLogs);
    database.CreateRows("rows");
    const auto add = [&](int32_t first, int32_t count) {
      ASSERT_JET_OK(AddRows(database.session(), database.id(), first, count));
    };
    add(0, 100);
    ASSERT_JET_OK(JetBackupInstanceA(database.instance(), set_.c_str(), 0, nullptr));
    add(100, 200);
    ASSERT_JET_OK(
        JetBackupInstanceA(database.instance(), set_.c_str(), JET_bitBackupIncremental, nullptr));
    add(300, 200);
    ASSERT_JET_OK(database.engine().Term());
    ASSERT_GE(ArchivedLogs(set_).size(), 3u);
    ASSERT_GE(ArchivedLogs(folder_.path()).size(), 2u);
  }

  JET_ERR RestoreBy(const std::string& function, const std::string& source,
                    const std::string& destination = "", const JetOptions& options = kSmallLogs) {
    const char* from = source.empty() ? nullptr : source.c_str();
    const char* to = destination.empty() ? nullptr : destination.c_str();
    if (function == "JetRestoreInstance") {
      const JetInstance instance(folder_, options);
      return JetRestoreInstanceA(instance.handle(), from, to, status_);
    }
    const OneInstance one(folder_, options);
    return function == "JetRestore" ? JetRestoreA(from, status_) : JetRestore2A(from, to, status_);
  }
  // Every row of the test, with the set or the logs spoilt; they are as before afterwards.
  void ExpectRefused(const std::function<void()>& spoil, const JetOptions& options = kSmallLogs) {
    const JetFolder safe;
    for (const ErrorRow& row : ErrorRowsOfThisTest()) {
      SCOPED_TRACE(row.function);
      fs::copy(folder_.path(), safe.path(),
               fs::copy_options::recursive | fs::copy_options::overwrite_existing);
      spoil();
      const auto before = fs::last_write_time(folder_ / "test.edb");
      EXPECT_JET(row.number, RestoreBy(row.function, set_, "", options));
      // What lies where the copy would go has not been touched.
      EXPECT_EQ(fs::last_write_time(folder_ / "test.edb"), before);
      EXPECT_FALSE(fs::exists(folder_ / "test.edb.restoring"));
      for (const auto& entry : fs::directory_iterator(folder_.path())) fs::remove_all(entry);
      fs::copy(safe.path(), folder_.path(), fs::copy_options::recursive);
    }
  }
  int32_t Rows(const JetFolder& folder) {
    JetDatabase database(folder, kSmallLogs);
    const int32_t rows = CountRows(database.session(), database.id());
    EXPECT_JET_OK(database.engine().Term());
    return rows;
  }

  const JetFolder folder_;
  const std::string set_ = folder_ / "set/";
  JET_PFNSTATUS status_ = nullptr;
};

TEST_F(DirectoryRestoreTest, RestoresWhatWasBackedUp) {
  for (const ErrorRow& row : ErrorRowsOfThisTest()) {
    SCOPED_TRACE(row.function);
    // Over what is there, with the logs behind the set.
    EXPECT_JET_OK(RestoreBy(row.function, set_));
    EXPECT_EQ(Rows(folder_), 500);
  }
  // Without them, and without the database.
  for (const auto& entry : fs::directory_iterator(folder_.path())) {
    if (entry.is_regular_file()) fs::remove(entry);
  }
  EXPECT_JET_OK(RestoreBy("JetRestoreInstance", set_));
  EXPECT_EQ(Rows(folder_), 300);
  // Backups begin anew.
  EXPECT_EQ(InfoOf(folder_ / "test.edb").bkinfoFullPrev.genLow, 0u);
}

TEST_F(DirectoryRestoreTest, ToAnotherDirectory) {
  const JetFolder other;
  EXPECT_JET_OK(RestoreBy("JetRestore2", set_, other.path()));
  EXPECT_TRUE(fs::exists(other / "test.edb"));
  EXPECT_EQ(InfoOf(other / "test.edb").dbstate, uint32_t{JET_dbstateCleanShutdown});
  const JetFolder third;
  EXPECT_JET_OK(RestoreBy("JetRestoreInstance", set_, third.path()));
  fs::remove(third / "edb.log");
  EXPECT_EQ(Rows(third), 500);
}

// It would log there, and the next restore would take that log for one of the set.
TEST_F(DirectoryRestoreTest, OfAnInstanceThatLogsIntoTheSet) {
  const FolderContent before = ContentOf(set_);
  for (const bool system : {false, true}) {
    const JetInstance instance(folder_, kSmallLogs);
    JET_INSTANCE handle = instance.handle();
    ASSERT_JET_OK(JetSetSystemParameterA(&handle, 0,
                                         system ? JET_paramSystemPath : JET_paramLogFilePath, 0,
                                         (folder_ / "./set").c_str()));
    EXPECT_JET(JET_errInvalidPath, JetRestoreInstanceA(handle, set_.c_str(), nullptr, nullptr));
    EXPECT_EQ(Differences(before, ContentOf(set_)), "");
  }
  EXPECT_JET_OK(RestoreBy("JetRestoreInstance", set_));
}

// The copies would be moved over those of the set, and the set could not be restored again.
TEST_F(DirectoryRestoreTest, IntoTheSetItself) {
  const std::string link = folder_ / "link";
  fs::create_directory_symlink(set_, link);
  for (const std::string& destination : {set_, link, folder_ / "./set/../set"}) {
    SCOPED_TRACE(destination);
    EXPECT_JET(JET_errInvalidPath, RestoreBy("JetRestoreInstance", set_, destination));
    EXPECT_JET(JET_errInvalidPath, RestoreBy("JetRestore2", set_, destination));
  }
  EXPECT_FALSE(fs::exists(set_ + "test.edb.restoring"));
  const JetFolder other;
  EXPECT_JET_OK(RestoreBy("JetRestoreInstance", set_, other.path()));
}

TEST_F(DirectoryRestoreTest, FromNewThenFromOld) {
  fs::create_directory(folder_ / "atomic");
  fs::rename(set_, folder_ / "atomic/old");
  EXPECT_JET_OK(RestoreBy("JetRestoreInstance", folder_ / "atomic"));
  fs::create_directory(folder_ / "atomic/new");
  EXPECT_JET_OK(RestoreBy("JetRestoreInstance", folder_ / "atomic"));
  // Something of its own, but no backup: `new` goes before `old`.
  for (const std::string& log : ArchivedLogs(folder_ / "atomic/old")) {
    fs::copy(log, folder_ / "atomic/new");
  }
  EXPECT_JET(JET_errPatchFileMissing, RestoreBy("JetRestoreInstance", folder_ / "atomic"));
}

std::vector<std::pair<JET_SNT, uint32_t>>* told = nullptr;
uint32_t total = 0;

JET_ERR Note(JET_SESID, JET_SNP process, JET_SNT what, void* data) {
  EXPECT_EQ(process, JET_SNP{JET_snpRestore});
  const auto* progress = static_cast<const JET_SNPROG*>(data);
  told->emplace_back(what, progress == nullptr ? 0 : progress->cunitDone);
  if (progress != nullptr) total = progress->cunitTotal;
  return JET_errSuccess;
}

TEST_F(DirectoryRestoreTest, TellsOfItsProgress) {
  std::vector<std::pair<JET_SNT, uint32_t>> calls;
  told = &calls;
  status_ = Note;
  EXPECT_JET_OK(RestoreBy("JetRestoreInstance", set_));
  ASSERT_GE(calls.size(), 3u);
  EXPECT_EQ(calls.front().first, JET_SNT{JET_sntBegin});
  EXPECT_EQ(calls.back().first, JET_SNT{JET_sntComplete});
  // All logs that were replayed, in blocks.
  EXPECT_GE(total, ArchivedLogs(set_).size() * 32);
  EXPECT_EQ(calls.back().second, total);
  for (size_t i = 1; i < calls.size(); ++i) EXPECT_GE(calls[i].second, calls[i - 1].second);
  calls.clear();
  fs::create_directory(folder_ / "empty");
  EXPECT_JET(JET_errFileNotFound, RestoreBy("JetRestoreInstance", folder_ / "empty"));
  EXPECT_EQ(calls.back().first, JET_SNT{JET_sntFail});
}

TEST_F(DirectoryRestoreTest, RunningInstance) {
  {
    OneInstance one(folder_, kSmallLogs);
    one.Start();
    CallArguments arguments;
    arguments.instance = 4711;  // With one instance the handle does not matter.
    arguments.folder = set_;
    for (const ErrorRow& row : ErrorRowsOfThisTest()) {
      SCOPED_TRACE(row.function);
      EXPECT_JET(row.number, CallByName(row.function, &arguments));
    }
  }
  const JetDatabase database(folder_, kSmallLogs);
  EXPECT_JET(JET_errAfterInitialization,
             JetRestoreInstanceA(database.instance(), set_.c_str(), nullptr, nullptr));
}

TEST_F(DirectoryRestoreTest, NoDirectory) {
  for (const ErrorRow& row : ErrorRowsOfThisTest()) {
    SCOPED_TRACE(row.function);
    EXPECT_JET(row.number, RestoreBy(row.function, ""));
  }
  const JetInstance instance(folder_);
  EXPECT_JET(JET_errInvalidParameter,
             JetRestoreInstanceA(instance.handle() + 4711, set_.c_str(), nullptr, nullptr));
}

TEST_F(DirectoryRestoreTest, MissingDirectory) {
  for (const ErrorRow& row : ErrorRowsOfThisTest()) {
    SCOPED_TRACE(row.function);
    EXPECT_JET(row.number, RestoreBy(row.function, folder_ / "nowhere"));
  }
}

TEST_F(DirectoryRestoreTest, OtherPageSize) {
  ExpectRefused([] {}, {.page_size = 8192, .log_kibibytes = 256});
}

TEST_F(DirectoryRestoreTest, BrokenLogSequence) {
  ExpectRefused([this] { fs::remove(ArchivedLogs(folder_.path()).back()); });
}

TEST_F(DirectoryRestoreTest, MissingDatabase) {
  ExpectRefused([this] { fs::remove(set_ + "test.edb"); });
}

TEST_F(DirectoryRestoreTest, MissingLog) {
  ExpectRefused([this] { fs::remove(ArchivedLogs(set_)[1]); });
}

TEST_F(DirectoryRestoreTest, DamagedLog) {
  ExpectRefused([this] { DamageByte(ArchivedLogs(set_)[1], 6000); });
}

TEST_F(DirectoryRestoreTest, DamagedPage) {
  ExpectRefused([this] { DamageByte(set_ + "test.edb", 5 * 4096 + 200); });
}

TEST_F(DirectoryRestoreTest, DatabaseInUse) {
  const NoLockWait at_once;
  std::unique_ptr<File> open;
  ExpectRefused([&] {
    auto opened = PosixFileSystem().Open(folder_ / "test.edb",
                                         {.mode = FileMode::kReadWrite, .exclusive = true});
    ASSERT_TRUE(opened.ok());
    open = std::move(*opened);
  });
}

// A restore that was interrupted behind its first half is simply done again.
TEST_F(DirectoryRestoreTest, CanBeRepeated) {
  static int calls_left = 0;
  status_ = [](JET_SESID, JET_SNP, JET_SNT what, void*) -> JET_ERR {
    return what == JET_sntProgress && --calls_left == 0 ? JET_errOutOfMemory : JET_errSuccess;
  };
  for (int interrupted = 1; interrupted <= 4; ++interrupted) {
    calls_left = interrupted;
    EXPECT_JET(JET_errTermInProgress, RestoreBy("JetRestoreInstance", set_));
  }
  status_ = nullptr;
  EXPECT_JET_OK(RestoreBy("JetRestoreInstance", set_));
  EXPECT_EQ(Rows(folder_), 500);
}

TEST_F(DirectoryRestoreTest, WideForms) {
  const std::u16string set(set_.begin(), set_.end());
  {
    const OneInstance one(folder_, kSmallLogs);
    EXPECT_JET_OK(JetRestoreW(set.c_str(), nullptr));
    EXPECT_JET_OK(JetRestore2W(set.c_str(), nullptr, nullptr));
  }
  const JetInstance instance(folder_, kSmallLogs);
  EXPECT_JET_OK(JetRestoreInstanceW(instance.handle(), set.c_str(), nullptr, nullptr));
}

}  // namespace
}  // namespace contrail::test
