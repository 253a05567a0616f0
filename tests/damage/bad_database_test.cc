// Every kind of file that a program may hand to JetAttachDatabase, JetOpenDatabase and
// JetCreateDatabase by mistake or after a disaster: its JET error, an event that says what is wrong
// where, and nothing is changed.

#include <gtest/gtest.h>

#include <functional>

#include "engine/database_creation.h"
#include "storage/database_header.h"
#include "tests/support/event_lines.h"
#include "tests/support/file_damage.h"
#include "tests/support/jet_fixture.h"
#include "tests/support/no_lock_wait.h"

namespace contrail::test {
namespace {

namespace fs = std::filesystem;

enum class Call { kAttach, kAttachToRead, kOpen, kCreate, kOverwrite };

struct Row {
  const char* name;
  Call call;
  // What is done with the sound file "bad.edb" beforehand.
  std::function<void(const std::string& path)> damage;
  JET_ERR error;
  ExpectedEvent event;
  const char* file = "bad.edb";  // What the call is given.
};

void ChangeHeader(const std::string& path, const std::function<void(DatabaseHeader*)>& change) {
  auto file = PosixFileSystem().Open(path, {.mode = FileMode::kReadWrite});
  ASSERT_TRUE(file.ok());
  Result<DatabaseHeader> header = ReadHeader(**file, DiscardEvents());
  ASSERT_TRUE(header.ok());
  change(&*header);
  ASSERT_EQ(WriteHeader(**file, *header), Status::Ok());
}

std::function<void(const std::string&)> Header(std::function<void(DatabaseHeader*)> change) {
  return [change](const std::string& path) { ChangeHeader(path, change); };
}
std::function<void(const std::string&)> Cut(size_t bytes) {
  return [bytes](const std::string& path) { CutOff(path, bytes); };
}
std::function<void(const std::string&)> Flip(std::vector<size_t> places) {
  return [places](const std::string& path) {
    for (const size_t place : places) FlipBit(path, place);
  };
}
void Nothing(const std::string&) {}
void Remove(const std::string& path) { fs::remove(path); }
void MakeFolder(const std::string& path) {
  fs::remove(path);
  fs::create_directory(path);
}
void MakeOfPageSize(const std::string& path, uint32_t page_size) {
  const CreateDatabaseOptions options{.page_size = page_size,
                                      .signature = Signature::Random(LogTime::Now()),
                                      .created = LogTime::Now()};
  ASSERT_EQ(CreateDatabaseFile(PosixFileSystem(), DiscardEvents(), path, options, true),
            Status::Ok());
}

constexpr size_t kVersionAt = 8, kStateAt = 52, kUpdateAt = 232, kPageSizeAt = 236,
                 kFileTypeAt = 667;
constexpr size_t kSecondHeader = 4096, kFirstPage = 8192;

std::vector<Row> AttachRows() {
  const auto version = [](uint32_t number) {
    return Header([number](DatabaseHeader* header) { header->version = number; });
  };
  const auto update = Header([](DatabaseHeader* header) { header->update = 30; });
  const auto unknown_update = Header([](DatabaseHeader* header) { header->update = 300; });
  return {
      {"missing", Call::kAttach, Remove, JET_errFileNotFound, {"bad.edb", -1, "", "no file"}},
      {"missing, to read",
       Call::kAttachToRead,
       Remove,
       JET_errFileNotFound,
       {"bad.edb", -1, "", "no file"}},
      {"missing folder",
       Call::kAttach,
       Nothing,
       JET_errDatabaseInvalidPath,
       {"none/bad.edb", -1, "", "no such folder"},
       "none/bad.edb"},
      {"a folder",
       Call::kAttach,
       MakeFolder,
       JET_errDatabaseInvalidPath,
       {"bad.edb", -1, "a file", "a folder"}},
      {"page size",
       Call::kAttach,
       [](const std::string& path) { MakeOfPageSize(path, 8192); },
       JET_errPageSizeMismatch,
       {"bad.edb", kPageSizeAt, "4096", "8192"}},
      {"newer update",
       Call::kAttach,
       update,
       JET_errInvalidDatabaseVersion,
       {"bad.edb", kUpdateAt, "20", "30"}},
      {"unknown update, to read",
       Call::kAttachToRead,
       unknown_update,
       JET_errInvalidDatabaseVersion,
       {"bad.edb", kUpdateAt, "620, update up to 290", "620, update 300"}},
      {"newer version",
       Call::kAttach,
       version(0x700),
       JET_errInvalidDatabaseVersion,
       {"bad.edb", kVersionAt, "620", "700"}},
      {"older version",
       Call::kAttach,
       version(0x500),
       JET_errInvalidDatabaseVersion,
       {"bad.edb", kVersionAt, "620", "500"}},
      {"another kind of file",
       Call::kAttach,
       Header([](DatabaseHeader* header) { header->file_type = FileType::kLog; }),
       JET_errFileInvalidType,
       {"bad.edb", kFileTypeAt, "1", "3"}},
      {"dirty",
       Call::kAttach,
       Header([](DatabaseHeader* header) { header->state = DatabaseState::kDirty; }),
       JET_errDatabaseDirtyShutdown,
       {"bad.edb", kStateAt, "state 3", "state 2"}},
      {"empty",
       Call::kAttach,
       Cut(0),
       JET_errDatabaseCorrupted,
       {"bad.edb", 0, "at least 8192", "0 bytes"}},
      {"cut in the header",
       Call::kAttach,
       Cut(5000),
       JET_errDatabaseCorrupted,
       {"bad.edb", 5000, "at least 8192", "5000 bytes"}},
      {"cut behind the header",
       Call::kAttach,
       Cut(kFirstPage),
       JET_errDatabaseCorrupted,
       {"bad.edb", kFirstPage, "20480", "8192"}},
      {"cut in the root",
       Call::kAttach,
       Cut(kFirstPage + 6000),
       JET_errDatabaseCorrupted,
       {"bad.edb", kFirstPage + 6000, "20480", "14192"}},
      {"cut off",
       Call::kAttach,
       Cut(400'000),
       JET_errDatabaseCorrupted,
       {"bad.edb", 400'000, "", "400000"}},
      {"both headers flipped",
       Call::kAttach,
       Flip({300, kSecondHeader + 300}),
       JET_errDatabaseCorrupted,
       {"bad.edb", 0, "", "", JET_errDatabaseCorrupted}},
      {"both headers flipped, second copy",
       Call::kAttachToRead,
       Flip({16, kSecondHeader + 99}),
       JET_errDatabaseCorrupted,
       {"bad.edb", kSecondHeader, "", "", JET_errDatabaseCorrupted}},
      {"one header flipped",
       Call::kAttachToRead,
       Flip({300}),
       JET_errSuccess,
       {"bad.edb", 0, "", "", JET_errReadVerifyFailure}},
      {"the root flipped",
       Call::kAttach,
       Flip({kFirstPage + 50, kFirstPage + 99}),
       JET_errReadVerifyFailure,
       {"bad.edb", kFirstPage}},
      {"no database",
       Call::kAttach,
       [](const std::string& path) { WriteBytes(path, std::string(50'000, 'x')); },
       JET_errDatabaseCorrupted,
       {"bad.edb", 0, "", "78787878"}},
  };
}

std::vector<Row> OtherRows() {
  return {
      {"open what is not attached",
       Call::kOpen,
       Nothing,
       JET_errDatabaseNotFound,
       {"bad.edb", -1, "attached", "no such", 0, 904}},
      {"open what is missing",
       Call::kOpen,
       Remove,
       JET_errDatabaseNotFound,
       {"bad.edb", -1, "attached", "no such", 0, 904}},
      {"open a folder",
       Call::kOpen,
       MakeFolder,
       JET_errDatabaseNotFound,
       {"bad.edb", -1, "attached", "no such", 0, 904}},
      {"create over a file",
       Call::kCreate,
       Nothing,
       JET_errDatabaseDuplicate,
       {"bad.edb", -1, "a place for a new file", "something of that name"}},
      {"create over a folder",
       Call::kCreate,
       MakeFolder,
       JET_errDatabaseDuplicate,
       {"bad.edb", -1, "a place for a new file", "something of that name"}},
      {"create in no folder",
       Call::kCreate,
       Nothing,
       JET_errDatabaseInvalidPath,
       {"none/bad.edb", -1, "a place for a new file", "no such folder"},
       "none/bad.edb"},
      {"overwrite a folder",
       Call::kOverwrite,
       MakeFolder,
       JET_errDatabaseInvalidPath,
       {"bad.edb", -1, "a place for a new file", "a folder"}},
      {"create below a file",
       Call::kCreate,
       Nothing,
       JET_errDatabaseInvalidPath,
       {"bad.edb/x.edb", -1, "", "no such folder"},
       "bad.edb/x.edb"},
  };
}

JET_ERR MakeCall(JET_SESID session, Call call, const std::string& path) {
  JET_DBID id = JET_dbidNil;
  switch (call) {
    case Call::kAttach:
      return JetAttachDatabaseA(session, path.c_str(), 0);
    case Call::kAttachToRead:
      return JetAttachDatabaseA(session, path.c_str(), JET_bitDbReadOnly);
    case Call::kOpen:
      return JetOpenDatabaseA(session, path.c_str(), nullptr, &id, 0);
    case Call::kCreate:
      return JetCreateDatabaseA(session, path.c_str(), nullptr, &id, 0);
    case Call::kOverwrite:
      return JetCreateDatabaseA(session, path.c_str(), nullptr, &id, JET_bitDbOverwriteExisting);
  }
  return JET_errInternalError;
}

class BadDatabaseTest : public testing::Test {
 protected:
  void SetUp() override {
    {
      JetDatabase database(home_);
      database.CreateRows("rows");
      ASSERT_JET_OK(database.engine().Term());
    }
    sound_ = ReadBytes(home_ / "test.edb");
    ASSERT_GT(sound_.size(), 500'000u);
    events_.SetFor(instance_.handle());
    ASSERT_JET_OK(instance_.Init());
    ASSERT_JET_OK(JetBeginSessionA(instance_.handle(), &session_, nullptr, nullptr));
  }
  void TearDown() override { ASSERT_JET_OK(instance_.Term()); }

  void Try(const Row& row) {
    SCOPED_TRACE(row.name);
    fs::remove_all(files_ / "bad.edb");
    WriteBytes(files_ / "bad.edb", sound_);
    row.damage(files_ / "bad.edb");
    const auto before = ContentOf(files_.path());
    Expect(row);
    EXPECT_EQ(Differences(before, ContentOf(files_.path())), "");
  }
  void Expect(const Row& row) {
    events_.Clear();
    const std::string path = files_ / row.file;
    EXPECT_JET(row.error, MakeCall(session_, row.call, path));
    ExpectedEvent event = row.event;
    if (event.code == 0) event.code = row.error;
    EXPECT_EQ(events_.FindMissing(event), "");
    if (row.error == JET_errSuccess) {
      EXPECT_JET_OK(JetDetachDatabaseA(session_, path.c_str()));
    }
  }

  JetFolder home_;   // Of the instance.
  JetFolder files_;  // Of what it is given.
  EventLines events_{home_ / "events.txt"};
  std::string sound_;
  JetInstance instance_{home_};
  JET_SESID session_ = JET_sesidNil;
};

TEST_F(BadDatabaseTest, EveryFileIsRefusedWithItsErrorAndAnEvent) {
  for (const Row& row : AttachRows()) Try(row);
}

TEST_F(BadDatabaseTest, WhatCannotBeOpenedOrCreated) {
  for (const Row& row : OtherRows()) Try(row);
}

// As another process would have it: locks belong to the open file.
TEST_F(BadDatabaseTest, AFileInUse) {
  WriteBytes(files_ / "bad.edb", sound_);
  const auto other =
      PosixFileSystem().Open(files_ / "bad.edb", {.mode = FileMode::kReadWrite, .exclusive = true});
  ASSERT_TRUE(other.ok());
  const auto before = ContentOf(files_.path());
  const ExpectedEvent event = {"bad.edb", -1, "", "in use by another instance or another process"};
  const NoLockWait at_once;
  for (const Call call : {Call::kAttach, Call::kOverwrite}) {
    Expect({"in use", call, Nothing, JET_errFileAccessDenied, event});
  }
  EXPECT_EQ(Differences(before, ContentOf(files_.path())), "");
}

TEST_F(BadDatabaseTest, ADatabaseOfAnotherInstanceOfTheProcess) {
  const JetFolder folder;
  JetDatabase other(folder);
  events_.Clear();
  const std::string path = folder / "test.edb";
  for (const Call call : {Call::kAttach, Call::kCreate}) {
    EXPECT_JET(JET_errDatabaseSharingViolation, MakeCall(session_, call, path));
  }
  EXPECT_EQ(events_.FindMissing({"test.edb", -1, "no other instance", "another instance",
                                 JET_errDatabaseSharingViolation}),
            "");
  ASSERT_JET_OK(other.engine().Term());
}

TEST_F(BadDatabaseTest, ADatabaseOfThePathIsAttachedAlready) {
  const std::string path = home_ / "test.edb";
  EXPECT_JET_OK(MakeCall(session_, Call::kAttach, path));
  EXPECT_JET(JET_errDatabaseDuplicate, MakeCall(session_, Call::kOverwrite, path));
  EXPECT_EQ(events_.FindMissing({"test.edb", -1, "", "", JET_errDatabaseDuplicate}), "");
}

}  // namespace
}  // namespace contrail::test
