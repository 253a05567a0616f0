// JET_paramAccessDeniedRetryPeriod: a lock that is given back while somebody tries again is no
// error.

#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "storage/file.h"
#include "tests/support/backup_fixture.h"
#include "tests/support/no_lock_wait.h"

namespace contrail::test {
namespace {

namespace fs = std::filesystem;

// Holds the lock of a file until somebody has opened it twice: once in vain, and then again.
class PassingLock {
 public:
  explicit PassingLock(const std::string& path) : path_(path) {
    Result<std::unique_ptr<File>> file =
        PosixFileSystem().Open(path, {.mode = FileMode::kReadWrite, .exclusive = true});
    EXPECT_TRUE(file.ok()) << path;
    file_ = std::move(*file);
    watch_ = inotify_init1(IN_CLOEXEC);
    // An open and the close that follows are told one by one, however late they are read.
    EXPECT_GE(inotify_add_watch(watch_, path.c_str(), IN_OPEN | IN_CLOSE), 0);
    thread_ = std::thread([this] { Run(); });
  }
  ~PassingLock() {
    for (int i = 0; i < 2; ++i) std::ifstream(path_).get();  // So that the thread ends.
    thread_.join();
    ::close(watch_);
  }

 private:
  void Run() {
    for (int opened = 0; opened < 2;) {
      alignas(inotify_event) char buffer[4096];
      const ssize_t read = ::read(watch_, buffer, sizeof buffer);
      ASSERT_GT(read, 0);
      for (ssize_t at = 0; at < read;) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
        if ((event->mask & IN_OPEN) != 0) ++opened;
        at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      }
    }
    file_.reset();
  }

  const std::string path_;
  std::unique_ptr<File> file_;
  int watch_ = -1;
  std::thread thread_;
};

class LockWaitTest : public testing::Test {
 protected:
  void SetUp() override {
    JetDatabase database(folder_);
    database.CreateRows("rows");
    ASSERT_JET_OK(AddRows(database.session(), database.id(), 0, 100));
    BackUpThroughApi(database.instance(), set_.path());
    ASSERT_EQ(database.engine().Crash(), JET_errDirtyShutdown);
  }
  JET_ERR RestoreSet() {
    std::string original = folder_ / "test.edb", path = set_ / "test.edb", folder = set_.path();
    JET_RSTMAP_A map = {original.data(), path.data()};
    return JetExternalRestoreA(folder.data(), folder.data(), &map, 1, folder.data(), 0, 0, nullptr);
  }

  const JetFolder folder_, set_;
};

// Of the log, of the double-write file, and of a database that is recovered.
TEST_F(LockWaitTest, InitWaits) {
  for (const char* name : {"edb.lock", "edb.dwa", "test.edb"}) {
    SCOPED_TRACE(name);
    const PassingLock lock(folder_ / name);
    JetInstance instance(folder_);
    ASSERT_JET_OK(instance.Init());
    ASSERT_EQ(instance.Crash(), JET_errDirtyShutdown);
  }
  JetDatabase database(folder_);
  EXPECT_EQ(CountRows(database.session(), database.id()), 100);
}

TEST_F(LockWaitTest, AttachWaits) {
  const JetFolder other;
  ASSERT_JET_OK(RestoreSet());
  fs::copy(set_ / "test.edb", other / "test.edb");
  const PassingLock lock(other / "test.edb");
  JetInstance instance(other);
  ASSERT_JET_OK(instance.Init());
  JET_SESID session = JET_sesidNil;
  ASSERT_JET_OK(JetBeginSessionA(instance.handle(), &session, nullptr, nullptr));
  EXPECT_JET_OK(JetAttachDatabaseA(session, (other / "test.edb").c_str(), 0));
}

TEST_F(LockWaitTest, RestoreWaits) {
  const PassingLock lock(set_ / "test.edb");
  EXPECT_JET_OK(RestoreSet());
}

TEST_F(LockWaitTest, NobodyWaitsForNoTime) {
  const NoLockWait at_once;
  const PassingLock log(folder_ / "edb.lock"), copy(set_ / "test.edb");
  JetInstance instance(folder_);
  EXPECT_JET(JET_errFileAccessDenied, instance.Init());
  EXPECT_JET(JET_errFileAccessDenied, RestoreSet());
}

}  // namespace
}  // namespace contrail::test
