// JetBackup and JetBackupInstance.

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "backup/backup_session.h"
#include "backup/directory_lock.h"
#include "engine/api/api_registry.h"
#include "tests/support/backup_calls.h"
#include "tests/support/backup_fixture.h"
#include "tests/support/one_instance.h"

namespace contrail::test {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool Has(const std::string& path) { return fs::exists(path); }

class DirectoryBackupTest : public testing::Test {
 protected:
  void Start(const JetOptions& options = {.log_kibibytes = 128}) {
    database_ = std::make_unique<JetDatabase>(folder_, options);
    database_->CreateRows("rows");
    Add(0, 100);
    fs::create_directory(target());
  }
  void Add(int32_t first, int32_t count) {
    ASSERT_JET_OK(AddRows(database_->session(), database_->id(), first, count));
  }
  std::string target() const { return folder_ / "backup/"; }
  JET_INSTANCE instance() const { return database_->instance(); }
  JET_ERR Backup(JET_GRBIT grbit, JET_PFNSTATUS status = nullptr) {
    return JetBackupInstanceA(instance(), target().c_str(), grbit, status);
  }
  // Rows that the set in the directory restores to another folder.
  int32_t RestoredRows() {
    const JetFolder place;
    {
      JetInstance restoring(place);
      EXPECT_JET_OK(
          JetRestoreInstanceA(restoring.handle(), target().c_str(), place.path().c_str(), nullptr));
    }
    JetDatabase restored(place);
    return CountRows(restored.session(), restored.id());
  }

