// Damage in a set: found, named, marked, and never built upon.

#include <absl/strings/str_replace.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>

#include "backup/set/set_folder.h"
#include "backup/set/stored_file.h"
#include "tests/support/backup_set_fixture.h"

namespace contrail {
namespace {

class SetDamageTest : public test::BackupSetFixture {
 protected:
  std::vector<std::string> AllFiles() {
    std::vector<std::string> paths;
    for (const std::string& folder : Names(kSet)) {
      if (folder == ".lock") continue;
      for (const std::string& name : Names(kSet + folder + "/")) {
        paths.push_back(kSet + folder + "/" + name);
      }
    }
    return paths;
  }
  uint64_t SizeOf(const std::string& path) {
    const auto file = files_.Open(path, {.mode = FileMode::kReadOnly});
    EXPECT_TRUE(file.ok());
    return file.ok() ? *(*file)->Size() : 0;
  }
};

// CONTRAIL_SET_FLIPS=10000 takes as many.
TEST_F(SetDamageTest, EveryFlippedBitIsFound) {
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  ASSERT_EQ(BackUp(BackupScope::kDifferential).status(), Status::Ok());
  ASSERT_EQ(BackUp(BackupScope::kIncremental).status(), Status::Ok());
  ASSERT_TRUE(Verify(files_).empty());
  const std::vector<std::string> paths = AllFiles();
  std::vector<uint64_t> ends;  // Every byte of the set is as likely as any other.
  uint64_t total = 0;
  for (const std::string& path : paths) ends.push_back(total += SizeOf(path));

  const char* asked = std::getenv("CONTRAIL_SET_FLIPS");
  const int flips = asked != nullptr ? std::atoi(asked) : 200;
  constexpr uint64_t kSeed = 20261122;
  std::mt19937_64 random(kSeed);
  int found = 0;
  for (int i = 0; i < flips; ++i) {
    // Each file first, however small.
    const bool first = static_cast<size_t>(i) < paths.size();
    const uint64_t place = first ? ends[static_cast<size_t>(i)] - 1 : random() % total;
    const size_t index =
        static_cast<size_t>(std::upper_bound(ends.begin(), ends.end(), place) - ends.begin());
    const uint64_t offset = place - (index == 0 ? 0 : ends[index - 1]);
    const int bit = static_cast<int>(random() % 8);
    FlipBit(paths[index], offset, bit);
    const std::vector<SetFault> faults = Verify(files_);
    EXPECT_FALSE(faults.empty()) << paths[index] << " byte " << offset << " bit " << bit
                                 << ", seed " << kSeed;
    found += faults.empty() ? 0 : 1;
    FlipBit(paths[index], offset, bit);
  }
  std::cout << found << " of " << flips << " flipped bits found in " << total << " bytes, seed "
            << kSeed << "\n";
  EXPECT_TRUE(Verify(files_).empty());
}

TEST_F(SetDamageTest, TheChunkIsNamed) {
  // More than one chunk, and nothing that compresses.
  std::mt19937 random(3);
  for (int i = 0; i < 900; ++i) {
    std::string value(3000, ' ');
    for (char& letter : value) letter = static_cast<char>(random());
    ASSERT_EQ(model_.Put("big" + std::to_string(i), value), Status::Ok());
  }
  AttachedDatabase* attached = model_.engine().FindDatabase(test::ModelInstance::kDatabase);
  ASSERT_EQ(attached->database().pages().FlushAll(), Status::Ok());
  const auto made = BackUp(BackupScope::kFull);
  ASSERT_EQ(made.status(), Status::Ok());
  const SetFile& database = made->manifest.files.front();
  ASSERT_GE(database.chunks.size(), 3u);
  const std::string stored = made->folder + database.stored_name;
  const auto content = [&] {
    std::string text;
    StoredFileFacts facts;
    const auto take = [&](Bytes bytes) {
      text += AsText(bytes);
      return Status::Ok();
    };
    ReadStoredFile(files_, stored, take, &facts).Ignore();  // The frame's own checksum is wrong.
    return text;
  };
  const std::string before = content();
  // Among blocks that cannot be compressed and lie in the frame as they are.
  FlipBit(stored, SizeOf(stored) / 2, 3);
  const std::string after = content();
  const auto differs = std::mismatch(before.begin(), before.end(), after.begin(), after.end());
  ASSERT_NE(differs.first, before.end());
  const auto chunk = (differs.first - before.begin()) / static_cast<int64_t>(kChunkBytes);
  const std::vector<SetFault> faults = Verify(files_);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_GT(chunk, 0);
  EXPECT_EQ(faults[0].chunk, chunk);
  EXPECT_EQ(faults[0].offset, chunk * static_cast<int64_t>(kChunkBytes));
  EXPECT_EQ(faults[0].file, stored);
  EXPECT_THAT(faults[0].what,
              testing::StartsWith("Chunk " + std::to_string(chunk) + ", from byte " +
                                  std::to_string(chunk * static_cast<int64_t>(kChunkBytes))));
}

// Another version's manifest is no damage: it is told apart, never marked, and never built upon.
TEST_F(SetDamageTest, AnotherFormatIsNoDamage) {
  const auto made = BackUp(BackupScope::kFull);
  ASSERT_EQ(made.status(), Status::Ok());
  const Result<std::string> text = ReadTextFile(files_, made->folder + kManifestName);
  ASSERT_TRUE(text.ok());
  const std::string other = absl::StrReplaceAll(*text, {{"\"format\": 2", "\"format\": 3"}});
  ASSERT_NE(other, *text);
  for (const char* name : {kManifestName, kManifestHashName}) {
    ASSERT_EQ(files_.Remove(made->folder + name), Status::Ok());
  }
  ASSERT_EQ(WriteTextFile(files_, made->folder + kManifestName, other), Status::Ok());
  ASSERT_EQ(WriteTextFile(files_, made->folder + kManifestHashName, HashText(other) + "\n"),
            Status::Ok());

  const BackupSetReader set = Open(files_);
  ASSERT_EQ(set.entries().size(), 1u);
  EXPECT_TRUE(set.entries()[0].of_other_format());
  const std::vector<SetFault> faults = Verify(files_);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].status, Status(Error::kInvalidDatabaseVersion));
  EXPECT_THAT(faults[0].what, testing::HasSubstr("does not read"));
  EXPECT_EQ(*set.MarkDamaged(faults), 0u);
  EXPECT_EQ(set.ChainTo(0).status(), Status(Error::kInvalidDatabaseVersion));
  EXPECT_FALSE(BackUp(BackupScope::kIncremental).ok());
}

