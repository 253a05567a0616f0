// What comes out of the files of a backup: order, trailer, retries, several at once, pauses.

#include <gtest/gtest.h>

#include <thread>

#include "backup/backup_session.h"
#include "backup/trailer_page.h"
#include "storage/page_checksum.h"
#include "tests/support/backup_client.h"
#include "tests/support/model_instance.h"
#include "tests/support/recording.h"
#include "tests/support/simulated_file_system.h"

namespace contrail {
namespace {

using test::ModelInstance;

constexpr size_t kPage = 4096;

class BackupStreamTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(model_.Start(), Status::Ok());
    ASSERT_EQ(model_.Create(), Status::Ok());
    ASSERT_EQ(model_.Fill(0, 300, std::string(200, 'a')), Status::Ok());
    session_ = BackupSession::Of(model_.engine());
  }
  Database& database() {
    return model_.engine().FindDatabase(ModelInstance::kDatabase)->database();
  }
  OpenedFile Open(const std::string& path = ModelInstance::kDatabase) {
    const Result<OpenedFile> file = session_->OpenFile(path);
    EXPECT_EQ(file.status(), Status::Ok());
    return file.ok() ? *file : OpenedFile();
  }
  size_t Read(const OpenedFile& file, MutableBytes buffer) {
    const Result<size_t> read = session_->ReadFile(file.handle, buffer);
    EXPECT_EQ(read.status(), Status::Ok());
    return read.ok() ? *read : 0;
  }

  test::SimulatedFileSystem files_;
  test::RecordingEvents events_;
  ModelInstance model_{files_, events_};
  std::shared_ptr<BackupSession> session_;
};

TEST_F(BackupStreamTest, HeaderTwicePagesTrailer) {
  ASSERT_EQ(database().pages().FlushAll(), Status::Ok());
  ASSERT_EQ(session_->Begin(BackupKind::kFull), Status::Ok());
  const OpenedFile file = Open();
  const PageNumber last = database().last_page();
  ASSERT_EQ(file.size, (uint64_t{last} + 3) * kPage);
  AlignedBuffer buffer(file.size + kPage);
  // The buffer ends exactly on the last page: the trailer comes alone, and nothing after it.
  const size_t pages = (last + 2) * kPage;
  ASSERT_EQ(Read(file, buffer.span().first(pages)), pages);
  ASSERT_EQ(Read(file, buffer.span().subspan(pages, 2 * kPage)), kPage);
  EXPECT_EQ(Read(file, buffer.span().subspan(pages + kPage, kPage)), 0u);
  EXPECT_EQ(session_->CloseFile(file.handle), Status::Ok());
  EXPECT_EQ(events_.Last(221).file, ModelInstance::kDatabase);

  const Bytes bytes = buffer.span();
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.begin() + kPage, bytes.begin() + kPage));
  HeaderFault fault;
  const Result<DatabaseHeader> header = DatabaseHeader::Decode(bytes.first(kPage), &fault);
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->signature, database().header().signature);
  EXPECT_NE(header->current_full_backup.generation_low, 0u);
  EXPECT_EQ(header->current_full_backup.generation_high, 0u);
  EXPECT_TRUE(database().header().current_full_backup.IsNull());  // Only the copy has it.
  for (PageNumber page = 1; page <= last; ++page) {
    const ChecksumState state = VerifyPageReadOnly(bytes.subspan((page + 1) * kPage, kPage), page);
    EXPECT_TRUE(state == ChecksumState::kGood || state == ChecksumState::kUninitialised) << page;
  }
  const Result<TrailerPage> trailer = TrailerPage::Decode(bytes.subspan(pages, kPage));
  ASSERT_TRUE(trailer.ok());
  EXPECT_EQ(trailer->backup.mark, header->current_full_backup.mark);
  EXPECT_EQ(trailer->backup.generation_high, model_.engine().log().CurrentGeneration());
  EXPECT_EQ(trailer->log_signature, model_.engine().log().signature());
  EXPECT_EQ(session_->End(BackupEnd::kAbort, false), Status::Ok());
}

TEST_F(BackupStreamTest, AnyPieceAndAnyAddressGiveTheSameBytes) {
  ASSERT_EQ(database().pages().FlushAll(), Status::Ok());
  session_->set_read_ahead({.read_bytes = 16 << 10, .reads_ahead = 3});
  std::vector<std::byte> first;
  for (const size_t piece : {3 * kPage, 4 * kPage, 7 * kPage, 64 * kPage, 512 * kPage}) {
    for (const size_t shift : {size_t{0}, size_t{1}, size_t{8}}) {
      SCOPED_TRACE(testing::Message() << piece << " bytes at " << shift);
      ASSERT_EQ(session_->Begin(BackupKind::kFull), Status::Ok());
      const OpenedFile file = Open();
      AlignedBuffer buffer(piece + kPage);
      std::vector<std::byte> all;
      while (const size_t count = Read(file, buffer.span().subspan(shift, piece))) {
        all.insert(all.end(), buffer.data() + shift, buffer.data() + shift + count);
      }
      ASSERT_EQ(all.size(), file.size);
      // Headers and trailer have the backup's own mark in them.
      const std::vector<std::byte> pages(all.begin() + 2 * kPage, all.end() - kPage);
      if (first.empty()) first = pages;
      EXPECT_EQ(pages, first);
      ASSERT_EQ(session_->End(BackupEnd::kAbort, false), Status::Ok());
    }
  }
}