  const JetFolder folder_;
  std::unique_ptr<JetDatabase> database_;
};

TEST_F(DirectoryBackupTest, AFullBackupIsASet) {
  Start();
  ASSERT_JET_OK(Backup(0));
  EXPECT_TRUE(Has(target() + "test.edb"));
  EXPECT_EQ(fs::file_size(target() + "test.pat"), 0u);
  EXPECT_FALSE(ArchivedLogs(target()).empty());
  for (const std::string& name : NamesIn(target())) EXPECT_FALSE(name.ends_with(".part")) << name;
  // It counts: an incremental may follow, and what it does not need has gone.
  const JET_DBINFOMISC7 info = InfoOf(folder_ / "test.edb");
  EXPECT_NE(info.bkinfoFullPrev.genLow, 0u);
  EXPECT_GE(ArchivedLogs(folder_.path()).front(), ArchivedLogs(target()).front());
  EXPECT_EQ(RestoredRows(), 100);
}

TEST_F(DirectoryBackupTest, AFullBackupNeedsAnEmptyDirectory) {
  Start();
  fs::create_directories(target() + "temp/left/over");
  ASSERT_JET_OK(Backup(0));
  EXPECT_FALSE(Has(target() + "temp"));
  EXPECT_JET(JET_errBackupDirectoryNotEmpty, Backup(0));
  // A refused backup is over.
  EXPECT_JET_OK(JetBeginExternalBackupInstance(instance(), 0));
}

// Of another instance, of this process or another one.
TEST_F(DirectoryBackupTest, OneBackupAtATimeInADirectory) {
  Start();
  for (const JET_GRBIT grbit : {JET_GRBIT{0}, JET_GRBIT{JET_bitBackupAtomic}}) {
    auto other = DirectoryLock::Take(PosixFileSystem(), DiscardEvents(), target());
    ASSERT_TRUE(other.ok());
    EXPECT_JET(JET_errBackupInProgress, Backup(grbit));
    EXPECT_EQ(NamesIn(target()), std::vector<std::string>{".lock"});
    other->reset();
    EXPECT_TRUE(NamesIn(target()).empty());
  }
  // What a process that was killed has left is not in the way.
  std::ofstream(target() + ".lock") << "?";
  ASSERT_JET_OK(Backup(0));
  EXPECT_FALSE(Has(target() + ".lock"));
  const auto other = DirectoryLock::Take(PosixFileSystem(), DiscardEvents(), target());
  ASSERT_TRUE(other.ok());
  EXPECT_JET(JET_errBackupInProgress, Backup(JET_bitBackupIncremental));
}

// The name goes with the lock: whoever has waited for the file has to look again.
TEST_F(DirectoryBackupTest, TheLockOfADirectoryIsHeldByOne) {
  const std::string folder = folder_.path();
  std::atomic<int> holders = 0, taken = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (taken < 200) {
        const auto lock = DirectoryLock::Take(PosixFileSystem(), DiscardEvents(), folder);
        if (!lock.ok()) {
          EXPECT_EQ(lock.status(), Status(Error::kBackupInProgress));
          continue;
        }
        EXPECT_EQ(++holders, 1);
        ++taken;
        --holders;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(NamesIn(folder).empty());
}

// A backup among the logs would count them as copied and delete them.
TEST_F(DirectoryBackupTest, TheInstancesOwnFolderIsNoDirectoryOfABackup) {
  Start();
  ASSERT_JET_OK(Backup(0));
  Add(100, 300);
  const std::string link = folder_ / "link";
  fs::create_directory_symlink(folder_.path(), link);
  const std::vector<std::string> before = NamesIn(folder_.path());
  for (const std::string& own : {folder_.path(), link, folder_ / "backup/.."}) {
    for (const JET_GRBIT grbit : {JET_GRBIT{0}, JET_GRBIT{JET_bitBackupIncremental}}) {
      SCOPED_TRACE(own + " " + std::to_string(grbit));
      EXPECT_JET(JET_errInvalidPath, JetBackupInstanceA(instance(), own.c_str(), grbit, nullptr));
      for (const std::string& name : before) EXPECT_TRUE(Has(folder_ / name)) << name;
    }
  }
  ASSERT_JET_OK(Backup(JET_bitBackupIncremental));
  EXPECT_EQ(RestoredRows(), 400);
}

// It removes `temp`, and `old`, with all that is in them.
TEST_F(DirectoryBackupTest, TheInstancesOwnFolderIsNoPartOfADirectory) {
  Start();
  ASSERT_JET_OK(database_->engine().Term());
  database_.reset();
  for (const std::string place : {"temp", "new", "old", "temp/deeper"}) {
    SCOPED_TRACE(place);
    const JetFolder above;
    fs::create_directories(above / place);
    fs::copy(folder_ / "test.edb", above / (place + "/test.edb"));
    JetInstance instance(above, {.log_kibibytes = 128});
    ASSERT_JET_OK(instance.Init());
    JET_SESID session = JET_sesidNil;
    ASSERT_JET_OK(JetBeginSessionA(instance.handle(), &session, nullptr, nullptr));
    ASSERT_JET_OK(JetAttachDatabaseA(session, (above / (place + "/test.edb")).c_str(), 0));
    for (const JET_GRBIT grbit : {JET_GRBIT{0}, JET_GRBIT{JET_bitBackupAtomic}}) {
      EXPECT_JET(JET_errInvalidPath,
                 JetBackupInstanceA(instance.handle(), above.path().c_str(), grbit, nullptr));
      EXPECT_TRUE(Has(above / (place + "/test.edb")));
    }
  }
}

TEST_F(DirectoryBackupTest, AtomicBackupsReplaceEachOther) {
  Start();
  ASSERT_JET_OK(Backup(JET_bitBackupAtomic));
  EXPECT_EQ(NamesIn(target()), std::vector<std::string>{"new"});
  Add(100, 100);
  ASSERT_JET_OK(Backup(JET_bitBackupAtomic));
  EXPECT_EQ(NamesIn(target()), std::vector<std::string>{"new"});
  EXPECT_EQ(RestoredRows(), 200);
}

// Between two backups the older one stays until the newer one is whole.
TEST_F(DirectoryBackupTest, AFailedAtomicBackupLeavesTheOlderOne) {
  Start();
  ASSERT_JET_OK(Backup(JET_bitBackupAtomic));
  const auto found = api::ApiRegistry::Get().Instances().front();
  BackupSession::Of(*found->engine)->set_read_ahead({.retries = 0});
  ASSERT_JET_OK(JetIdle(database_->session(), JET_bitIdleFlushBuffers));
  DamageByte(folder_ / "test.edb", 5 * 4096 + 200);
  for (int i = 0; i < 2; ++i) {
    EXPECT_JET(JET_errReadVerifyFailure, Backup(JET_bitBackupAtomic));
    EXPECT_EQ(NamesIn(target()), std::vector<std::string>{"old"});
  }
  EXPECT_EQ(RestoredRows(), 100);
  DamageByte(folder_ / "test.edb", 5 * 4096 + 200);
  ASSERT_JET_OK(Backup(JET_bitBackupAtomic));
  EXPECT_EQ(NamesIn(target()), std::vector<std::string>{"new"});
}

TEST_F(DirectoryBackupTest, TheProgramMayRefuse) {
  Start();
  constexpr JET_ERR kAbortByCaller = -800;  // Not in esent.h.
  EXPECT_JET(kAbortByCaller,
             Backup(0, [](JET_SESID, JET_SNP, JET_SNT, void*) -> JET_ERR { return -1; }));
  EXPECT_TRUE(NamesIn(target()).empty());
  EXPECT_JET(JET_errNoBackup, JetEndExternalBackupInstance(instance()));
  // Too late: the backup is in force.
  EXPECT_JET_OK(Backup(0, [](JET_SESID, JET_SNP, JET_SNT what, void*) -> JET_ERR {
    return what == JET_sntComplete ? -1 : JET_errSuccess;
  }));
  EXPECT_EQ(RestoredRows(), 100);
}

TEST_F(DirectoryBackupTest, IncrementalsAddLogs) {
  Start();
  EXPECT_JET(JET_errMissingFullBackup, Backup(JET_bitBackupIncremental));
  ASSERT_JET_OK(Backup(0));
  for (int32_t i = 1; i <= 3; ++i) {
    Add(i * 100, 100);
    ASSERT_JET_OK(Backup(JET_bitBackupIncremental));
    EXPECT_NE(InfoOf(folder_ / "test.edb").bkinfoIncPrev.genLow, 0u);
  }
  EXPECT_EQ(RestoredRows(), 400);
}

TEST_F(DirectoryBackupTest, AtomicIncrementalsGoToTheNewestSet) {
  Start();
  ASSERT_JET_OK(Backup(JET_bitBackupAtomic));
  EXPECT_JET(JET_errBackupDirectoryNotEmpty, Backup(JET_bitBackupIncremental));
  Add(100, 100);
  ASSERT_JET_OK(Backup(JET_bitBackupIncremental | JET_bitBackupAtomic));
  EXPECT_EQ(RestoredRows(), 200);
  fs::rename(target() + "new", target() + "old");
  Add(200, 100);
  ASSERT_JET_OK(Backup(JET_bitBackupIncremental | JET_bitBackupAtomic));
  EXPECT_EQ(RestoredRows(), 300);
  fs::remove_all(target() + "old");
  EXPECT_JET(JET_errInvalidPath, Backup(JET_bitBackupIncremental | JET_bitBackupAtomic));
}

TEST_F(DirectoryBackupTest, WithoutADirectoryOnlyLogsGo) {
  Start();
  for (int32_t i = 1; i <= 5; ++i) Add(i * 100, 100);
  ASSERT_JET_OK(JetIdle(database_->session(), JET_bitIdleFlushBuffers));
  const size_t before = ArchivedLogs(folder_.path()).size();
  // The checkpoint moves when the engine gets to it.
  while (ArchivedLogs(folder_.path()).size() >= before) {
    ASSERT_JET_OK(JetBackupInstanceA(instance(), nullptr, 0, nullptr));
  }
  ASSERT_JET_OK(JetBackupInstanceA(instance(), "", 0, nullptr));
  EXPECT_EQ(InfoOf(folder_ / "test.edb").bkinfoFullPrev.genLow, 0u);
  ASSERT_JET_OK(JetBeginExternalBackupInstance(instance(), 0));
  EXPECT_JET(JET_errBackupInProgress, JetBackupInstanceA(instance(), nullptr, 0, nullptr));
  ASSERT_JET_OK(JetEndExternalBackupInstance2(instance(), JET_bitBackupEndAbort));
  // What is left is enough.
  EXPECT_JET(JET_errDirtyShutdown, database_->engine().Crash());
  database_ = std::make_unique<JetDatabase>(folder_);
  EXPECT_EQ(CountRows(database_->session(), database_->id()), 600);
}

TEST_F(DirectoryBackupTest, WithoutADirectoryCircularLoggingKeepsItsOwnRules) {
  Start({.log_kibibytes = 128, .circular = true});
  ASSERT_JET_OK(JetBackupInstanceA(instance(), nullptr, 0, nullptr));
  ASSERT_JET_OK(Backup(0));
  EXPECT_EQ(RestoredRows(), 100);
}

TEST_F(DirectoryBackupTest, MissingDirectory) {
  for (const ErrorRow& row : ErrorRowsOfThisTest()) {
    const JetFolder folder;
    std::unique_ptr<OneInstance> one;
    std::unique_ptr<JetDatabase> many;
    CallArguments arguments;
    arguments.folder = folder / "a/b/nowhere";
    if (IsLegacy(row.function)) {
      one = std::make_unique<OneInstance>(folder);
      one->Start();
    } else {
      many = std::make_unique<JetDatabase>(folder);
      arguments.instance = many->instance();
    }
    EXPECT_JET(row.number, CallByName(row.function, &arguments));
    EXPECT_FALSE(Has(folder / "a"));
    ASSERT_JET_OK(
        JetSetSystemParameterA(&arguments.instance, 0, JET_paramCreatePathIfNotExist, 1, nullptr));
    EXPECT_JET_OK(CallByName(row.function, &arguments));
    EXPECT_TRUE(Has(folder / "a/b/nowhere/test.pat"));
    ASSERT_JET_OK(
        JetSetSystemParameterA(&arguments.instance, 0, JET_paramCreatePathIfNotExist, 0, nullptr));
  }
}

// Damage in a file that is copied; the directory is empty again afterwards.
void ExpectDamageFound(bool in_log) {
  for (const ErrorRow& row : ErrorRowsOfThisTest()) {
    SCOPED_TRACE(row.function);
    const JetFolder folder;
    std::unique_ptr<OneInstance> one;
    std::unique_ptr<JetDatabase> many;
    CallArguments arguments;
    arguments.folder = folder / "backup";
    std::filesystem::create_directory(arguments.folder);
    JET_SESID session = 0;
    if (IsLegacy(row.function)) {
      one = std::make_unique<OneInstance>(folder);
      one->Start();
      session = one->session();
    } else {
      many = std::make_unique<JetDatabase>(folder);
      arguments.instance = many->instance();
      session = many->session();
    }
    const auto found = api::ApiRegistry::Get().Instances().front();
    BackupSession::Of(*found->engine)->set_read_ahead({.retries = 0});
    ASSERT_JET_OK(JetIdle(session, JET_bitIdleFlushBuffers));
    if (in_log) {
      // Archived by a backup that is given up; the checkpoint is not behind it yet, or an
      // incremental takes it.
      BackUpThroughApi(arguments.instance, "");
      BackUpThroughApi(arguments.instance, "", {.truncate = false});
      DamageByte(ArchivedLogs(folder.path()).back(), 6000);
      const char* path = arguments.folder.c_str();
      const JET_GRBIT grbit = JET_bitBackupIncremental;
      EXPECT_JET(row.number, IsLegacy(row.function)
                                 ? JetBackupA(path, grbit, nullptr)
                                 : JetBackupInstanceA(arguments.instance, path, grbit, nullptr));
      EXPECT_FALSE(Has(arguments.folder + "/" + NameOfPath(ArchivedLogs(folder.path()).back())));
    } else {
      DamageByte(folder / "test.edb", 5 * 4096 + 200);
      EXPECT_JET(row.number, CallByName(row.function, &arguments));
      EXPECT_TRUE(NamesIn(arguments.folder).empty());
    }
  }
}

TEST_F(DirectoryBackupTest, DamagedDatabase) { ExpectDamageFound(false); }
TEST_F(DirectoryBackupTest, DamagedLog) { ExpectDamageFound(true); }

TEST_F(DirectoryBackupTest, TwoDatabasesOfOneName) {
  Start();
  fs::create_directory(folder_ / "other");
  JET_DBID id = 0;
  ASSERT_JET_OK(JetCreateDatabaseA(database_->session(), (folder_ / "other/test.dat").c_str(),
                                   nullptr, &id, 0));
  EXPECT_JET(JET_errDatabaseDuplicate, Backup(0));
  EXPECT_TRUE(NamesIn(target()).empty());
}

// Status callbacks have no argument of their own.
struct Told {
  JET_SNT what;
  uint32_t done, total;
};
std::vector<Told>* told = nullptr;
std::function<void()>* in_begin = nullptr;

JET_ERR Note(JET_SESID, JET_SNP process, JET_SNT what, void* data) {
  EXPECT_EQ(process, JET_SNP{JET_snpBackup});
  const auto* progress = static_cast<const JET_SNPROG*>(data);
  EXPECT_EQ(progress->cbStruct, sizeof(*progress));
  told->push_back({what, progress->cunitDone, progress->cunitTotal});
  if (what == JET_sntBegin && in_begin != nullptr) (*in_begin)();
  return JET_errSuccess;
}

TEST_F(DirectoryBackupTest, TheStatusCallbackHearsOfBeginAndEnd) {
  Start();
  std::vector<Told> calls;
  told = &calls;
  ASSERT_JET_OK(Backup(0, Note));
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].what, JET_SNT{JET_sntBegin});
  EXPECT_EQ(calls[0].done, 0u);
  EXPECT_EQ(calls[1].what, JET_SNT{JET_sntComplete});
  EXPECT_EQ(calls[1].done, calls[1].total);
  EXPECT_EQ(calls[1].total, 100u);
  calls.clear();
  ASSERT_JET_OK(Backup(JET_bitBackupIncremental, Note));
  EXPECT_TRUE(calls.empty());
}

