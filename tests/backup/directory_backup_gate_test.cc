// While a backup still changes its directory no other one begins.

#include <gtest/gtest.h>

#include <functional>

#include "backup/directory_backup.h"
#include "tests/support/model_instance.h"
#include "tests/support/simulated_file_system.h"

namespace contrail {
namespace {

using test::ModelInstance;

constexpr char kDirectory[] = "/backup/";

// Tells of every change of a name, before it is made.
class WatchedFileSystem final : public FileSystem {
 public:
  std::function<void(const std::string& path)> changing;

  Result<std::unique_ptr<File>> Open(const std::string& path, const OpenOptions& options) override {
    return files_.Open(path, options);
  }
  std::unique_ptr<IoQueue> NewQueue(size_t depth) override { return files_.NewQueue(depth); }
  Result<bool> Exists(const std::string& path) override { return files_.Exists(path); }
  Status Rename(const std::string& from, const std::string& to) override {
    Tell(from);
    return files_.Rename(from, to);
  }
  Status Remove(const std::string& path) override {
    Tell(path);
    return files_.Remove(path);
  }
  Result<std::vector<std::string>> List(const std::string& directory) override {
    return files_.List(directory);
  }
  Status CreateDirectories(const std::string& path) override {
    return files_.CreateDirectories(path);
  }
  Status RemoveDirectory(const std::string& path) override {
    Tell(path);
    return files_.RemoveDirectory(path);
  }
  Status SyncDirectory(const std::string& path) override { return files_.SyncDirectory(path); }

 private:
  void Tell(const std::string& path) const {
    if (changing) changing(path);
  }

  test::SimulatedFileSystem files_;
};

class DirectoryBackupGateTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(model_.Start(), Status::Ok());
    ASSERT_EQ(model_.Create(), Status::Ok());
    ASSERT_EQ(model_.Fill(0, 30, std::string(300, 'a')), Status::Ok());
    ASSERT_EQ(BackUp(), Status::Ok());
  }
  Status BackUp(bool atomic = true, const std::string& directory = kDirectory) {
    DirectoryBackupRequest request;
    request.directory = directory;
    request.atomic = atomic;
    request.create_directory = true;
    request.interrupted = [this] {
      if (stop_after_ == 0) return Status(Error::kTermInProgress);
      --stop_after_;
      return Status::Ok();
    };
    return BackUpToDirectory(model_.engine(), request);
  }
  // From now on the backup has to be running, so that no other one can begin, at every change of
  // a name in the directory.
  void Watch(const std::string& directory) {
    files_.changing = [this, directory](const std::string& path) {
      if (!path.starts_with(directory)) return;
      changes_.push_back(path);
      EXPECT_TRUE(model_.engine().backup_gate().active()) << path;
    };
  }
  bool Changed(const std::string& path) const {
    return std::find(changes_.begin(), changes_.end(), path) != changes_.end();
  }

  WatchedFileSystem files_;
  ModelInstance model_{files_, DiscardEvents()};
  size_t stop_after_ = ~size_t{0};  // The questions that are answered with yes.
  std::vector<std::string> changes_;
};

TEST_F(DirectoryBackupGateTest, ABackupThatSucceeds) {
  Watch(kDirectory);
  ASSERT_EQ(BackUp(), Status::Ok());
  EXPECT_TRUE(Changed("/backup/new"));
  EXPECT_TRUE(Changed("/backup/old/data.edb"));
  EXPECT_TRUE(Changed("/backup/old"));
}

TEST_F(DirectoryBackupGateTest, ABackupThatFails) {
  Watch(kDirectory);
  stop_after_ = 5;
  ASSERT_EQ(BackUp(), Status(Error::kTermInProgress));
  EXPECT_TRUE(Changed("/backup/temp"));
  Watch("/plain/");
  stop_after_ = 5;
  ASSERT_EQ(BackUp(/*atomic=*/false, "/plain/"), Status(Error::kTermInProgress));
  EXPECT_TRUE(Changed("/plain/data.edb"));
}

}  // namespace
}  // namespace contrail