TEST_F(SetDamageTest, AMarkStaysAndNothingGoesOnFromIt) {
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  const std::string stored = std::string(kSet) + "000001-full/data.edb.lz4";
  FlipBit(stored, 300, 1);
  const BackupSetReader set = Open(files_);
  std::vector<SetFault> faults;
  ASSERT_EQ(set.Verify(nullptr, &faults), Status::Ok());
  ASSERT_FALSE(faults.empty());
  EXPECT_EQ(*set.MarkDamaged(faults), 1u);
  // Durable, and there whatever becomes of the file.
  test::SimulatedFileSystem after(files_.Crash(test::CrashPolicy::kDropUnsynced, 1));
  EXPECT_TRUE(Open(after).entries()[0].damaged);
  FlipBit(stored, 300, 1);
  EXPECT_TRUE(Open(files_).entries()[0].damaged);
  EXPECT_TRUE(Verify(files_).empty());
  EXPECT_EQ(*Open(files_).MarkDamaged(faults), 0u);

  EXPECT_EQ(BackUp(BackupScope::kIncremental).status(), Status(Error::kMissingFullBackup));
  EXPECT_THAT(events_.Last(206).text, testing::HasSubstr("damaged"));
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  EXPECT_EQ(BackUp(BackupScope::kIncremental).status(), Status::Ok());
  // Whoever has nothing else may try: what is read is verified.
  EXPECT_FALSE(Restored(1).empty());
}

