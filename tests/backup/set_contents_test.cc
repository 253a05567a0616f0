// What tables held when they were backed up: recorded, and held against what a replay gives.
// Beside others who write: tests/backup/set_contents_load_test.cc.

#include <absl/synchronization/notification.h>
#include <gmock/gmock.h>

#include <cstring>
#include <set>
#include <thread>

#include "backup/backup_session.h"
#include "backup/set/backup_set_reader.h"
#include "backup/set/backup_set_writer.h"
#include "backup/set/set_folder.h"
#include "backup/set/stored_file.h"
#include "backup/set/verify_replay.h"
#include "storage/page_checksum.h"
#include "tests/support/engine_under_test.h"
#include "tests/support/simulated_file_system.h"

namespace contrail {
namespace {

using test::EngineUnderTest;
using test::LedgerSession;

constexpr char kSet[] = "/set/";

class SetContentsTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(engine_.Start(), Status::Ok());
    ASSERT_EQ(engine_.CreateLedger(), Status::Ok());
    LedgerSession session(engine_);
    ASSERT_EQ(session.open_status(), Status::Ok());
    ASSERT_EQ(session.Begin(), Status::Ok());
    for (int64_t id = 0; id < 200; ++id) {
      const std::string note(id % 20 == 0 ? 20'000 : 40, static_cast<char>('a' + id % 26));
      ASSERT_EQ(session.Insert(id, {static_cast<int32_t>(id), note}), Status::Ok());
    }
    ASSERT_EQ(session.Commit(), Status::Ok());
  }

  Result<SetBackupResult> BackUp(BackupScope kind) {
    SetBackupRequest request;
    request.set_folder = kSet;
    request.kind = kind;
    request.record_contents = true;
    return BackUpToSet(engine_.instance(), request);
  }
  ReplayVerification Replay(uint32_t number) {
    RestoreSetRequest request;
    request.set_folder = kSet;
    request.to = "/scratch" + std::to_string(++scratches_) + "/";
    request.number = number;
    request.background_threads = false;
    const auto result = VerifyByReplay(files_, events_, request);
    EXPECT_EQ(result.status(), Status::Ok());
    return result.ok() ? *result : ReplayVerification();
  }
  void Insert(int64_t id, int32_t amount) {
    LedgerSession session(engine_);
    ASSERT_EQ(session.Begin(), Status::Ok());
    ASSERT_EQ(session.Insert(id, {amount, "note"}), Status::Ok());
    ASSERT_EQ(session.Commit(), Status::Ok());
  }
  // A full backup and two that go on from it. The full one holds kMarked in a page of its database.
  std::vector<SetBackupResult> BackUpChain() {
    std::vector<SetBackupResult> chain;
    Insert(1000, kMarked);
    EXPECT_EQ(engine_.database().database().pages().FlushAll(), Status::Ok());
    for (const auto kind :
         {BackupScope::kFull, BackupScope::kIncremental, BackupScope::kIncremental}) {
      Insert(1001 + static_cast<int64_t>(chain.size()), 1);
      auto made = BackUp(kind);
      EXPECT_EQ(made.status(), Status::Ok());
      chain.push_back(made.ok() ? *made : SetBackupResult());
    }
    return chain;
  }
  // As if the backups from this one on had been made so: their manifests say what they are.
  void WriteManifests(std::vector<SetBackupResult>& chain, size_t first) {
    for (size_t i = first; i < chain.size(); ++i) {
      SetManifest& manifest = chain[i].manifest;
      if (i > 0) manifest.previous_hash = HashText(chain[i - 1].manifest.ToJson());
      for (const char* name : {kManifestName, kManifestHashName}) {
        ASSERT_EQ(files_.Remove(chain[i].folder + name), Status::Ok());
      }
      const std::string text = manifest.ToJson();
      ASSERT_EQ(WriteTextFile(files_, chain[i].folder + kManifestName, text), Status::Ok());
      ASSERT_EQ(WriteTextFile(files_, chain[i].folder + kManifestHashName, HashText(text) + "\n"),
                Status::Ok());
    }
  }
  // Another number in place of kMarked, with right checksums and hashes.
  void ChangeDatabase(SetBackupResult& full) {
    SetFile& database = full.manifest.files.front();
    const std::string path = full.folder + database.stored_name;
    std::string content;
    StoredFileFacts facts;
    const auto take = [&](Bytes bytes) {
      content += AsText(bytes);
      return Status::Ok();
    };
    ASSERT_EQ(ReadStoredFile(files_, path, take, &facts), Status::Ok());
    const size_t at = content.find(AsText(BytesOf(kMarked)));
    ASSERT_NE(at, std::string::npos);
    content[at] ^= 1;
    const size_t page_size = full.manifest.page_size;
    const size_t index = at / page_size;  // Behind two headers page 1 comes.
    SealPage({reinterpret_cast<std::byte*>(content.data()) + index * page_size, page_size},
             static_cast<PageNumber>(index - 1));
    ASSERT_EQ(files_.Remove(path), Status::Ok());
    auto writer = StoredFileWriter::Create(files_, path);
    ASSERT_EQ(writer.status(), Status::Ok());
    for (size_t offset = 0; offset < content.size();) {
      AlignedBuffer block = (*writer)->TakeBlock();
      const size_t count = std::min(block.size(), content.size() - offset);
      std::memcpy(block.data(), content.data() + offset, count);
      ASSERT_EQ((*writer)->Add(std::move(block), count), Status::Ok());
      offset += count;
    }
    auto stored = (*writer)->Finish();
    ASSERT_EQ(stored.status(), Status::Ok());
    database.hash = stored->hash;
    database.stored_hash = stored->stored_hash;
    database.stored_bytes = stored->stored_bytes;
    database.chunks = stored->chunks;
  }
  static std::set<uint32_t> NumbersOf(const std::vector<SetFault>& faults) {
    std::set<uint32_t> numbers;
    for (const SetFault& fault : faults) numbers.insert(fault.number);
    return numbers;
  }
  static constexpr int32_t kMarked = 0x5a17c3e9;
  static Bytes BytesOf(const int32_t& number) {
    return {reinterpret_cast<const std::byte*>(&number), sizeof(number)};
  }

