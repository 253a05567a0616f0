// What tables hold is recorded beside others who write, drop and change tables, with so little
// version memory that the snapshot goes: nobody fails, and nothing wrong is recorded.

#include <absl/synchronization/notification.h>
#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "backup/backup_events.h"
#include "backup/backup_session.h"
#include "backup/set/backup_set_writer.h"
#include "backup/set/verify_replay.h"
#include "tests/support/engine_under_test.h"
#include "tests/support/simulated_file_system.h"

namespace contrail {
namespace {

using test::EngineUnderTest;
using testing::ElementsAre;

constexpr char kSet[] = "/set/";
constexpr size_t kVersionBytes = 512 << 10;

template <typename T>
Bytes BytesOf(const T& value) {
  return {reinterpret_cast<const std::byte*>(&value), sizeof value};
}

// A table with an id and a text, open.
class OpenTable {
 public:
  OpenTable(EngineUnderTest& engine, const std::string& name, bool exclusive = false)
      : engine_(engine), session_(engine.instance()) {
    auto table = engine.database().tables().Open(session_.context(), name, exclusive);
    status_ = table.status();
    if (!table.ok()) return;
    table_ = *table;
    cursor_ = std::make_unique<TableCursor>(table_, session_.context(), /*updatable=*/true);
  }
  ~OpenTable() {
    while (session_.transaction().active()) session_.transaction().Rollback().Ignore();
    cursor_.reset();
    if (table_ == nullptr) return;
    engine_.database().tables().Close(table_->definition()->schema().object_id,
                                      &session_.transaction());
  }
  OpenTable(const OpenTable&) = delete;
  OpenTable& operator=(const OpenTable&) = delete;

  const Status& status() const { return status_; }
  Transaction& transaction() { return session_.transaction(); }

  Status Put(int32_t id, const std::string& text) {
    RETURN_IF_ERROR(cursor_->SetCurrentIndex(""));
    RETURN_IF_ERROR(cursor_->MakeKey(BytesOf(id), make_key_bit::kNewKey));
    const Status found = cursor_->Seek(seek_bit::kEqual);
    RETURN_IF_ERROR(
        cursor_->PrepareUpdate(found.ok() ? UpdateKind::kReplace : UpdateKind::kInsert));
    if (!found.ok()) RETURN_IF_ERROR(cursor_->SetColumn(1, BytesOf(id), {}));
    RETURN_IF_ERROR(cursor_->SetColumn(256, AsBytes(text), {}));
    return cursor_->Update().status();
  }
  Status Delete(int32_t id) {
    RETURN_IF_ERROR(cursor_->MakeKey(BytesOf(id), make_key_bit::kNewKey));
    RETURN_IF_ERROR(cursor_->Seek(seek_bit::kEqual));
    return cursor_->Delete();
  }

 private:
  EngineUnderTest& engine_;
  Session session_;
  Status status_;
  std::shared_ptr<Table> table_;
  std::unique_ptr<TableCursor> cursor_;
};

class SetContentsLoadTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(engine_.Start(), Status::Ok());
    ASSERT_EQ(engine_.CreateLedger(), Status::Ok());
    // The smaller ones do not come first by name.
    MakeTable("a_large", 1500, 100);
    MakeTable("b_middle", 60, 4000);
    MakeTable("c_small", 20, 40);
    ASSERT_EQ(engine_.instance().transactions().CleanUpAll(), Status::Ok());
    engine_.instance().transactions().set_version_limit(kVersionBytes);
  }