// What only a replay has shown, only a replay takes back.
TEST_F(SetDamageTest, AMarkGoesWithTheProofThatItWants) {
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  const SetFault read{1, "data.edb.lz4", "x", Error::kReadVerifyFailure, -1, -1, false};
  const SetFault replayed{2, "data.edb", "y", Error::kReadVerifyFailure, -1, -1, true};
  ASSERT_EQ(Open(files_).CountUnmarked({read, replayed}), 2u);
  ASSERT_EQ(*Open(files_).MarkDamaged({read, replayed}), 2u);
  ASSERT_EQ(Open(files_).CountUnmarked({read, replayed}), 0u);
  const auto numbers = [](const std::vector<const SetEntry*>& entries) {
    std::vector<uint32_t> list;
    for (const SetEntry* entry : entries) list.push_back(entry->manifest.number);
    return list;
  };
  const uint32_t newest = 0;
  const uint32_t first = 1;
  const BackupSetReader set = Open(files_);
  EXPECT_EQ(numbers(set.ProvenGood(nullptr)), std::vector<uint32_t>{1});
  EXPECT_EQ(numbers(set.ProvenGood(&first)), std::vector<uint32_t>{1});
  EXPECT_EQ(numbers(set.ProvenGood(&newest)), (std::vector<uint32_t>{1, 2}));
  for (const SetEntry* entry : set.ProvenGood(&newest)) {
    EXPECT_EQ(RemoveDamageMark(files_, entry->folder), Status::Ok());
    EXPECT_EQ(RemoveDamageMark(files_, entry->folder), Status::Ok());
  }
  test::SimulatedFileSystem after(files_.Crash(test::CrashPolicy::kDropUnsynced, 1));
  EXPECT_TRUE(Open(after).ProvenGood(&newest).empty());
  // A mark that cannot be read says nothing of what it wants.
  ASSERT_EQ(WriteTextFile(files_, std::string(kSet) + "000001-full/" + kDamageMarkName, "?"),
            Status::Ok());
  EXPECT_TRUE(Open(files_).ProvenGood(nullptr).empty());
}

// Found damaged while an incremental backup is made: that one must not let the logs go.
TEST_F(SetDamageTest, AMarkThatComesMeanwhileIsSeen) {
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  ASSERT_EQ(model_.Fill(0, 100, "more"), Status::Ok());
  SetBackupRequest request = RequestOf(BackupScope::kIncremental);
  request.progress = [&](const SetProgress&) {
    EXPECT_TRUE(Open(files_).MarkDamaged({{1, "x", "Wrong.", Error::kReadVerifyFailure}}).ok());
    return true;
  };
  EXPECT_EQ(BackUpToSet(model_.engine(), request).status(), Status(Error::kMissingFullBackup));
  EXPECT_EQ(Open(files_).entries().size(), 1u);
  EXPECT_FALSE(model_.engine().backup_gate().active());
}

TEST_F(SetDamageTest, WhatOnlyCannotBeReadIsNotMarked) {
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  EXPECT_EQ(*Open(files_).MarkDamaged({{1, "x", "Busy.", Error::kFileAccessDenied}}), 0u);
  EXPECT_FALSE(Open(files_).entries()[0].damaged);
}

// The number behind it would be 0, and the backup be seen by nobody.
TEST_F(SetDamageTest, NumbersComeToAnEnd) {
  const std::string last = std::string(kSet) + "4294967295-full/";
  ASSERT_EQ(files_.CreateDirectories(last), Status::Ok());
  EXPECT_EQ(BackUp(BackupScope::kFull).status(), Status(Error::kInvalidBackupSequence));
  EXPECT_EQ(events_.Last(214).file, last);
  EXPECT_EQ(Names(kSet).size(), 2u);  // The folder, and the lock.
}

// Of a restore that fails: the damage, and what can be had instead.
TEST_F(SetDamageTest, ARestoreThatFailsNamesTheNewestThatIsWhole) {
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  FlipBit(std::string(kSet) + "000002-full/data.edb.lz4", 300, 1);
  EXPECT_EQ(RestoreSet(files_, events_, RestoreTo("/to/")).status(),
            Status(Error::kReadVerifyFailure));
  EXPECT_THAT(events_.Last(454).text, testing::HasSubstr("--number 1."));
  EXPECT_FALSE(Restored(1).empty());
}

TEST_F(SetDamageTest, MissingPartsAreFound) {
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  ASSERT_EQ(BackUp(BackupScope::kIncremental).status(), Status::Ok());
  ASSERT_EQ(BackUp(BackupScope::kIncremental).status(), Status::Ok());
  const std::string second = std::string(kSet) + "000002-incremental";
  ASSERT_EQ(files_.Rename(second, "/elsewhere"), Status::Ok());
  const std::vector<SetFault> faults = Verify(files_);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].number, 3u);
  EXPECT_EQ(faults[0].status, Status(Error::kMissingRestoreLogFiles));
  ASSERT_EQ(files_.Rename("/elsewhere", second), Status::Ok());
  ASSERT_EQ(files_.Remove(second + "/" + Names(second + "/").front()), Status::Ok());
  EXPECT_FALSE(Verify(files_).empty());
}

}  // namespace
}  // namespace contrail
