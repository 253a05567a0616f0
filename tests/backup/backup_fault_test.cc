// A backup into a set with any one operation of the disk failing, once or for good: what says it
// succeeded can be restored, and what failed leaves an instance that can be started and backed up.

#include <gtest/gtest.h>

#include "backup/set/backup_set_reader.h"
#include "backup/set/backup_set_writer.h"
#include "backup/set/restore_set.h"
#include "tests/support/failure_points.h"
#include "tests/support/model_instance.h"

namespace contrail {
namespace {

using test::Model;
using test::ModelInstance;
using test::SimulatedFileSystem;

constexpr char kSet[] = "/set/";

SetBackupRequest Request(BackupScope kind) {
  SetBackupRequest request;
  request.set_folder = kSet;
  request.kind = kind;
  return request;
}

Model Restored(SimulatedFileSystem& files) {
  RestoreSetRequest request;
  request.set_folder = kSet;
  request.to = "/to/";
  request.background_threads = false;
  EXPECT_EQ(RestoreSet(files, DiscardEvents(), request).status(), Status::Ok());
  ModelInstance copy(files, DiscardEvents(), ModelInstance::SmallOptions("/to/"));
  EXPECT_EQ(copy.Start(), Status::Ok());
  EXPECT_EQ(copy.Attach("/to/data.edb"), Status::Ok());
  const Result<Model> contents = copy.Contents("/to/data.edb");
  EXPECT_EQ(contents.status(), Status::Ok());
  return contents.ok() ? *contents : Model();
}

TEST(BackupFaultTest, NothingIsClaimedThatCannotBeRestored) {
  SimulatedFileSystem first;
  Model expected;
  {
    ModelInstance model(first, DiscardEvents());
    ASSERT_EQ(model.Start(), Status::Ok());
    ASSERT_EQ(model.Create(), Status::Ok());
    ASSERT_EQ(model.Fill(0, 60, std::string(300, 'a')), Status::Ok());
    ASSERT_EQ(BackUpToSet(model.engine(), Request(BackupScope::kFull)).status(), Status::Ok());
    ASSERT_EQ(model.Fill(40, 40, "more"), Status::Ok());
    const Result<Model> contents = model.Contents();
    ASSERT_TRUE(contents.ok());
    expected = *contents;
    ASSERT_EQ(model.engine().Terminate(TerminateMode::kComplete), Status::Ok());
  }
  size_t succeeded = 0;
  size_t failed = 0;
  const test::Fault fault{.kinds = test::kSyncOperation | test::kNameOperation |
                                   test::kCreateOperation | test::kSyncDirectoryOperation};
  test::ForEachFailurePoint(
      first.Current(), fault, [&](SimulatedFileSystem& files, const test::Fault& now) {
        SCOPED_TRACE(testing::Message() << "operation " << now.number
                                        << (now.persistent ? " and all later ones" : ""));
        bool backed_up = false;
        {
          ModelInstance model(files, DiscardEvents());
          Status status = model.Start();
          if (status.ok()) status = model.Attach();
          if (status.ok()) {
            backed_up = BackUpToSet(model.engine(), Request(BackupScope::kIncremental)).ok();
            EXPECT_FALSE(model.engine().backup_gate().active());
          }
          if (model.engine().running()) {
            model.engine().Terminate(TerminateMode::kCrash).Ignore();
          }
        }
        ++(backed_up ? succeeded : failed);
        SimulatedFileSystem after(files.Current());
        if (backed_up) {
          std::vector<SetFault> faults;
          const Result<BackupSetReader> set = BackupSetReader::Open(after, DiscardEvents(), kSet);
          ASSERT_TRUE(set.ok());
          ASSERT_EQ(set->entries().size(), 2u);
          ASSERT_EQ(set->Verify(nullptr, &faults), Status::Ok());
          EXPECT_TRUE(faults.empty());
        } else {
          ModelInstance model(after, DiscardEvents());
          ASSERT_EQ(model.Start(), Status::Ok());
          ASSERT_EQ(model.Attach(), Status::Ok());
          ASSERT_EQ(BackUpToSet(model.engine(), Request(BackupScope::kFull)).status(),
                    Status::Ok());
        }
        EXPECT_EQ(Restored(after), expected);
      });
  EXPECT_GT(succeeded, 0u);
  EXPECT_GT(failed, 0u);
}

}  // namespace
}  // namespace contrail
