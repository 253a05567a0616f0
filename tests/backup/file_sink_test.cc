// <contrail/file_stream.hpp>: a backup's file appears when it is whole, and not before.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <contrail/backup.hpp>
#include <fstream>
#include <sstream>

#include "tests/support/scratch_folder.h"

namespace {

using contrail::Error;
using contrail::FileSink;

std::string Content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

class FileSinkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(path_) << "the backup of yesterday";
    ::chmod(path_.c_str(), 0600);
  }
  contrail::test::ScratchFolder folder_;
  std::string path_ = folder_.path() / "backup.tar";
  std::string part_ = path_ + ".part";
};

TEST_F(FileSinkTest, ReplacesWhatIsThereWhenItIsSynced) {
  {
    FileSink sink(path_);
    sink.write("new", 3);
    EXPECT_EQ(Content(path_), "the backup of yesterday");
    EXPECT_EQ(Content(part_), "new");
    sink.sync();
    EXPECT_EQ(Content(path_), "new");
    EXPECT_FALSE(std::filesystem::exists(part_));
    sink.write("er", 2);
    sink.sync();
  }
  EXPECT_EQ(Content(path_), "newer");
  struct ::stat file = {};
  ASSERT_EQ(::stat(path_.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
}

TEST_F(FileSinkTest, LeavesWhatIsThereWhenItIsNotSynced) {
  { FileSink(path_).write("half", 4); }
  EXPECT_EQ(Content(path_), "the backup of yesterday");
  EXPECT_FALSE(std::filesystem::exists(part_));
}

TEST_F(FileSinkTest, ABackupThatCannotBeginTakesNothingAway) {
  contrail::Instance instance(folder_.path() / "live");
  contrail::Session session(instance);
  const contrail::Database database(session, folder_.path() / "live" / "data.edb", true);
  {
    FileSink sink(path_);
    EXPECT_THROW(contrail::backup(instance.handle(), sink, {.incremental = true}), Error);
  }
  EXPECT_TRUE(Content(path_) == "the backup of yesterday");
  EXPECT_FALSE(std::filesystem::exists(part_));
}

TEST_F(FileSinkTest, TakesOverThePartOfOneThatDiedAndNoneOfOneThatLives) {
  std::ofstream(part_) << "what a process that was killed has left behind";
  FileSink sink(path_);
  sink.write("whole", 5);
  try {
    FileSink other(path_);
    FAIL() << "two sinks write one file";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), JET_errFileAccessDenied);
  }
  sink.sync();
  EXPECT_EQ(Content(path_), "whole");
}

TEST_F(FileSinkTest, FollowsLinksAndWritesToDevices) {
  const std::string link = folder_.path() / "link.tar";
  std::filesystem::create_symlink(path_, link);
  {
    FileSink sink(link);
    sink.write("new", 3);
    sink.sync();
  }
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(Content(path_), "new");
  FileSink null("/dev/null");
  null.write("x", 1);
  null.sync();
  try {
    FileSink nowhere(folder_.path() / "none" / "backup.tar");
    FAIL() << "a folder that is not there";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), JET_errFileNotFound);
  }
}

}  // namespace