  Status InTransaction(const std::function<Status(Session&)>& body) {
    Session session(engine_.instance());
    RETURN_IF_ERROR(session.transaction().Begin(false));
    const Status status = body(session);
    if (status.ok()) return session.transaction().Commit(CommitMode::kLazy);
    RETURN_IF_ERROR(session.transaction().Rollback());
    return status;
  }
  Status Define(Session& session, const std::string& name) {
    TableDdl ddl(session, engine_.database());
    ASSIGN_OR_RETURN(const ObjectId table, ddl.CreateTable(name, 4, 80, 0));
    RETURN_IF_ERROR(engine_.database().tables().Open(session.context(), name, false).status());
    NewColumn id, text;
    id.name = "id";
    id.type = ColumnType::kLong;
    text.name = "text";
    text.type = ColumnType::kLongText;
    RETURN_IF_ERROR(ddl.AddColumn(table, id).status());
    RETURN_IF_ERROR(ddl.AddColumn(table, text).status());
    NewIndex primary;
    primary.name = "primary";
    primary.flags = index_flag::kPrimary | index_flag::kUnique;
    primary.segments = {{"id", false}};
    RETURN_IF_ERROR(ddl.CreateIndex(table, primary));
    engine_.database().tables().Close(table, &session.transaction());
    return Status::Ok();
  }
  void MakeTable(const std::string& name, int32_t rows, size_t text) {
    ASSERT_EQ(InTransaction([&](Session& session) { return Define(session, name); }), Status::Ok());
    OpenTable table(engine_, name);
    ASSERT_EQ(table.status(), Status::Ok());
    ASSERT_EQ(table.transaction().Begin(false), Status::Ok());
    for (int32_t id = 0; id < rows; ++id) {
      ASSERT_EQ(table.Put(id, std::string(text, static_cast<char>('a' + id % 26))), Status::Ok());
    }
    ASSERT_EQ(table.transaction().Commit(CommitMode::kLazy), Status::Ok());
  }
  // Changes rows of the table until so many bytes of texts have been written.
  void Overwrite(const std::string& name, size_t bytes) {
    OpenTable table(engine_, name);
    ASSERT_EQ(table.status(), Status::Ok());
    const std::string text(100, static_cast<char>('A' + round_++ % 26));
    for (size_t written = 0; written < bytes; written += text.size()) {
      ASSERT_EQ(table.transaction().Begin(false), Status::Ok());
      const auto id = static_cast<int32_t>(written / text.size() % 15);
      ASSERT_EQ(table.Put(id, text), Status::Ok());
      if (id == 7) {
        ASSERT_EQ(table.Delete(id), Status::Ok());
      }
      ASSERT_EQ(table.transaction().Commit(CommitMode::kLazy), Status::Ok());
    }
  }

  // `meanwhile` is called, once, when the table begins to be read.
  Result<SetBackupResult> BackUp(BackupScope kind, const std::string& at_table = {},
                                 const std::function<void()>& meanwhile = nullptr) {
    SetBackupRequest request;
    request.set_folder = kSet;
    request.kind = kind;
    request.record_contents = true;
    order_.clear();
    request.progress = [&](const SetProgress& progress) {
      if (progress.phase != "contents") return true;
      if (!order_.empty() && order_.back() == progress.file) return true;
      order_.push_back(progress.file);
      if (progress.file == at_table) meanwhile();
      return true;
    };
    return BackUpToSet(engine_.instance(), request);
  }
  ReplayVerification Replay(uint32_t number = 0) {
    RestoreSetRequest request;
    request.set_folder = kSet;
    request.to = "/scratch" + std::to_string(++scratches_) + "/";
    request.number = number;
    request.background_threads = false;
    const auto result = VerifyByReplay(files_, events_, request);
    EXPECT_EQ(result.status(), Status::Ok());
    if (!result.ok()) return {};
    for (const SetFault& fault : result->faults) ADD_FAILURE() << number << ": " << fault.what;
    return *result;
  }
  static std::vector<std::string> Names(const auto& tables) {
    std::vector<std::string> names;
    for (const auto& table : tables) names.push_back(table.table);
    return names;
  }

  test::SimulatedFileSystem files_;
  test::RecordingEvents events_;
  EngineUnderTest engine_{files_, EngineUnderTest::SmallOptions("/db/")};
  std::vector<std::string> order_;
  int scratches_ = 0;
  int round_ = 0;
};

TEST_F(SetContentsLoadTest, WhatWasReadBeforeTheSnapshotWentIsRecorded) {
  const auto quiet = BackUp(BackupScope::kFull);
  ASSERT_EQ(quiet.status(), Status::Ok());
  EXPECT_TRUE(quiet->manifest.not_recorded.empty());
  EXPECT_THAT(Names(quiet->manifest.contents),
              ElementsAre("a_large", "b_middle", "c_small", "ledger"));
  // By size: the middle one has fewer rows than the large one, and more pages.
  EXPECT_THAT(order_, ElementsAre("c_small", "a_large", "b_middle")) << "and an empty one";

  // Nobody who writes gets an error, whatever he fills the store with.
  const auto made = BackUp(BackupScope::kCopy, "a_large", [&] {
    for (const char* table : {"c_small", "a_large", "b_middle"}) {
      Overwrite(table, 2 * kVersionBytes);
    }
  });
  ASSERT_EQ(made.status(), Status::Ok());
  ASSERT_THAT(Names(made->manifest.contents), ElementsAre("c_small", "ledger"));
  EXPECT_EQ(made->manifest.contents[0].hash, quiet->manifest.contents[2].hash);
  ASSERT_THAT(Names(made->manifest.not_recorded), ElementsAre("a_large", "b_middle"));
  EXPECT_THAT(made->manifest.not_recorded[0].reason, testing::HasSubstr("version memory"));
  const Event told = engine_.events().Last(event_id::kContentsNotRecorded);
  EXPECT_EQ(told.severity, Severity::kWarning);
  EXPECT_THAT(told.text, testing::HasSubstr("2 of 4 tables"));
  const auto read = SetManifest::FromJson(made->manifest.ToJson());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->not_recorded, made->manifest.not_recorded);

  const ReplayVerification replay = Replay();
  EXPECT_TRUE(replay.has_contents);
  EXPECT_EQ(replay.tables.compared, 2u);
  EXPECT_EQ(replay.tables.not_recorded, 2u);
}

