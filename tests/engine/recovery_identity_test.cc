// Which file recovery takes for which database: copies, foreign files at a known path, folders that
// were copied elsewhere.

#include <gtest/gtest.h>

#include "engine/instance.h"
#include "tests/support/model_instance.h"
#include "tests/support/recording.h"
#include "tests/support/simulated_file_system.h"

namespace contrail {
namespace {

using test::Model;
using test::ModelInstance;
using test::SimulatedFileSystem;

constexpr char kTwin[] = "/db/twin.edb";

class RecoveryIdentityTest : public testing::Test {
 protected:
  void SetUp() override {
    model_ = std::make_unique<ModelInstance>(files_, events_);
    ASSERT_EQ(model_->Start(), Status::Ok());
    ASSERT_EQ(model_->Create(), Status::Ok());
    ASSERT_EQ(model_->Fill(0, 300, std::string(300, 'a')), Status::Ok());
  }
  void Crash() { ASSERT_EQ(model_->engine().Terminate(TerminateMode::kCrash), Status::Ok()); }
  void Stop() { ASSERT_EQ(model_->engine().Terminate(TerminateMode::kComplete), Status::Ok()); }
  void Flush(const std::string& path) {
    ASSERT_EQ(model_->engine().FindDatabase(path)->database().pages().FlushAll(), Status::Ok());
  }
  void CopyFile(const std::string& from, const std::string& to) {
    auto target = files_.Open(to, {.mode = FileMode::kCreateOrTruncate});
    ASSERT_TRUE(target.ok());
    const std::string bytes = BytesOf(from);
    ASSERT_EQ((*target)->Write(0, AsBytes(bytes)), Status::Ok());
  }
  void CopyFolder(const std::string& from, const std::string& to) {
    ASSERT_EQ(files_.CreateDirectories(to), Status::Ok());
    const std::vector<std::string> names = files_.List(from).value();
    for (const std::string& name : names) CopyFile(from + name, to + name);
  }
  std::string BytesOf(const std::string& path) {
    auto file = files_.Open(path, {});
    EXPECT_TRUE(file.ok()) << path;
    std::string bytes(*(*file)->Size(), 0);
    EXPECT_TRUE((*file)->Read(0, {reinterpret_cast<std::byte*>(bytes.data()), bytes.size()}).ok());
    return bytes;
  }
  Model Contents(ModelInstance& model, const std::string& path) {
    const Result<Model> contents = model.Contents(path);
    EXPECT_EQ(contents.status(), Status::Ok());
    return contents.ok() ? *contents : Model();
  }