// For the calls of an external backup it is none, and they cannot end it.
TEST_F(DirectoryBackupTest, NobodyElseWorksOnIt) {
  Start();
  std::vector<Told> calls;
  told = &calls;
  std::function<void()> body = [this] {
    EXPECT_JET(JET_errBackupInProgress, JetBeginExternalBackupInstance(instance(), 0));
    EXPECT_JET(JET_errBackupInProgress, Backup(0));
    EXPECT_JET(JET_errNoBackup, JetGetAttachInfoInstanceA(instance(), nullptr, 0, nullptr));
    EXPECT_JET(JET_errNoBackup, JetEndExternalBackupInstance(instance()));
    EXPECT_JET(JET_errBackupInProgress,
               JetDetachDatabaseA(database_->session(), (folder_ / "test.edb").c_str()));
    EXPECT_JET(JET_errBackupInProgress, JetTerm2(instance(), JET_bitTermComplete));
  };
  in_begin = &body;
  EXPECT_JET_OK(Backup(0, Note));
  in_begin = nullptr;
}

TEST_F(DirectoryBackupTest, CanBeStopped) {
  Start();
  std::vector<Told> calls;
  told = &calls;
  std::function<void()> body = [this] { EXPECT_JET_OK(JetStopBackupInstance(instance())); };
  in_begin = &body;
  EXPECT_JET(JET_errBackupAbortByServer, Backup(0, Note));
  body = [this] { EXPECT_JET_OK(JetStopServiceInstance(instance())); };
  EXPECT_JET(JET_errClientRequestToStopJetService, Backup(JET_bitBackupAtomic, Note));
  in_begin = nullptr;
  EXPECT_TRUE(NamesIn(target()).empty());
}