// A commit right behind the end of the logs is in neither.
TEST_F(SetContentsLoadTest, TheSnapshotIsOfTheMomentAtWhichTheLogsEnd) {
  int ends = 0;
  engine_.events().on_report = [&](const Event& event) {
    if (event.id != event_id::kLogsToCopy) return;
    ++ends;
    Overwrite("c_small", 1000);
  };
  for (const BackupScope kind : {BackupScope::kFull, BackupScope::kIncremental}) {
    const auto made = BackUp(kind);
    ASSERT_EQ(made.status(), Status::Ok());
    EXPECT_TRUE(made->manifest.not_recorded.empty());
    EXPECT_EQ(Replay().tables.compared, 4u);
  }
  engine_.events().on_report = nullptr;
  EXPECT_EQ(ends, 2);
}

// The first reads of a table are right and the last ones are not: nothing of it counts.
TEST_F(SetContentsLoadTest, ATableThatWasReadInPartIsNotRecorded) {
  int calls = 0;
  SetBackupRequest request;
  request.set_folder = kSet;
  request.record_contents = true;
  request.progress = [&](const SetProgress& progress) {
    // It has more than a thousand rows: once at its beginning, once within.
    if (progress.phase == "contents" && progress.file == "a_large" && ++calls == 2) {
      Overwrite("a_large", 2 * kVersionBytes);
    }
    return true;
  };
  const auto made = BackUpToSet(engine_.instance(), request);
  ASSERT_EQ(made.status(), Status::Ok());
  EXPECT_EQ(calls, 2);
  EXPECT_THAT(Names(made->manifest.not_recorded), ElementsAre("a_large", "b_middle"));
  EXPECT_EQ(Replay().tables.compared, 2u);
}

TEST_F(SetContentsLoadTest, EveryBackupOfAChainIsGoodBesideAWriter) {
  std::atomic<bool> stop{false};
  std::atomic<int> commits{0};
  std::thread writer([&] {
    OpenTable large(engine_, "a_large"), small(engine_, "c_small");
    std::mt19937 random(11);
    while (!stop && !HasFatalFailure()) {
      OpenTable& table = random() % 8 == 0 ? small : large;
      ASSERT_EQ(table.transaction().Begin(false), Status::Ok());
      for (int i = 0; i < 3; ++i) {
        const auto id = static_cast<int32_t>(random() % 1800);
        ASSERT_EQ(table.Put(id, std::string(random() % 50 == 0 ? 9000 : random() % 200, 'n')),
                  Status::Ok());
        if (random() % 5 == 0) {
          ASSERT_EQ(table.Delete(id), Status::Ok());
        }
      }
      ASSERT_EQ(random() % 8 == 0 ? table.transaction().Rollback()
                                  : table.transaction().Commit(CommitMode::kLazy),
                Status::Ok());
      ++commits;
    }
  });
  constexpr BackupScope kKinds[] = {BackupScope::kFull, BackupScope::kIncremental,
                                    BackupScope::kDifferential, BackupScope::kCopy,
                                    BackupScope::kIncremental};
  std::vector<size_t> recorded;
  for (size_t i = 0; i < std::size(kKinds); ++i) {
    // Every other one loses its snapshot for sure.
    const auto made = BackUp(kKinds[i], i % 2 == 0 ? "" : "a_large", [&] {
      const int before = commits;
      while (commits < before + 3000 && !HasFatalFailure()) std::this_thread::yield();
    });
    EXPECT_EQ(made.status(), Status::Ok());
    if (!made.ok()) break;
    recorded.push_back(made->manifest.contents.size());
    EXPECT_EQ(recorded.back() + made->manifest.not_recorded.size(), 4u);
    if (i % 2 != 0) {
      EXPECT_LT(recorded.back(), 4u);
    }
  }
  stop = true;
  writer.join();
  for (uint32_t number = 1; number <= recorded.size(); ++number) {
    const ReplayVerification replay = Replay(number);
    EXPECT_EQ(replay.tables.compared, recorded[number - 1]);
    EXPECT_EQ(replay.tables.not_recorded, 4u - recorded[number - 1]);
  }
}

