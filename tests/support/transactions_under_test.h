// Transactions over a database and a log on a simulated disk, with crashes and recovery.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/versioned_tree.h"
#include "tests/support/database_under_test.h"
#include "tests/support/log_stream.h"

namespace contrail::test {

// What a session of the API owns.
struct TestSession {
  explicit TestSession(TransactionManager& manager) : transaction(manager) {
    context.transaction = &transaction;
    context.scratch = &scratch;
  }
  ~TestSession() {
    while (transaction.active()) transaction.Rollback().Ignore();
  }

  Transaction transaction;
  MutationScratch scratch;
  OperationContext context;
};

// Where redo may start, and what a checkpoint keeps beside it.
struct TestCheckpoint {
  Lgpos position;
  DbTime dbtime = 0;
  ObjectId object_id = 0;
};

struct TransactionsUnderTest {
  // A new database and log.
  explicit TransactionsUnderTest(uint32_t page_size, uint64_t cache_bytes = 1 << 20,
                                 bool threads = false);
  // Recovers what is on the disk: redo, then undo unless `stop_after_redo`. The outcome is
  // `status`.
  TransactionsUnderTest(const DiskImage& image, const TestCheckpoint& checkpoint,
                        uint64_t crash_after_operations = ~uint64_t{0});
  // Abrupt: nothing is flushed.
  ~TransactionsUnderTest();

  std::unique_ptr<TestSession> NewSession() { return std::make_unique<TestSession>(*manager); }
  // In a transaction of its own.
  Tree MakeTree(bool unique);
  VersionedTree Versioned(const Tree& tree) { return {tree, *manager}; }
  // What a checkpoint would be now; durable on return.
  TestCheckpoint TakeCheckpoint();

  SimulatedFileSystem disk;
  RecordingEvents events;
  Status status;  // Of recovery.
  std::unique_ptr<LogWriter> log;
  std::unique_ptr<BufferPool> pool;
  std::unique_ptr<Database> database;
  std::unique_ptr<TransactionManager> manager;

 private:
  Status OpenDatabase(uint64_t cache_bytes, bool threads);
  Status Recover(const TestCheckpoint& checkpoint);
  Status Redo(const std::vector<ReadRecord>& records);
};

LogWriterOptions TestLogOptions(bool threads);
std::vector<std::byte> ToBytes(std::string_view text);
std::string ToText(Bytes bytes);
// Every visible (key, data) in order; fails the test on errors.
std::vector<std::pair<std::string, std::string>> AllNodes(const VersionedTree& tree,
                                                          Transaction& transaction);

}  // namespace contrail::test
