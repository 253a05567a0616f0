#include "storage/patient_files.h"

#include <gtest/gtest.h>

#include "tests/support/simulated_file_system.h"

namespace contrail {
namespace {

using std::chrono::milliseconds;

constexpr char kPath[] = "/file";
constexpr OpenOptions kExclusive = {.mode = FileMode::kReadWrite, .exclusive = true};

class PatientFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    holder_ = std::move(*files_.Open(kPath, {.mode = FileMode::kCreateNew, .exclusive = true}));
  }
  // Every pause counts; after `pauses_to_release_` of them the lock is given back.
  PatientFileSystem Patient(milliseconds longest) {
    return PatientFileSystem(files_, longest, [this](milliseconds pause) {
      EXPECT_GT(pause, milliseconds{0});
      paused_ += pause;
      if (++pauses_ == pauses_to_release_) holder_.reset();
    });
  }

  test::SimulatedFileSystem files_;
  std::unique_ptr<File> holder_;
  int pauses_ = 0, pauses_to_release_ = 0;
  milliseconds paused_{0};
};

TEST_F(PatientFilesTest, WaitsForALock) {
  pauses_to_release_ = 3;
  PatientFileSystem patient = Patient(milliseconds{1000});
  EXPECT_EQ(patient.Open(kPath, kExclusive).status(), Status::Ok());
  EXPECT_EQ(pauses_, 3);
  EXPECT_EQ(patient.Open(kPath, kExclusive).status(), Status::Ok());
  EXPECT_EQ(pauses_, 3);
}

TEST_F(PatientFilesTest, ForSoLongAndNoLonger) {
  PatientFileSystem patient = Patient(milliseconds{1234});
  EXPECT_EQ(patient.Open(kPath, kExclusive).status(), Status(Error::kFileAccessDenied));
  EXPECT_EQ(paused_, milliseconds{1234});
  patient.StopWaiting();
  EXPECT_EQ(patient.Open(kPath, kExclusive).status(), Status(Error::kFileAccessDenied));
  EXPECT_EQ(paused_, milliseconds{1234});
}

TEST_F(PatientFilesTest, WhoeverEmptiesAFileWaitsToo) {
  ASSERT_EQ(holder_->Resize(4096), Status::Ok());
  pauses_to_release_ = 2;
  PatientFileSystem patient = Patient(milliseconds{1000});
  const auto file = patient.Open(kPath, {.mode = FileMode::kCreateOrTruncate, .exclusive = true});
  ASSERT_EQ(file.status(), Status::Ok());
  EXPECT_EQ(pauses_, 2);
  EXPECT_EQ(*(*file)->Size(), 0u);
}

// Somebody whose lock is refused must not lose what it protects.
TEST_F(PatientFilesTest, ALockedFileIsNotEmptied) {
  ASSERT_EQ(holder_->Resize(4096), Status::Ok());
  PatientFileSystem patient = Patient(milliseconds{50});
  EXPECT_EQ(patient.Open(kPath, {.mode = FileMode::kCreateOrTruncate, .exclusive = true}).status(),
            Status(Error::kFileAccessDenied));
  EXPECT_EQ(*holder_->Size(), 4096u);
}

TEST_F(PatientFilesTest, NothingElseIsWaitedFor) {
  PatientFileSystem patient = Patient(milliseconds{1000});
  EXPECT_EQ(patient.Open(kPath, {.mode = FileMode::kReadOnly}).status(), Status::Ok());
  EXPECT_EQ(patient.Open("/absent", kExclusive).status(), Status(Error::kFileNotFound));
  EXPECT_EQ(patient.Open(kPath, {.mode = FileMode::kCreateNew, .exclusive = true}).status(),
            Status(Error::kFileAlreadyExists));
  // No right to the file, with a lock or without.
  files_.FailOperation({.error = Error::kFileAccessDenied, .persistent = true});
  EXPECT_EQ(patient.Open(kPath, kExclusive).status(), Status(Error::kFileAccessDenied));
  EXPECT_EQ(pauses_, 0);
}

}  // namespace
}  // namespace contrail