  test::SimulatedFileSystem files_;
  test::RecordingEvents events_;
  EngineUnderTest engine_{files_, EngineUnderTest::SmallOptions("/db/")};
  int scratches_ = 0;
};

// What makes the hashes exact: where the logs of a backup end nobody can commit.
TEST_F(SetContentsTest, NothingCommitsWhereTheLogsEnd) {
  absl::Notification reached;
  absl::Notification committed;
  std::thread writer([&] {
    LedgerSession session(engine_);
    ASSERT_EQ(session.Begin(), Status::Ok());
    ASSERT_EQ(session.Insert(1000, {1, "late"}), Status::Ok());
    reached.WaitForNotification();
    ASSERT_EQ(session.Commit(), Status::Ok());
    committed.Notify();
  });
  const auto session = BackupSession::Of(engine_.instance());
  ASSERT_EQ(session->Begin(BackupKind::kFull), Status::Ok());
  bool meanwhile = true;
  const auto logs = session->LogInfo([&] {
    reached.Notify();
    meanwhile = committed.WaitForNotificationWithTimeout(absl::Milliseconds(300));
  });
  EXPECT_EQ(logs.status(), Status::Ok());
  EXPECT_FALSE(meanwhile);
  writer.join();
  EXPECT_EQ(session->End(BackupEnd::kAbort, false), Status::Ok());
}

TEST_F(SetContentsTest, OtherContentIsFound) {
  auto made = BackUp(BackupScope::kFull);
  ASSERT_EQ(made.status(), Status::Ok());
  EXPECT_EQ(made->manifest.contents.front().rows, 200u);
  // As if one row had been another when it was backed up.
  SetManifest changed = made->manifest;
  changed.contents.front().hash.front() ^= 1;
  const auto write = [&](const std::string& name, const std::string& text) {
    ASSERT_EQ(files_.Remove(made->folder + name), Status::Ok());
    ASSERT_EQ(WriteTextFile(files_, made->folder + name, text), Status::Ok());
  };
  write(kManifestName, changed.ToJson());
  write(kManifestHashName, HashText(changed.ToJson()) + "\n");
  const ReplayVerification replay = Replay(0);
  ASSERT_EQ(replay.faults.size(), 1u);
  EXPECT_THAT(replay.faults[0].what, testing::HasSubstr("Table ledger does not hold"));
}

TEST_F(SetContentsTest, TheHashTellsContents) {
  const auto first = BackUp(BackupScope::kFull);
  const auto same = BackUp(BackupScope::kCopy);
  ASSERT_TRUE(first.ok() && same.ok());
  EXPECT_EQ(first->manifest.contents, same->manifest.contents);
  {
    LedgerSession session(engine_);
    ASSERT_EQ(session.Begin(), Status::Ok());
    ASSERT_EQ(session.Replace(20, {20, std::string(19'999, 'u') + "v"}), Status::Ok());
    ASSERT_EQ(session.Commit(), Status::Ok());
  }
  const auto other = BackUp(BackupScope::kCopy);
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(other->manifest.contents.front().rows, 200u);
  EXPECT_NE(other->manifest.contents, same->manifest.contents);
}

TEST_F(SetContentsTest, ABackupThatCannotBeRestoredIsAFault) {
  const auto made = BackUp(BackupScope::kFull);
  ASSERT_EQ(made.status(), Status::Ok());
  const std::string stored = made->folder + made->manifest.files.front().stored_name;
  const auto file = files_.Open(stored, {.mode = FileMode::kReadWrite});
  ASSERT_TRUE(file.ok());
  const std::byte wrong{0x5a};
  ASSERT_EQ((*file)->Write(*(*file)->Size() / 2, {&wrong, 1}), Status::Ok());
  const ReplayVerification replay = Replay(0);
  ASSERT_EQ(replay.faults.size(), 1u);
  EXPECT_EQ(replay.faults[0].status, Status(Error::kReadVerifyFailure));
}

// The chain as a whole is replayed, and what is wrong shows there; it is one backup that is wrong.
TEST_F(SetContentsTest, ABackupIsToBlameForItsFiles) {
  const std::vector<SetBackupResult> chain = BackUpChain();
  for (const SetBackupResult& made : chain) {
    const uint32_t number = made.manifest.number;
    const std::string stored = made.folder + made.manifest.files.front().stored_name;
    const auto file = files_.Open(stored, {.mode = FileMode::kReadWrite});
    ASSERT_TRUE(file.ok());
    const uint64_t middle = *(*file)->Size() / 2;
    std::byte byte;
    for (int i = 0; i < 2; ++i) {  // And back.
      ASSERT_EQ((*file)->Read(middle, {&byte, 1}), Status::Ok());
      byte ^= std::byte{4};
      ASSERT_EQ((*file)->Write(middle, {&byte, 1}), Status::Ok());
      if (i > 0) continue;
      const ReplayVerification replay = Replay(0);
      EXPECT_EQ(NumbersOf(replay.faults), std::set<uint32_t>{number});
      EXPECT_EQ(replay.blamed, number);
      EXPECT_EQ(replay.blame, ReplayBlame::kItsFiles);
    }
    ASSERT_EQ(files_.Rename(stored, "/away"), Status::Ok());
    const ReplayVerification missing = Replay(0);
    EXPECT_EQ(NumbersOf(missing.faults), std::set<uint32_t>{number});
    ASSERT_EQ(files_.Rename("/away", stored), Status::Ok());
  }
  EXPECT_TRUE(Replay(0).faults.empty());
}

TEST_F(SetContentsTest, TheFullBackupIsToBlameForWhatItHolds) {
  std::vector<SetBackupResult> chain = BackUpChain();
  ChangeDatabase(chain[0]);
  WriteManifests(chain, 0);
  std::vector<SetFault> read;
  const auto set = BackupSetReader::Open(files_, DiscardEvents(), kSet);
  ASSERT_TRUE(set.ok());
  ASSERT_EQ(set->Verify(nullptr, &read), Status::Ok());
  ASSERT_TRUE(read.empty());  // No hash shows it.
  const ReplayVerification replay = Replay(0);
  EXPECT_EQ(NumbersOf(replay.faults), std::set<uint32_t>{1});
  EXPECT_EQ(replay.blamed, 1u);
  EXPECT_EQ(replay.blame, ReplayBlame::kItself);
  EXPECT_EQ(*set->MarkDamaged(replay.faults), 1u);
  EXPECT_TRUE(*IsMarkedDamaged(files_, chain[0].folder));
  // Nothing is left of the tries.
  EXPECT_THAT(*files_.List("/"), testing::Not(testing::Contains(testing::HasSubstr("scratch1-"))));
}

TEST_F(SetContentsTest, WhatOnlyTheWholeChainShowsIsSaidToBeSo) {
  for (const size_t wrong : {1, 2}) {
    std::vector<SetBackupResult> chain = BackUpChain();
    const uint32_t number = chain[wrong].manifest.number;
    chain[wrong].manifest.contents.front().hash.front() ^= 1;
    WriteManifests(chain, wrong);
    const ReplayVerification replay = Replay(number);
    EXPECT_EQ(NumbersOf(replay.faults), std::set<uint32_t>{number});
    EXPECT_EQ(replay.blamed, number);
    EXPECT_EQ(replay.blame, ReplayBlame::kItselfOrChain);
    LedgerSession session(engine_);
    ASSERT_EQ(session.Begin(), Status::Ok());
    for (int64_t id = 1000; id < 1004; ++id) ASSERT_EQ(session.Delete(id), Status::Ok());
    ASSERT_EQ(session.Commit(), Status::Ok());
  }
}

}  // namespace
}  // namespace contrail