TEST_F(BackupStreamTest, AReadThatFailsOnceIsRepeated) {
  session_->set_read_ahead({.retries = 3, .retry_pause = absl::ZeroDuration()});
  ASSERT_EQ(session_->Begin(BackupKind::kFull), Status::Ok());
  files_.FailOperation({.number = 1, .kinds = test::kReadOperation});
  ASSERT_TRUE(files_.CreateDirectories("/copy/").ok());
  EXPECT_EQ(test::CopyThrough(*session_, files_, ModelInstance::kDatabase, "/copy/data.edb"),
            Status::Ok());
  EXPECT_TRUE(files_.fault_fired());
  EXPECT_EQ(events_.Last(493).file, ModelInstance::kDatabase);
  EXPECT_EQ(session_->End(BackupEnd::kAbort, false), Status::Ok());
}

TEST_F(BackupStreamTest, AFileThatHasBeenCutOffIsNotBackedUp) {
  session_->set_read_ahead({.retries = 1, .retry_pause = absl::ZeroDuration()});
  ASSERT_EQ(database().pages().FlushAll(), Status::Ok());
  ASSERT_EQ(session_->Begin(BackupKind::kFull), Status::Ok());
  const auto file = files_.Open(ModelInstance::kDatabase, {.mode = FileMode::kReadWrite});
  ASSERT_TRUE(file.ok());
  ASSERT_EQ((*file)->Resize((uint64_t{database().last_page()} + 1) * kPage), Status::Ok());
  ASSERT_TRUE(files_.CreateDirectories("/copy/").ok());
  EXPECT_EQ(test::CopyThrough(*session_, files_, ModelInstance::kDatabase, "/copy/data.edb"),
            Status(Error::kFileIOBeyondEOF));
  EXPECT_EQ(events_.Last(476).file, ModelInstance::kDatabase);
  EXPECT_EQ(session_->End(BackupEnd::kAbort, false), Status::Ok());
}

TEST_F(BackupStreamTest, StopEndsTheWaitForARetry) {
  session_->set_read_ahead({.retries = 16, .retry_pause = absl::Hours(1)});
  ASSERT_EQ(session_->Begin(BackupKind::kFull), Status::Ok());
  files_.FailOperation({.number = 1, .kinds = test::kReadOperation, .persistent = true});
  const OpenedFile file = Open();
  std::thread reader([&] {
    AlignedBuffer buffer(64 * kPage);
    EXPECT_EQ(session_->ReadFile(file.handle, buffer.span()).status(),
              Status(Error::kBackupAbortByServer));
  });
  while (!files_.fault_fired()) std::this_thread::yield();
  session_->Stop();
  reader.join();
  EXPECT_EQ(session_->End(BackupEnd::kNormal, false), Status(Error::kBackupAbortByServer));
}

// Closing the file gives the read up, so that nobody waits for the whole of it.
TEST_F(BackupStreamTest, ClosingTheFileEndsTheWaitForARetry) {
  session_->set_read_ahead({.retries = 16, .retry_pause = absl::Hours(1)});
  ASSERT_EQ(session_->Begin(BackupKind::kFull), Status::Ok());
  files_.FailOperation({.number = 1, .kinds = test::kReadOperation, .persistent = true});
  const OpenedFile file = Open();
  std::thread reader([&] {
    AlignedBuffer buffer(64 * kPage);
    EXPECT_EQ(session_->ReadFile(file.handle, buffer.span()).status(),
              Status(Error::kInvalidParameter));
  });
  while (!files_.fault_fired()) std::this_thread::yield();
  EXPECT_EQ(session_->CloseFile(file.handle), Status::Ok());
  reader.join();
  EXPECT_EQ(session_->state(), BackupState::kDatabases);
  EXPECT_EQ(session_->End(BackupEnd::kAbort, false), Status::Ok());
}

TEST_F(BackupStreamTest, APausingClientHoldsNobodyUp) {
  session_->set_read_ahead({.read_bytes = 64 << 10, .reads_ahead = 2});
  ASSERT_EQ(session_->Begin(BackupKind::kFull), Status::Ok());
  const OpenedFile file = Open();
  AlignedBuffer buffer(8 * kPage);
  ASSERT_EQ(Read(file, buffer.span()), buffer.size());
  // All pages can be changed and written, the checkpoint moves.
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(model_.Fill(0, 300, std::string(150 + i, 'b')), Status::Ok());
    ASSERT_EQ(database().pages().FlushAll(), Status::Ok());
    ASSERT_EQ(model_.engine().RunMaintenance(), Status::Ok());
  }
  EXPECT_EQ(session_->End(BackupEnd::kAbort, false), Status::Ok());
}

