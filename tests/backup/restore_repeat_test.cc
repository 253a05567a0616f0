// contrail::restore after one that failed or was killed: what is left from before is not in the
// way, and what is not from before is not touched.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <contrail/backup.hpp>
#include <contrail/db.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/no_lock_wait.h"
#include "tests/support/scratch_folder.h"

namespace {

using contrail::Database;
using contrail::Error;
using contrail::Instance;
using contrail::RestoreOptions;
using contrail::Session;
using contrail::Transaction;

template <typename Call>
JET_ERR Thrown(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  return 0;
}

// Gives a stream and does something when so much has been read.
struct WatchedSource {
  const std::string& stream;
  size_t last;
  void (*at_last)();
  size_t at = 0;
  size_t read(char* data, size_t size) {
    if (at >= last) at_last();
    const size_t count = std::min({size, stream.size() - at, std::max(last, at + 1) - at});
    stream.copy(data, count, at);
    at += count;
    return count;
  }
};

class RestoreRepeatTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Instance instance(Folder("live"));
    Session session(instance);
    Database database(session, Folder("live/data.edb"), true);
    auto table = database.create_table("rows", {{"id"}}, "+id");
    Insert(session, table, 1);
    std::ostringstream out;
    high_ = contrail::backup(instance.handle(), out).generation_high;
    stream_ = out.str();
    Insert(session, table, 2);
  }
  static void Insert(const Session& session, contrail::Table& table, int64_t id) {
    Transaction transaction(session);
    table.insert().set("id", id).save();
    transaction.commit();
  }
  std::string Folder(const std::string& name) const { return folder_.path() / name; }
  RestoreOptions To(const std::string& point = {}) const {
    return {.folder = Folder("to"), .point = point};
  }
  JET_ERR Restore(const RestoreOptions& options) const {
    std::istringstream source(stream_);
    return Thrown([&] { contrail::restore(source, options); });
  }
  int64_t CountRows() const {
    Instance instance(Folder("to"));
    Session session(instance);
    const Database database(session, Folder("to/data.edb"));
    auto table = database.open_table("rows");
    int64_t rows = 0;
    for (bool more = table.first(); more; more = table.next()) ++rows;
    return rows;
  }
  std::string Workshop() const { return Folder("to/contrail-restore.unfinished"); }
  // In a process that it kills.
  template <typename Work>
  static void Killed(Work&& work) {
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        work();
      } catch (...) {
      }
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << status;
  }
  void CopySurvivors(const std::string& to) const {
    std::filesystem::create_directories(to);
    for (const auto& entry : std::filesystem::directory_iterator(Folder("live"))) {
      const std::string name = entry.path().filename();
      if (name != "edb.log" && (name.size() != 12 || !name.ends_with(".log") ||
                                std::stoul(name.substr(3, 5), nullptr, 16) <= high_)) {
        continue;
      }
      std::filesystem::copy_file(entry.path(), to + "/" + name);
    }
  }

  contrail::test::ScratchFolder folder_;
  std::string stream_;
  uint32_t high_ = 0;
};

TEST_F(RestoreRepeatTest, AWrongPointThenTheRightOne) {
  CopySurvivors(Folder("to/logs"));
  EXPECT_NE(Restore(To("2150-01-01 00:00:00")), 0);
  EXPECT_NE(Restore(To("yesterday")), 0);
  EXPECT_NE(Restore(To("1:0:0")), 0);
  EXPECT_FALSE(std::filesystem::exists(Workshop()));
  EXPECT_EQ(Restore(To()), 0);
  EXPECT_EQ(CountRows(), 1);
}

TEST_F(RestoreRepeatTest, AReplayThatWasStopped) {
  RestoreOptions stopped = To();
  stopped.status = [](JET_SESID, JET_SNP, JET_SNT what, void*) -> JET_ERR {
    return what == JET_sntProgress ? JET_errTermInProgress : JET_errSuccess;
  };
  EXPECT_NE(Restore(stopped), 0);
  EXPECT_EQ(Restore(To()), 0);
  EXPECT_EQ(CountRows(), 1);
}

TEST_F(RestoreRepeatTest, OneThatWasKilledWhileItRead) {
  for (const size_t last : {size_t{0}, size_t{1000}, stream_.size() / 2, stream_.size() - 1024}) {
    Killed([&] {
      WatchedSource source{stream_, last, [] { ::raise(SIGKILL); }};
      contrail::restore(source, To());
    });
    EXPECT_TRUE(std::filesystem::exists(Workshop()));
  }
  EXPECT_EQ(Restore(To()), 0);
  EXPECT_FALSE(std::filesystem::exists(Workshop()));
  EXPECT_EQ(CountRows(), 1);
  EXPECT_EQ(Restore(To()), JET_errFileAlreadyExists);
}

