// An instance with a database and a set to back it up into, on a simulated file system.

#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "backup/set/backup_set_reader.h"
#include "backup/set/backup_set_writer.h"
#include "backup/set/restore_set.h"
#include "tests/support/model_instance.h"
#include "tests/support/recording.h"
#include "tests/support/simulated_file_system.h"

namespace contrail::test {

class BackupSetFixture : public testing::Test {
 protected:
  static constexpr char kSet[] = "/set/";

  void SetUp() override {
    ASSERT_EQ(model_.Start(), Status::Ok());
    ASSERT_EQ(model_.Create(), Status::Ok());
    ASSERT_EQ(model_.Fill(0, 400, std::string(300, 'a')), Status::Ok());
  }

  SetBackupRequest RequestOf(BackupScope kind) {
    SetBackupRequest request;
    request.set_folder = kSet;
    request.kind = kind;
    return request;
  }
  // While somebody writes.
  Result<SetBackupResult> BackUp(BackupScope kind) {
    SetBackupRequest request = RequestOf(kind);
    request.progress = [&](const SetProgress&) {
      EXPECT_EQ(model_.Put("k" + std::to_string(++changes_), "v"), Status::Ok());
      return true;
    };
    return BackUpToSet(model_.engine(), request);
  }
  Model Now() {
    const Result<Model> contents = model_.Contents();
    EXPECT_EQ(contents.status(), Status::Ok());
    return contents.ok() ? *contents : Model();
  }
  static BackupSetReader Open(FileSystem& files) {
    Result<BackupSetReader> set = BackupSetReader::Open(files, DiscardEvents(), kSet);
    EXPECT_EQ(set.status(), Status::Ok());
    return std::move(*set);
  }
  static std::vector<SetFault> Verify(FileSystem& files) {
    std::vector<SetFault> faults;
    EXPECT_EQ(Open(files).Verify(nullptr, &faults), Status::Ok());
    return faults;
  }
  static RestoreSetRequest RestoreTo(const std::string& to, uint32_t number = 0) {
    RestoreSetRequest request;
    request.set_folder = kSet;
    request.to = to;
    request.number = number;
    request.background_threads = false;
    return request;
  }
  Model ContentsOf(const std::string& folder) {
    ModelInstance copy(files_, events_, ModelInstance::SmallOptions(folder));
    EXPECT_EQ(copy.Start(), Status::Ok());
    EXPECT_EQ(copy.Attach(folder + "data.edb"), Status::Ok());
    const Result<Model> contents = copy.Contents(folder + "data.edb");
    EXPECT_EQ(contents.status(), Status::Ok());
    EXPECT_EQ(copy.engine().Terminate(TerminateMode::kComplete), Status::Ok());
    return contents.ok() ? *contents : Model();
  }
  // What a restore of that backup gives.
  Model Restored(uint32_t number) {
    const std::string to = "/restored" + std::to_string(++restores_) + "/";
    const Result<RestoreSetResult> result = RestoreSet(files_, events_, RestoreTo(to, number));
    EXPECT_EQ(result.status(), Status::Ok());
    return result.ok() ? ContentsOf(to) : Model();
  }
  std::vector<std::string> Names(const std::string& folder) {
    const auto names = files_.List(folder);
    EXPECT_TRUE(names.ok());
    return names.ok() ? *names : std::vector<std::string>();
  }
  void FlipBit(const std::string& path, uint64_t offset, int bit) {
    auto file = files_.Open(path, {.mode = FileMode::kReadWrite});
    ASSERT_TRUE(file.ok());
    std::byte byte;
    ASSERT_EQ((*file)->Read(offset, {&byte, 1}), Status::Ok());
    byte ^= static_cast<std::byte>(1 << bit);
    ASSERT_EQ((*file)->Write(offset, {&byte, 1}), Status::Ok());
  }

  SimulatedFileSystem files_;
  RecordingEvents events_;
  ModelInstance model_{files_, events_};
  int changes_ = 0;
  int restores_ = 0;
};

}  // namespace contrail::test