TEST_F(BackupStreamTest, SeveralFilesAtOnceUpToThirtyTwo) {
  ASSERT_EQ(model_.Create("/db/other.edb"), Status::Ok());
  ASSERT_EQ(model_.Fill(0, 300, "x", "/db/other.edb"), Status::Ok());
  for (int i = 0; i < 35; ++i) {
    ASSERT_EQ(model_.Put("log", std::to_string(i)), Status::Ok());
    ASSERT_TRUE(model_.engine().log().ForceNewGeneration().ok());
  }
  ASSERT_EQ(session_->Begin(BackupKind::kFull), Status::Ok());
  std::vector<std::thread> readers;
  ASSERT_TRUE(files_.CreateDirectories("/copy/").ok());
  for (const std::string name : {"data.edb", "other.edb"}) {
    readers.emplace_back([&, name] {
      EXPECT_EQ(test::CopyThrough(*session_, files_, "/db/" + name, "/copy/" + name), Status::Ok());
    });
  }
  for (std::thread& reader : readers) reader.join();
  ASSERT_TRUE(session_->LogInfo().ok());
  std::vector<BackupHandle> handles;
  Status status;
  for (uint32_t generation = 1; status.ok(); ++generation) {
    const Result<OpenedFile> file = session_->OpenFile(model_.engine().LogPathOf(generation));
    status = file.status();
    if (file.ok()) handles.push_back(file->handle);
  }
  EXPECT_EQ(status, Status(Error::kOutOfMemory));
  EXPECT_EQ(handles.size(), BackupSession::kMaxHandles);
  EXPECT_TRUE(session_->running());
  for (const BackupHandle handle : handles) {
    EXPECT_EQ(session_->CloseFile(handle), Status::Ok());
  }
  EXPECT_EQ(session_->End(BackupEnd::kNormal, false), Status::Ok());
  EXPECT_FALSE(database().header().last_copy_backup.IsNull());
}

// Whole logs that do not belong where they lie: a restore could not use them.
TEST_F(BackupStreamTest, AnotherLogUnderTheNameEndsTheBackup) {
  ASSERT_EQ(model_.Fill(0, 600, std::string(300, 'c')), Status::Ok());  // Several generations.
  ModelInstance other(files_, events_, ModelInstance::SmallOptions("/other/"));
  ASSERT_EQ(other.Start(), Status::Ok());
  ASSERT_EQ(other.Create("/other/data.edb"), Status::Ok());
  ASSERT_EQ(other.Fill(0, 1500, std::string(300, 'b'), "/other/data.edb"), Status::Ok());
  for (const bool foreign : {true, false}) {
    SCOPED_TRACE(foreign ? "of another stream" : "of another generation");
    ASSERT_EQ(session_->Begin(BackupKind::kFull), Status::Ok());
    const Result<LogFileList> logs = session_->LogInfo();
    ASSERT_TRUE(logs.ok());
    ASSERT_GE(logs->paths.size(), 2u);
    const std::string& path = logs->paths[0];
    const std::string from =
        foreign ? "/other/" + path.substr(path.rfind('/') + 1) : logs->paths[1];
    ASSERT_EQ(files_.Rename(path, "/kept"), Status::Ok());
    ASSERT_EQ(files_.Rename(from, path), Status::Ok());
    EXPECT_EQ(session_->OpenFile(path).status(), Status(Error::kLogReadVerifyFailure));
    EXPECT_EQ(session_->state(), BackupState::kNone);
    EXPECT_EQ(events_.Last(218).file, path);
    ASSERT_EQ(files_.Rename(path, from), Status::Ok());
    ASSERT_EQ(files_.Rename("/kept", path), Status::Ok());
  }
}

TEST_F(BackupStreamTest, ADamagedLogEndsTheBackup) {
  ASSERT_EQ(session_->Begin(BackupKind::kFull), Status::Ok());
  const Result<LogFileList> logs = session_->LogInfo();
  ASSERT_TRUE(logs.ok());
  const std::string path = logs->paths.back();
  auto log = files_.Open(path, {.mode = FileMode::kReadWrite});
  ASSERT_TRUE(log.ok());
  std::byte value;
  ASSERT_EQ((*log)->Read(66000, {&value, 1}), Status::Ok());
  value ^= std::byte{4};
  ASSERT_EQ((*log)->Write(66000, {&value, 1}), Status::Ok());
  EXPECT_EQ(test::CopyThrough(*session_, files_, path, "/copied"),
            Status(Error::kLogReadVerifyFailure));
  EXPECT_EQ(events_.Last(218).file, path);
  EXPECT_EQ(events_.Last(214).error, static_cast<int32_t>(Error::kLogReadVerifyFailure));
  EXPECT_FALSE(session_->running());
}

}  // namespace
}  // namespace contrail
