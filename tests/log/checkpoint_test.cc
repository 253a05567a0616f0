#include "log/checkpoint.h"

#include <gtest/gtest.h>

#include "log/log_event.h"
#include "tests/support/failure_points.h"
#include "tests/support/log_stream.h"
#include "tests/support/recording.h"

namespace contrail {
namespace {

using test::CrashOutcomes;
using test::CrashPoint;
using test::DiskImage;
using test::ForEachCrashPoint;
using test::NumberedPayload;
using test::RecordingEvents;
using test::SimulatedFileSystem;

constexpr char kPath[] = "/log/edb.chk";
constexpr size_t kSecondCopy = 266240;

Checkpoint MakeCheckpoint(uint32_t number, size_t state_bytes) {
  Checkpoint checkpoint;
  checkpoint.position = {number, 7, 300};
  checkpoint.signature.random = 4711;
  checkpoint.state = NumberedPayload(number, state_bytes);
  return checkpoint;
}

DiskImage Directory() {
  SimulatedFileSystem files;
  EXPECT_TRUE(files.CreateDirectories("/log").ok());
  return files.Current();
}

TEST(Checkpoint, ComesBackAsWritten) {
  SimulatedFileSystem files(Directory());
  RecordingEvents events;
  EXPECT_TRUE(ReadCheckpoint(files, events, kPath).status().Is(Error::kCheckpointFileNotFound));
  for (uint32_t i = 1; i < 10; ++i) {
    const Checkpoint written = MakeCheckpoint(i, i * 9001);
    ASSERT_TRUE(WriteCheckpoint(files, kPath, written).ok());
    const auto read = ReadCheckpoint(files, events, kPath);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->position, written.position);
    EXPECT_EQ(read->signature, written.signature);
    EXPECT_EQ(read->state, written.state);
    EXPECT_EQ(read->sequence, i);
  }
  EXPECT_TRUE(events.events().empty());
  EXPECT_TRUE(WriteCheckpoint(files, kPath, MakeCheckpoint(10, kMaxCheckpointState)).ok());
  EXPECT_TRUE(WriteCheckpoint(files, kPath, MakeCheckpoint(11, kMaxCheckpointState + 1))
                  .Is(Error::kInvalidParameter));
  EXPECT_EQ(ReadCheckpoint(files, events, kPath)->state.size(), kMaxCheckpointState);
  EXPECT_EQ(CheckpointFileName("edb"), "edb.chk");
}

TEST(Checkpoint, SurvivesPowerCutsAtEveryPoint) {
  uint32_t written = 0;
  const auto run = [&](SimulatedFileSystem& files) {
    written = 0;
    for (uint32_t i = 1; i < 8; ++i) {
      // Alternating sizes: the remains of a longer state lie behind a shorter one.
      if (!WriteCheckpoint(files, kPath, MakeCheckpoint(i, i % 3 == 0 ? 20000 : 3000)).ok()) return;
      written = i;
    }
  };
  const auto verify = [&](const DiskImage& found, const CrashPoint& point) {
    SimulatedFileSystem files(found);
    const auto read = ReadCheckpoint(files, DiscardEvents(), kPath);
    if (written == 0 && !read.ok()) {
      ASSERT_TRUE(read.status().Is(Error::kCheckpointFileNotFound)) << point.Describe();
    } else {
      ASSERT_TRUE(read.ok()) << point.Describe();
      const uint32_t number = read->position.generation;
      ASSERT_TRUE(number == written || number == written + 1) << point.Describe();
      ASSERT_EQ(test::FindNumber(read->state), number);
    }
    ASSERT_TRUE(WriteCheckpoint(files, kPath, MakeCheckpoint(99, 5000)).ok());
    ASSERT_EQ(ReadCheckpoint(files, DiscardEvents(), kPath)->position.generation, 99u);
  };
  EXPECT_GT(ForEachCrashPoint(Directory(), CrashOutcomes(8), run, verify), 100u);
}

class CheckpointDamage : public testing::Test {
 protected:
  CheckpointDamage() : files_(Directory()) {
    EXPECT_TRUE(WriteCheckpoint(files_, kPath, MakeCheckpoint(1, 200)).ok());
    EXPECT_TRUE(WriteCheckpoint(files_, kPath, MakeCheckpoint(2, 200)).ok());
    file_ = std::move(files_.Open(kPath, {.mode = FileMode::kReadWrite})).value();
  }
  void Flip(uint64_t offset) {
    std::byte value{};
    EXPECT_TRUE(file_->Read(offset, {&value, 1}).ok());
    value ^= std::byte{2};
    EXPECT_TRUE(file_->Write(offset, {&value, 1}).ok());
  }

  SimulatedFileSystem files_;
  RecordingEvents events_;
  std::unique_ptr<File> file_;
};

TEST_F(CheckpointDamage, OneDamagedCopyLeavesTheOther) {
  for (uint64_t offset = 0; offset < 96 + 200; ++offset) {
    Flip(offset);
    EXPECT_EQ(ReadCheckpoint(files_, events_, kPath)->position.generation, 2u) << offset;
    Flip(offset);
    Flip(kSecondCopy + offset);
    EXPECT_EQ(ReadCheckpoint(files_, events_, kPath)->position.generation, 1u) << offset;
    Flip(kSecondCopy + offset);
  }
  EXPECT_TRUE(events_.events().empty());
}

TEST_F(CheckpointDamage, TwoDamagedCopiesAreReported) {
  Flip(100);
  Flip(kSecondCopy + 20);
  EXPECT_TRUE(ReadCheckpoint(files_, events_, kPath).status().Is(Error::kCheckpointCorrupt));
  EXPECT_EQ(events_.Last(kEventCheckpointDamaged).file, kPath);
  for (const uint64_t size : {266340u, 5000u, 50u, 0u}) {
    ASSERT_TRUE(file_->Resize(size).ok());
    EXPECT_TRUE(ReadCheckpoint(files_, events_, kPath).status().Is(Error::kCheckpointCorrupt));
  }
  ASSERT_TRUE(WriteCheckpoint(files_, kPath, MakeCheckpoint(3, 100)).ok());
  EXPECT_EQ(ReadCheckpoint(files_, events_, kPath)->position.generation, 3u);
}

// What a newer version has written is not damaged, and is not written over.
TEST_F(CheckpointDamage, ANewerVersionIsNamed) {
  const auto set_version = [this](uint64_t copy, uint8_t version) {
    const std::byte value{version};
    ASSERT_TRUE(file_->Write(copy + 8, {&value, 1}).ok());
  };
  set_version(0, 2);
  // The other one is whole, so this one is damaged.
  EXPECT_EQ(ReadCheckpoint(files_, events_, kPath)->position.generation, 2u);
  set_version(kSecondCopy, 2);
  EXPECT_TRUE(ReadCheckpoint(files_, events_, kPath).status().Is(Error::kBadLogVersion));
  const Event event = events_.Last(kEventCheckpointDamaged);
  EXPECT_NE(event.text.find("newer version"), std::string::npos) << event.text;
  EXPECT_EQ(event.expected, "version 1");
  EXPECT_EQ(event.found, "version 2");
  EXPECT_TRUE(WriteCheckpoint(files_, kPath, MakeCheckpoint(3, 100)).Is(Error::kBadLogVersion));
  // A file that a newer version has just made: the second copy is empty.
  ASSERT_TRUE(file_->Resize(kSecondCopy).ok());
  EXPECT_TRUE(ReadCheckpoint(files_, events_, kPath).status().Is(Error::kBadLogVersion));
}

}  // namespace
}  // namespace contrail