// Definitions are those of the snapshot, and the reader is in nobody's way.
TEST_F(SetContentsLoadTest, TablesMayBeDroppedAndChangedMeanwhile) {
  engine_.instance().transactions().set_version_limit(64 << 20);
  const auto quiet = BackUp(BackupScope::kFull);
  ASSERT_EQ(quiet.status(), Status::Ok());
  const auto change = [&] {
    // The very table that is being read, too.
    EXPECT_EQ(InTransaction([&](Session& session) {
                TableDdl ddl(session, engine_.database());
                RETURN_IF_ERROR(ddl.DeleteTable("a_large"));
                RETURN_IF_ERROR(ddl.RenameTable("ledger", "journal"));
                RETURN_IF_ERROR(Define(session, "new"));
                return Define(session, "a_large");
              }),
              Status::Ok());
    EXPECT_EQ(InTransaction([&](Session& session) {
                const auto table =
                    engine_.database().tables().Open(session.context(), "b_middle", true);
                RETURN_IF_ERROR(table.status());
                const ObjectId id = (*table)->definition()->schema().object_id;
                NewColumn column;
                column.name = "more";
                column.default_value = std::vector<std::byte>(4, std::byte{7});
                TableDdl ddl(session, engine_.database());
                RETURN_IF_ERROR(ddl.AddColumn(id, column).status());
                engine_.database().tables().Close(id, &session.transaction());
                return Status::Ok();
              }),
              Status::Ok());
    Overwrite("b_middle", kVersionBytes / 8);
  };
  OpenTable exclusive(engine_, "c_small", /*exclusive=*/true);
  ASSERT_EQ(exclusive.status(), Status::Ok());
  const auto made = BackUp(BackupScope::kCopy, "a_large", change);
  ASSERT_EQ(made.status(), Status::Ok());
  EXPECT_TRUE(made->manifest.not_recorded.empty());
  EXPECT_EQ(made->manifest.contents, quiet->manifest.contents);
  EXPECT_EQ(Replay().tables.compared, 4u);

  // What was dropped is freed now, and the next backup knows what there is.
  ASSERT_EQ(engine_.instance().transactions().CleanUpAll(), Status::Ok());
  const auto after = BackUp(BackupScope::kIncremental);
  ASSERT_EQ(after.status(), Status::Ok());
  EXPECT_THAT(Names(after->manifest.contents),
              ElementsAre("a_large", "b_middle", "c_small", "journal", "new"));
  EXPECT_EQ(Replay().tables.compared, 5u);
}

// The trees that the reader is in stay until he notices, however soon they are dropped.
TEST_F(SetContentsLoadTest, ATableMayBeDroppedUnderASnapshotThatHasGone) {
  int calls = 0;
  SetBackupRequest request;
  request.set_folder = kSet;
  request.record_contents = true;
  request.progress = [&](const SetProgress& progress) {
    if (progress.phase != "contents" || progress.file != "a_large" || ++calls != 2) return true;
    Overwrite("b_middle", 2 * kVersionBytes);
    EXPECT_EQ(InTransaction([&](Session& session) {
                return TableDdl(session, engine_.database()).DeleteTable("a_large");
              }),
              Status::Ok());
    EXPECT_EQ(engine_.instance().transactions().CleanUpAll(), Status::Ok());
    Overwrite("c_small", kVersionBytes);
    return true;
  };
  const auto made = BackUpToSet(engine_.instance(), request);
  ASSERT_EQ(made.status(), Status::Ok());
  EXPECT_THAT(Names(made->manifest.not_recorded), ElementsAre("a_large", "b_middle"));
  EXPECT_EQ(Replay().tables.compared, 2u);
  EXPECT_EQ(engine_.Stop(), Status::Ok());
}

TEST_F(SetContentsLoadTest, ATerminationWaitsForTheReader) {
  const auto session = BackupSession::Of(engine_.instance());
  std::thread stopper;
  absl::Notification ended;
  const auto made = BackUp(BackupScope::kFull, "a_large", [&] {
    stopper = std::thread([&] {
      engine_.instance().backup_gate().RequestEnd();
      ended.Notify();
    });
    while (!session->stopping()) std::this_thread::yield();
    EXPECT_FALSE(ended.WaitForNotificationWithTimeout(absl::Milliseconds(300)));
  });
  stopper.join();
  EXPECT_EQ(made.status(), Status(Error::kBackupAbortByServer));
  EXPECT_EQ(session->state(), BackupState::kNone);
  EXPECT_EQ(engine_.Stop(), Status::Ok());
}

}  // namespace
}  // namespace contrail
