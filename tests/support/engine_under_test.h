// An instance on any file system with one database and a table, for tests of the engine as a whole.
//
// The table "ledger": id (LongLong, primary index), amount (Long, secondary index "amount"), note
// (LongText, compressed).

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/instance.h"
#include "engine/table_cursor.h"
#include "engine/table_ddl.h"
#include "tests/support/recording.h"

namespace contrail::test {

struct LedgerRow {
  int32_t amount = 0;
  std::string note;
  friend bool operator==(const LedgerRow&, const LedgerRow&) = default;
};

class EngineUnderTest {
 public:
  // Options as the tests want them: no background threads, a small cache, small generations.
  static InstanceOptions SmallOptions(const std::string& folder, uint32_t page_size = 4096);

  EngineUnderTest(FileSystem& files, InstanceOptions options);
  ~EngineUnderTest();

  // Starts the instance (recovering) and attaches the database if it exists.
  Status Start();
  // A new database with the table.
  Status CreateLedger();
  bool has_database() const { return database_ != nullptr; }
  Status Stop(TerminateMode mode = TerminateMode::kComplete);

  Instance& instance() { return *instance_; }
  AttachedDatabase& database() { return *database_; }
  const std::string& path() const { return path_; }
  RecordingEvents& events() { return events_; }

 private:
  FileSystem& files_;
  InstanceOptions options_;
  RecordingEvents events_;
  std::string path_;
  std::unique_ptr<Instance> instance_;
  AttachedDatabase* database_ = nullptr;
};

// A session with the ledger open. Ends (rolling back) when destroyed.
class LedgerSession {
 public:
  explicit LedgerSession(EngineUnderTest& engine);
  ~LedgerSession();

  Status open_status() const { return open_status_; }
  Session& session() { return session_; }
  TableCursor& cursor() { return *cursor_; }

  Status Begin() { return session_.transaction().Begin(false); }
  Status Commit(CommitMode mode = CommitMode::kDurable) {
    return session_.transaction().Commit(mode);
  }
  Status Rollback() { return session_.transaction().Rollback(); }

  Status Insert(int64_t id, const LedgerRow& row);
  Status Replace(int64_t id, const LedgerRow& row);
  Status Delete(int64_t id);
  Result<LedgerRow> Get(int64_t id);
  // Every row, through the primary index; also checks that the secondary index has the same ids.
  Status ReadAll(std::map<int64_t, LedgerRow>* rows);

 private:
  Status SeekId(int64_t id);
  Status SetRow(const LedgerRow& row);
  Result<LedgerRow> Current();

  EngineUnderTest& engine_;
  Session session_;
  Status open_status_;
  std::shared_ptr<Table> table_;
  std::unique_ptr<TableCursor> cursor_;
};

}  // namespace contrail::test