TEST_F(RestoreRepeatTest, OneThatWasKilledWhileItReplayed) {
  RestoreOptions killed = To();
  killed.status = [](JET_SESID, JET_SNP, JET_SNT what, void*) -> JET_ERR {
    if (what == JET_sntProgress) ::raise(SIGKILL);
    return JET_errSuccess;
  };
  Killed([&] { Restore(killed); });
  killed.status = [](JET_SESID, JET_SNP, JET_SNT what, void*) -> JET_ERR {
    if (what == JET_sntComplete) ::raise(SIGKILL);
    return JET_errSuccess;
  };
  Killed([&] { Restore(killed); });
  EXPECT_EQ(Restore(To()), 0);
  EXPECT_EQ(CountRows(), 1);
}

// The database's place is taken at the last moment: the logs have been moved by then.
TEST_F(RestoreRepeatTest, OneThatWasInterruptedWhileItMoved) {
  static std::string taken;
  taken = Folder("to/data.edb");
  RestoreOptions interrupted = To();
  interrupted.status = [](JET_SESID, JET_SNP, JET_SNT what, void*) -> JET_ERR {
    if (what == JET_sntComplete) std::ofstream(taken) << "somebody else's";
    return JET_errSuccess;
  };
  EXPECT_EQ(Restore(interrupted), JET_errFileAlreadyExists);
  EXPECT_TRUE(std::filesystem::exists(Folder("to/edb.log")));
  EXPECT_EQ(Restore(To()), JET_errFileAlreadyExists);
  EXPECT_EQ(std::filesystem::file_size(taken), 15u);
  std::filesystem::remove(taken);
  EXPECT_EQ(Restore(To()), 0);
  EXPECT_FALSE(std::filesystem::exists(Workshop()));
  EXPECT_EQ(CountRows(), 1);
}

// It is carried to its end, but it is not what was asked for.
TEST_F(RestoreRepeatTest, AnotherRestoreDoesNotTakeOver) {
  static std::string taken;
  taken = Folder("to/data.edb");
  RestoreOptions interrupted = To();
  interrupted.status = [](JET_SESID, JET_SNP, JET_SNT what, void*) -> JET_ERR {
    if (what == JET_sntComplete) std::ofstream(taken) << "somebody else's";
    return JET_errSuccess;
  };
  EXPECT_EQ(Restore(interrupted), JET_errFileAlreadyExists);
  std::filesystem::remove(taken);
  RestoreOptions other = To();
  other.place = [](const std::string&) { return "other.edb"; };
  EXPECT_EQ(Restore(other), JET_errFileAlreadyExists);
  EXPECT_EQ(CountRows(), 1);
}

TEST_F(RestoreRepeatTest, WhatIsNotFromBeforeIsRefused) {
  std::filesystem::create_directories(Folder("to"));
  for (const std::string name : {"data.edb", "edb00001.log"}) {
    std::ofstream(Folder("to/" + name)) << "somebody else's";
    EXPECT_EQ(Restore(To()), JET_errFileAlreadyExists) << name;
    EXPECT_EQ(std::filesystem::file_size(Folder("to/" + name)), 15u);
    std::filesystem::remove(Folder("to/" + name));
  }
  std::ofstream(Folder("to/edb.log")) << "somebody else's";
  EXPECT_NE(Restore(To()), 0);
  EXPECT_EQ(std::filesystem::file_size(Folder("to/edb.log")), 15u);
  EXPECT_EQ(Restore(To("1:0:0")), JET_errBackupDirectoryNotEmpty);
  std::filesystem::remove(Folder("to/edb.log"));
  EXPECT_EQ(Restore(To()), 0);
}

TEST_F(RestoreRepeatTest, AFolderInUseIsRefused) {
  const contrail::test::NoLockWait at_once;
  {
    const Instance instance(Folder("to"));
    EXPECT_EQ(Restore(To()), JET_errFileAccessDenied);
  }
  std::filesystem::remove_all(Folder("to"));
  const contrail::Restore other(To());
  EXPECT_EQ(Restore(To()), JET_errFileAccessDenied);
}

TEST_F(RestoreRepeatTest, LogsThatSurvivedAreReplayed) {
  CopySurvivors(Folder("to"));
  RestoreOptions stopped = To();
  stopped.status = [](JET_SESID, JET_SNP, JET_SNT what, void*) -> JET_ERR {
    return what == JET_sntProgress ? JET_errTermInProgress : JET_errSuccess;
  };
  EXPECT_NE(Restore(stopped), 0);
  EXPECT_EQ(Restore(To()), 0);
  EXPECT_EQ(CountRows(), 2);
}

}  // namespace