TEST_F(DirectoryBackupTest, TerminationEndsIt) {
  Start();
  std::vector<Told> calls;
  told = &calls;
  std::thread terminator;
  const JET_INSTANCE ending = instance();
  std::function<void()> body = [&] {
    terminator = std::thread([ending] { EXPECT_JET_OK(JetTerm2(ending, JET_bitTermAbrupt)); });
    JET_ERR seen = JET_errSuccess;
    while (seen != JET_errTermInProgress) {
      seen = JetGetAttachInfoInstanceA(ending, nullptr, 0, nullptr);
    }
  };
  in_begin = &body;
  EXPECT_JET(JET_errTermInProgress, Backup(0, Note));
  in_begin = nullptr;
  terminator.join();
  EXPECT_TRUE(NamesIn(target()).empty());
}

TEST_F(DirectoryBackupTest, WideForms) {
  Start();
  const std::string path = target();
  const std::u16string wide(path.begin(), path.end());
  EXPECT_JET_OK(JetBackupInstanceW(instance(), wide.c_str(), 0, nullptr));
  EXPECT_JET_OK(JetBackupInstance(instance(), path.c_str(), JET_bitBackupIncremental, nullptr));
  EXPECT_EQ(RestoredRows(), 100);
}

}  // namespace
}  // namespace contrail::test
