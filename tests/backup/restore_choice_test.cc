// Which backups of a set a restore takes, what a dry run says of it, and what is said when it
// cannot be. The sets are manifests alone, so that every history can be written down.

#include "backup/set/restore_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "backup/set/restore_plan.h"
#include "backup/set/set_folder.h"
#include "log/log_files.h"
#include "tests/support/recording.h"
#include "tests/support/simulated_file_system.h"

namespace contrail {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// "2026-11-22 10:00:00.000 UTC" and minutes behind it.
std::string Minute(int minute) {
  return LogTime::FromUnixMilliseconds(1'795'341'600'000 + minute * 60'000).ToText();
}

class RestoreChoiceTest : public testing::Test {
 protected:
  // A backup at a minute. `created`: the minutes in which its generations began.
  void Write(SetManifest manifest, int minute, const std::map<uint32_t, int>& created) {
    manifest.number = ++number_;
    manifest.created = manifest.mark_time = Minute(minute);
    manifest.base_name = "edb";
    manifest.log_signature = "stream";
    manifest.page_size = 4096;
    manifest.generation_low = created.begin()->first;
    manifest.generation_high = created.rbegin()->first;
    manifest.mark = LgposText({manifest.generation_low, 1, 0});
    for (const auto& [generation, began] : created) {
      SetFile log;
      log.kind = SetFileKind::kLog;
      log.name = LogFileName("edb", generation);
      log.generation = generation;
      log.created = Minute(began);
      AddFile(&manifest, log);
    }
    const std::string folder = FolderOf(manifest);
    ASSERT_EQ(files_.CreateDirectories(folder), Status::Ok());
    for (const SetFile& file : manifest.files) {
      ASSERT_EQ(WriteTextFile(files_, folder + file.stored_name, "12345"), Status::Ok());
    }
    const std::string text = manifest.ToJson();
    ASSERT_EQ(WriteTextFile(files_, folder + kManifestName, text), Status::Ok());
    ASSERT_EQ(WriteTextFile(files_, folder + kManifestHashName, HashText(text) + "\n"),
              Status::Ok());
    last_hash_ = HashText(text);
  }
  void Full(int minute, const std::map<uint32_t, int>& created) {
    SetManifest manifest;
    SetFile database;
    database.name = "data.edb";
    database.signature = "data";
    AddFile(&manifest, database);
    Write(manifest, minute, created);
  }
  void Incremental(int minute, const std::map<uint32_t, int>& created) {
    SetManifest manifest;
    manifest.kind = BackupScope::kIncremental;
    manifest.previous_number = number_;
    manifest.previous_hash = last_hash_;
    Write(manifest, minute, created);
  }
  static void AddFile(SetManifest* manifest, SetFile file) {
    file.stored_name = file.name + ".lz4";
    file.bytes = file.stored_bytes = 5;
    file.chunks = {"00"};
    manifest->files.push_back(file);
  }
  static std::string FolderOf(const SetManifest& manifest) {
    return "/set/" + BackupFolderName(manifest.number, manifest.kind) + "/";
  }
  static RestoreSetRequest RequestOf(RestorePoint point = {}, uint32_t number = 0) {
    RestoreSetRequest request;
    request.set_folder = "/set/";
    request.to = "/to/";
    request.number = number;
    request.point = point;
    return request;
  }
  std::vector<uint32_t> Chosen(const RestoreSetRequest& request) {
    const auto set = BackupSetReader::Open(files_, events_, "/set/");
    EXPECT_TRUE(set.ok());
    const auto chain = ChooseChain(*set, events_, request);
    std::vector<uint32_t> numbers;
    if (!chain.ok()) return numbers;
    for (const SetEntry* entry : *chain) numbers.push_back(entry->manifest.number);
    return numbers;
  }
  std::vector<uint32_t> Chosen(RestorePoint point) { return Chosen(RequestOf(point)); }
  RestorePlan Plan(const RestoreSetRequest& request) {
    Result<RestorePlan> plan = PlanRestore(files_, events_, request);
    EXPECT_EQ(plan.status(), Status::Ok());
    return plan.ok() ? std::move(*plan) : RestorePlan();
  }
  void Damage(const std::string& path) {
    ASSERT_EQ(files_.Remove(path), Status::Ok());
    ASSERT_EQ(WriteTextFile(files_, path, "1234"), Status::Ok());
  }
  static RestorePoint At(Lgpos position) { return {.position = position}; }
  static RestorePoint At(int minute) { return {.time = *ParseTime(Minute(minute))}; }

  test::SimulatedFileSystem files_;
  test::RecordingEvents events_;
  uint32_t number_ = 0;
  std::string last_hash_;
};

TEST_F(RestoreChoiceTest, WhatReachesFurthestIsTaken) {
  Full(10, {{1, 0}});
  Incremental(20, {{2, 10}, {3, 12}});
  Full(30, {{3, 12}, {4, 20}});
  EXPECT_THAT(Chosen(At(Lgpos{2, 5, 0})), ElementsAre(1, 2));
  EXPECT_THAT(Chosen(At(Lgpos{4, 5, 0})), ElementsAre(3));
  EXPECT_THAT(Chosen(At(15)), ElementsAre(1, 2));
  EXPECT_THAT(Chosen(At(35)), ElementsAre(3));
  EXPECT_THAT(Chosen(At(5)), IsEmpty());
}

// After a restore of backup 1 generations from 2 on came again.
TEST_F(RestoreChoiceTest, AnAbandonedHistoryIsNotTaken) {
  Full(10, {{1, 0}});
  Incremental(20, {{2, 10}, {3, 11}, {4, 12}, {5, 13}, {6, 14}});
  Full(30, {{3, 25}});
  EXPECT_THAT(Chosen(At(Lgpos{3, 0xffff, 0xffff})), ElementsAre(3));
  Incremental(40, {{3, 25}, {4, 31}});
  EXPECT_THAT(Chosen(At(35)), ElementsAre(3, 4));
  EXPECT_THAT(Chosen(At(Lgpos{3, 0xffff, 0xffff})), ElementsAre(3, 4));
  EXPECT_THAT(Chosen(At(15)), ElementsAre(1, 2));  // Before the newer history's first backup.
}

TEST_F(RestoreChoiceTest, TheNewestThatIsWholeIsNamed) {
  Full(10, {{1, 0}});
  Incremental(20, {{2, 10}});
  Full(30, {{3, 20}});
  Damage("/set/000003-full/manifest.json");
  EXPECT_THAT(Chosen(RequestOf()), IsEmpty());
  EXPECT_THAT(events_.Last(454).text, HasSubstr("Backup 3 cannot be restored"));
  EXPECT_THAT(events_.Last(454).text, HasSubstr("--number 2."));
  // A part of the chain.
  Damage("/set/000002-incremental/manifest.json");
  EXPECT_THAT(Chosen(RequestOf({}, 2)), IsEmpty());
  EXPECT_THAT(events_.Last(454).text, HasSubstr("--number 1."));
  EXPECT_THAT(Chosen(RequestOf({}, 9)), IsEmpty());
  EXPECT_THAT(events_.Last(454).text, HasSubstr("no such backup"));
}

TEST_F(RestoreChoiceTest, ADryRunSaysWhatIsKnownToBeDamaged) {
  Full(10, {{1, 0}});
  EXPECT_THAT(Plan(RequestOf()).objections, IsEmpty());
  ASSERT_EQ(MarkDamaged(files_, "/set/000001-full/", {}), Status::Ok());
  EXPECT_THAT(Plan(RequestOf()).objections, ElementsAre(HasSubstr("Backup 1 has been found")));
  Damage("/set/000001-full/data.edb.lz4");
  EXPECT_EQ(Plan(RequestOf()).objections.size(), 2u);
}

TEST_F(RestoreChoiceTest, ADryRunKnowsWhatIsOutOfReach) {
  Full(10, {{1, 0}, {2, 5}});
  const auto objections = [&](RestorePoint point, uint32_t number = 0) {
    return Plan(RequestOf(point, number)).objections;
  };
  EXPECT_THAT(objections(At(Lgpos{2, 9, 0})), IsEmpty());
  EXPECT_THAT(objections(At(Lgpos{3, 0, 0})), ElementsAre(HasSubstr("behind the end")));
  EXPECT_THAT(objections(At(Lgpos{1, 0, 0}), 1), ElementsAre(HasSubstr("before the begin")));
  EXPECT_THAT(objections(At(9), 1), ElementsAre(HasSubstr("before the begin")));
  const LogTime later = LogTime::FromUnixMilliseconds(LogTime::Now().ToUnixMilliseconds() + 60'000);
  EXPECT_THAT(objections({.time = later}), ElementsAre(HasSubstr("behind the end")));
  Incremental(20, {{3, 12}});
  EXPECT_THAT(objections(At(19)), IsEmpty());
  EXPECT_THAT(objections(At(21)), ElementsAre(HasSubstr("behind the end")));
}

TEST_F(RestoreChoiceTest, ADryRunLooksAtTheFolderOfLogs) {
  Full(10, {{1, 0}});
  RestoreSetRequest request = RequestOf();
  request.surviving_logs = "/nowhere";
  EXPECT_THAT(Plan(request).objections, ElementsAre(HasSubstr("/nowhere")));
  ASSERT_EQ(files_.CreateDirectories("/logs/"), Status::Ok());
  request.surviving_logs = "/logs";
  EXPECT_THAT(Plan(request).objections, IsEmpty());
  EXPECT_THAT(Plan(request).warnings, ElementsAre(HasSubstr("none of the set's logs")));
  ASSERT_EQ(WriteTextFile(files_, "/logs/edb00003.log", "junk"), Status::Ok());
  EXPECT_THAT(Plan(request).objections, ElementsAre(HasSubstr("do not follow")));
}

}  // namespace
}  // namespace contrail
