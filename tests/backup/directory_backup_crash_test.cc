// A crash anywhere in an atomic backup into a directory: one of `new` and `old` can be restored,
// and is what there was at one backup or at the other.

#include <gtest/gtest.h>

#include "backup/directory_backup.h"
#include "backup/directory_restore.h"
#include "tests/support/failure_points.h"
#include "tests/support/model_instance.h"
#include "tests/support/recording.h"

namespace contrail {
namespace {

using test::CrashPolicy;
using test::DiskImage;
using test::Model;
using test::ModelInstance;
using test::SimulatedFileSystem;

constexpr char kDirectory[] = "/backup/";
constexpr char kPlace[] = "/place/";

Status BackUp(Instance& instance) {
  DirectoryBackupRequest request;
  request.directory = kDirectory;
  request.atomic = true;
  request.create_directory = true;
  return BackUpToDirectory(instance, request);
}

Result<Model> Restored(SimulatedFileSystem& disk) {
  DirectoryRestoreRequest request;
  request.source = kDirectory;
  request.destination = kPlace;
  request.instance = ModelInstance::SmallOptions(kPlace);
  RETURN_IF_ERROR(RestoreDirectory(disk, DiscardEvents(), request).status());
  ModelInstance copy(disk, DiscardEvents(), ModelInstance::SmallOptions(kPlace));
  RETURN_IF_ERROR(copy.Start());
  const std::string path = std::string(kPlace) + "data.edb";
  RETURN_IF_ERROR(copy.Attach(path));
  return copy.Contents(path);
}

TEST(DirectoryBackupCrashTest, OneWholeSetIsThereAtEveryMoment) {
  SimulatedFileSystem files;
  Model first, second;
  {
    ModelInstance model(files, DiscardEvents());
    ASSERT_EQ(model.Start(), Status::Ok());
    ASSERT_EQ(model.Create(), Status::Ok());
    ASSERT_EQ(model.Fill(0, 30, std::string(300, 'a')), Status::Ok());
    first = *model.Contents();
    ASSERT_EQ(BackUp(model.engine()), Status::Ok());
    ASSERT_EQ(model.Fill(0, 60, std::string(300, 'b')), Status::Ok());
    second = *model.Contents();
    ASSERT_EQ(model.engine().Terminate(TerminateMode::kComplete), Status::Ok());
  }
  size_t number = 0, older = 0, newer = 0;
  test::ForEachCrashPoint(
      files.Current(),
      {{.policy = CrashPolicy::kDropUnsynced}, {.policy = CrashPolicy::kKeepUnsynced}},
      [](SimulatedFileSystem& disk) {
        ModelInstance model(disk, DiscardEvents());
        if (!model.Start().ok() || !model.Attach().ok()) return;
        BackUp(model.engine()).Ignore();  // The power goes.
      },
      [&](const DiskImage& found, const test::CrashPoint& point) {
        if (++number % 5 != 0) return;
        SCOPED_TRACE(point.Describe());
        SimulatedFileSystem disk(found);
        const Result<Model> contents = Restored(disk);
        ASSERT_EQ(contents.status(), Status::Ok());
        ASSERT_TRUE(*contents == first || *contents == second);
        ++(*contents == first ? older : newer);
      });
  EXPECT_GT(older, 5u);
  EXPECT_GT(newer, 2u);
  RecordProperty("restored", static_cast<int>(older + newer));
}

}  // namespace
}  // namespace contrail