  SimulatedFileSystem files_;
  test::RecordingEvents events_;
  std::unique_ptr<ModelInstance> model_;
};

TEST_F(RecoveryIdentityTest, ACopyOfAnAttachedDatabaseIsRefused) {
  ASSERT_EQ(model_->engine().DetachDatabase(ModelInstance::kDatabase), Status::Ok());
  CopyFile(ModelInstance::kDatabase, kTwin);
  ASSERT_EQ(model_->Attach(), Status::Ok());
  EXPECT_EQ(model_->Attach(kTwin), Status(Error::kDatabaseSignInUse));
  EXPECT_EQ(events_.Last(488).file, kTwin);
  // To read it does no harm.
  EXPECT_EQ(model_->engine().AttachDatabase(kTwin, {.read_only = true}), Status::Ok());
  EXPECT_EQ(model_->engine().DetachDatabase(kTwin), Status::Ok());
  ASSERT_EQ(model_->engine().DetachDatabase(ModelInstance::kDatabase), Status::Ok());
  EXPECT_EQ(model_->Attach(kTwin), Status::Ok());
}

// The double-write area still has pages of the database whose copy is attached now.
TEST_F(RecoveryIdentityTest, ACopyIsNotMendedWithTheOthersPages) {
  ASSERT_EQ(model_->engine().DetachDatabase(ModelInstance::kDatabase), Status::Ok());
  CopyFile(ModelInstance::kDatabase, kTwin);
  ASSERT_EQ(model_->Attach(), Status::Ok());
  ASSERT_EQ(model_->Fill(0, 300, std::string(300, 'b')), Status::Ok());
  ASSERT_EQ(model_->engine().DetachDatabase(ModelInstance::kDatabase), Status::Ok());
  ASSERT_EQ(model_->Attach(kTwin), Status::Ok());
  const Model expected = Contents(*model_, kTwin);
  Crash();
  ModelInstance again(files_, events_);
  ASSERT_EQ(again.Start(), Status::Ok());
  ASSERT_EQ(again.Attach(kTwin), Status::Ok());
  EXPECT_TRUE(Contents(again, kTwin) == expected);
}

TEST_F(RecoveryIdentityTest, AForeignFileAtTheLoggedPathIsNotWrittenTo) {
  Flush(ModelInstance::kDatabase);  // The double-write area has its pages.
  Crash();
  ModelInstance other(files_, events_, ModelInstance::SmallOptions("/other/"));
  ASSERT_EQ(other.Start(), Status::Ok());
  ASSERT_EQ(other.Create("/other/foreign.edb"), Status::Ok());
  // Dirty, with a history of its own that is younger than what is in the area.
  ASSERT_EQ(other.engine().FindDatabase("/other/foreign.edb")->database().pages().FlushAll(),
            Status::Ok());
  CopyFile("/other/foreign.edb", ModelInstance::kDatabase);
  const std::string before = BytesOf(ModelInstance::kDatabase);
  ModelInstance again(files_, events_);
  EXPECT_EQ(again.Start(), Status(Error::kDatabaseSignInUse));
  EXPECT_TRUE(BytesOf(ModelInstance::kDatabase) == before);
}

class CopiedFolderTest : public RecoveryIdentityTest {
 protected:
  static InstanceOptions InFolder(const std::string& folder) {
    InstanceOptions options = ModelInstance::SmallOptions(folder);
    options.recovery_folder = folder;
    return options;
  }
};

TEST_F(CopiedFolderTest, LeavesTheOriginalAlone) {
  const Model expected = Contents(*model_, ModelInstance::kDatabase);
  Crash();
  CopyFolder("/db/", "/copy/");
  // Its name does not matter.
  ASSERT_EQ(files_.Rename("/copy/data.edb", "/copy/renamed.edb"), Status::Ok());
  const std::string before = BytesOf(ModelInstance::kDatabase);
  ModelInstance copy(files_, events_, InFolder("/copy/"));
  ASSERT_EQ(copy.Start(), Status::Ok());
  EXPECT_TRUE(BytesOf(ModelInstance::kDatabase) == before);
  ASSERT_EQ(copy.Attach("/copy/renamed.edb"), Status::Ok());
  EXPECT_TRUE(Contents(copy, "/copy/renamed.edb") == expected);
}

TEST_F(CopiedFolderTest, WhatIsElsewhereIsTouchedWhenItIsNamed) {
  ASSERT_EQ(model_->Create("/data/elsewhere.edb"), Status(Error::kDatabaseInvalidPath));
  ASSERT_EQ(files_.CreateDirectories("/data"), Status::Ok());
  ASSERT_EQ(model_->Create("/data/elsewhere.edb"), Status::Ok());
  ASSERT_EQ(model_->Fill(0, 100, "x", "/data/elsewhere.edb"), Status::Ok());
  // The records of its creation are behind the checkpoint.
  ASSERT_EQ(model_->engine().log().ForceNewGeneration().status(), Status::Ok());
  Flush("/data/elsewhere.edb");
  Flush(ModelInstance::kDatabase);
  ASSERT_EQ(model_->engine().transactions().CleanUpAll(), Status::Ok());
  ASSERT_EQ(model_->engine().WriteCheckpointNow(), Status::Ok());
  ASSERT_EQ(model_->Fill(0, 100, "y", "/data/elsewhere.edb"), Status::Ok());
  const Model expected = Contents(*model_, "/data/elsewhere.edb");
  Crash();
  CopyFolder("/db/", "/copy/");
  const std::string before = BytesOf("/data/elsewhere.edb");
  {
    ModelInstance copy(files_, events_, InFolder("/copy/"));
    EXPECT_EQ(copy.Start(), Status(Error::kFileNotFound));
    EXPECT_EQ(events_.Last(481).file, "/copy/elsewhere.edb");
  }
  EXPECT_TRUE(BytesOf("/data/elsewhere.edb") == before);
  InstanceOptions named = InFolder("/copy/");
  named.recovery_databases = {"/data/elsewhere.edb"};
  ModelInstance copy(files_, events_, named);
  ASSERT_EQ(copy.Start(), Status::Ok());
  ASSERT_EQ(copy.Attach("/data/elsewhere.edb"), Status::Ok());
  EXPECT_TRUE(Contents(copy, "/data/elsewhere.edb") == expected);
}

}  // namespace
}  // namespace contrail
