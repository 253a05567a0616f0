// Backups as streams: written and restored in one pass, refused when a byte of them is wrong.

#include <gmock/gmock.h>

#include <iostream>
#include <random>

#include "backup/set/backup_stream_writer.h"
#include "backup/set/restore_stream.h"
#include "backup/set/stream_format.h"
#include "backup/set/verify_stream.h"
#include "tests/support/backup_set_fixture.h"
#include "tests/support/memory_stream.h"

namespace contrail {
namespace {

using test::MemorySink;
using test::MemorySource;
using test::Model;

class SetStreamTest : public test::BackupSetFixture {
 protected:
  std::string Stream(BackupScope kind) {
    MemorySink sink;
    const Result<SetBackupResult> made = BackUpToStream(model_.engine(), RequestOf(kind), sink);
    EXPECT_EQ(made.status(), Status::Ok());
    return sink.bytes();
  }
  Status Restore(std::string_view stream, const std::string& to, size_t piece = 1000) {
    MemorySource source(stream, piece);
    return RestoreStream(files_, DiscardEvents(), RestoreTo(to), source, "test").status();
  }
  Status Verify(std::string_view stream, std::vector<SetFault>* faults = nullptr) {
    MemorySource source(stream);
    Result<StreamVerification> result = VerifyStream(events_, source, "test", nullptr);
    if (result.ok() && faults != nullptr) *faults = result->faults;
    return result.status();
  }
};

TEST_F(SetStreamTest, AStreamComesBack) {
  const std::string stream = Stream(BackupScope::kCopy);
  const Model at = Now();
  ASSERT_EQ(model_.Fill(0, 100, "later"), Status::Ok());
  std::vector<SetFault> faults;
  EXPECT_EQ(Verify(stream, &faults), Status::Ok());
  EXPECT_TRUE(faults.empty());
  ASSERT_EQ(Restore(stream, "/to/"), Status::Ok());
  EXPECT_TRUE(ContentsOf("/to/") == at);
  // Nothing in the folder but what was restored, and nothing is replaced by a second one.
  EXPECT_THAT(Names("/to/"), testing::Not(testing::Contains("restore.unfinished")));
  EXPECT_EQ(Restore(stream, "/to/"), Status(Error::kBackupDirectoryNotEmpty));
  EXPECT_EQ(Restore(stream, "/bytes/", 1), Status::Ok());
}

TEST_F(SetStreamTest, NoFileIsMadeByTheWriter) {
  ASSERT_EQ(Restore(Stream(BackupScope::kCopy), "/to/"), Status::Ok());
  EXPECT_FALSE(*files_.Exists("/set/"));
}

TEST_F(SetStreamTest, BackupsMayFollowEachOther) {
  std::string stream = Stream(BackupScope::kFull);
  ASSERT_EQ(model_.Fill(300, 200, "more"), Status::Ok());
  const std::string differential = Stream(BackupScope::kDifferential);
  const Model at_differential = Now();
  ASSERT_EQ(model_.Fill(300, 20, "yet more"), Status::Ok());
  const std::string incremental = Stream(BackupScope::kIncremental);
  const Model at_incremental = Now();
  std::vector<SetFault> faults;
  EXPECT_EQ(Verify(stream + incremental, &faults), Status::Ok());
  EXPECT_TRUE(faults.empty());
  ASSERT_EQ(Restore(stream + differential, "/to2/"), Status::Ok());
  EXPECT_TRUE(ContentsOf("/to2/") == at_differential);
  ASSERT_EQ(Restore(stream + differential + incremental, "/to3/"), Status::Ok());
  EXPECT_TRUE(ContentsOf("/to3/") == at_incremental);
  // Not without their beginning, nor with two of them.
  EXPECT_EQ(Restore(incremental, "/to4/"), Status(Error::kMissingFullBackup));
  EXPECT_EQ(Restore(stream + stream, "/to5/"), Status(Error::kInvalidBackupSequence));
  EXPECT_FALSE(*files_.Exists("/to4/data.edb") || *files_.Exists("/to5/data.edb"));
}

TEST_F(SetStreamTest, AGapBetweenBackupsIsRefused) {
  const std::string full = Stream(BackupScope::kFull);
  ASSERT_EQ(model_.Fill(0, 600, std::string(300, 'b')), Status::Ok());
  AttachedDatabase* database = model_.engine().FindDatabase(test::ModelInstance::kDatabase);
  ASSERT_EQ(database->database().pages().FlushAll(), Status::Ok());
  ASSERT_EQ(model_.engine().WriteCheckpointNow(), Status::Ok());
  Stream(BackupScope::kIncremental);
  const std::string second = Stream(BackupScope::kIncremental);
  EXPECT_EQ(Restore(full + second, "/to/"), Status(Error::kMissingRestoreLogFiles));
  std::vector<SetFault> faults;
  EXPECT_EQ(Verify(full + second, &faults), Status::Ok());
  EXPECT_EQ(faults.size(), 1u);
}

TEST_F(SetStreamTest, ACutOffStreamLeavesNothing) {
  const std::string stream = Stream(BackupScope::kCopy);
  std::mt19937 random(4);
  std::vector<size_t> cuts = {
      0, 1, kStreamHeaderBytes - 1, kStreamHeaderBytes, kStreamHeaderBytes + 1, stream.size() - 1};
  for (int i = 0; i < 60; ++i) cuts.push_back(random() % stream.size());
  for (const size_t cut : cuts) {
    EXPECT_EQ(Restore(std::string_view(stream).substr(0, cut), "/to/"),
              Status(Error::kReadVerifyFailure))
        << cut;
    EXPECT_EQ(Verify(stream.substr(0, cut)), Status(Error::kReadVerifyFailure)) << cut;
    if (*files_.Exists("/to/")) {
      EXPECT_THAT(Names("/to/"), testing::Each(testing::EndsWith(".lock"))) << cut;
    }
  }
  EXPECT_EQ(Restore(stream, "/to/"), Status::Ok());
}

TEST_F(SetStreamTest, AnAlteredStreamIsRefused) {
  const std::string stream = Stream(BackupScope::kCopy);
  constexpr uint32_t kSeed = 20261122;
  std::mt19937 random(kSeed);
  for (int i = 0; i < 300; ++i) {
    std::string altered = stream;
    const size_t place = i < 64 ? static_cast<size_t>(i) : random() % stream.size();
    altered[place] = static_cast<char>(altered[place] ^ (1 << (random() % 8)));
    EXPECT_EQ(Verify(altered), Status(Error::kReadVerifyFailure)) << place << ", seed " << kSeed;
    if (i % 10 == 0) {
      EXPECT_EQ(Restore(altered, "/to/"), Status(Error::kReadVerifyFailure)) << place;
    }
  }
  EXPECT_EQ(Verify(stream + "x"), Status(Error::kReadVerifyFailure));
  EXPECT_EQ(Verify(stream + stream.substr(0, 100)), Status(Error::kReadVerifyFailure));
}

// Records cannot be left out, repeated, or come from another stream of the same content.
TEST_F(SetStreamTest, RecordsKeepTheirPlaces) {
  const std::string stream = Stream(BackupScope::kCopy);
  const std::string other = Stream(BackupScope::kCopy);
  std::vector<size_t> starts;
  for (size_t at = kStreamHeaderBytes; at < stream.size();) {
    starts.push_back(at);
    const StreamRecordHeader header =
        DecodeStreamRecordHeader(reinterpret_cast<const std::byte*>(stream.data() + at));
    at += kStreamRecordHeaderBytes + header.stored_bytes;
  }
  starts.push_back(stream.size());
  ASSERT_GT(starts.size(), 6u);
  for (size_t i = 0; i + 1 < starts.size(); ++i) {
    const std::string before = stream.substr(0, starts[i]);
    const std::string record = stream.substr(starts[i], starts[i + 1] - starts[i]);
    const std::string after = stream.substr(starts[i + 1]);
    EXPECT_EQ(Verify(before + after), Status(Error::kReadVerifyFailure)) << i;
    EXPECT_EQ(Verify(before + record + record + after), Status(Error::kReadVerifyFailure)) << i;
  }
  EXPECT_EQ(Verify(stream.substr(0, starts[1]) + other.substr(starts[1])),
            Status(Error::kReadVerifyFailure));
}

TEST_F(SetStreamTest, AReaderThatGoesAwayChangesNothing) {
  const std::string whole = Stream(BackupScope::kCopy);
  const DatabaseHeader before =
      model_.engine().FindDatabase(test::ModelInstance::kDatabase)->database().header();
  for (const size_t limit : {size_t{0}, size_t{100}, whole.size() / 2, whole.size() - 10}) {
    MemorySink sink;
    sink.set_limit(limit);
    EXPECT_EQ(BackUpToStream(model_.engine(), RequestOf(BackupScope::kFull), sink).status(),
              Status(Error::kDiskFull));
    EXPECT_FALSE(model_.engine().backup_gate().active());
  }
  MemorySink sink;
  sink.set_finish(Error::kDiskIO);
  EXPECT_EQ(BackUpToStream(model_.engine(), RequestOf(BackupScope::kFull), sink).status(),
            Status(Error::kDiskIO));
  const DatabaseHeader after =
      model_.engine().FindDatabase(test::ModelInstance::kDatabase)->database().header();
  EXPECT_EQ(after.last_full_backup.mark, before.last_full_backup.mark);
  EXPECT_EQ(Restore(Stream(BackupScope::kFull), "/to/"), Status::Ok());
}

TEST_F(SetStreamTest, AFullDiskLeavesNothing) {
  const std::string stream = Stream(BackupScope::kCopy);
  uint64_t used = 0;
  for (const std::string& name : Names("/db/")) {
    used += *(*files_.Open("/db/" + name, {.mode = FileMode::kReadOnly}))->Size();
  }
  files_.LimitCapacity(used + 30'000);
  MemorySource source(stream);
  EXPECT_EQ(RestoreStream(files_, events_, RestoreTo("/to/"), source, "test").status(),
            Status(Error::kDiskFull));
  EXPECT_THAT(Names("/to/"), testing::Each(testing::EndsWith(".lock")));
  files_.LimitCapacity(UINT64_MAX);
  EXPECT_EQ(Restore(stream, "/to/"), Status::Ok());
}

}  // namespace
}  // namespace contrail
