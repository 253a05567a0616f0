#include "tests/support/transactions_under_test.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "storage/check.h"

namespace contrail::test {
namespace {

constexpr char kDoubleWriteFile[] = "/test.dw";

BufferPoolOptions PoolOptions(uint64_t cache_bytes, bool threads) {
  BufferPoolOptions options = StepwisePool(cache_bytes);
  options.double_write_path = kDoubleWriteFile;
  options.background_writer = threads;
  return options;
}

}  // namespace

LogWriterOptions TestLogOptions(bool threads) {
  LogWriterOptions options = SmallLogOptions();
  options.generation_bytes = 1 << 20;
  options.buffer_bytes = 256 << 10;
  options.background_thread = threads;
  return options;
}

std::vector<std::byte> ToBytes(std::string_view text) {
  const Bytes bytes = AsBytes(text);
  return {bytes.begin(), bytes.end()};
}

std::string ToText(Bytes bytes) { return std::string(AsText(bytes)); }

TransactionsUnderTest::TransactionsUnderTest(uint32_t page_size, uint64_t cache_bytes,
                                             bool threads) {
  const LogWriterOptions options = TestLogOptions(threads);
  CHECK(disk.CreateDirectories(options.directory).ok());
  auto made = LogWriter::Create(disk, events, options, Signature::Random(), {});
  CHECK(made.ok());
  log = std::move(made).value();
  CreateDatabaseOptions creation;
  creation.page_size = page_size;
  creation.signature = Signature::Random();
  creation.created = LogTime::Now();
  CHECK(Database::Create(disk, DiscardEvents(), kDatabaseFile, creation, false).ok());
  CHECK(disk.SyncDirectory("/").ok());
  CHECK(OpenDatabase(cache_bytes, threads).ok());
}

TransactionsUnderTest::TransactionsUnderTest(const DiskImage& image,
                                             const TestCheckpoint& checkpoint,
                                             uint64_t crash_after_operations)
    : disk(image) {
  if (crash_after_operations != ~uint64_t{0}) disk.CrashAfter(crash_after_operations);
  status = Recover(checkpoint);
}

TransactionsUnderTest::~TransactionsUnderTest() {
  if (log != nullptr) log->Abandon();
  manager.reset();
  if (database != nullptr) database->pages().Discard();
  database.reset();
  pool.reset();
}

Status TransactionsUnderTest::OpenDatabase(uint64_t cache_bytes, bool threads) {
  ASSIGN_OR_RETURN(pool, BufferPool::Create(disk, events, *log, PoolOptions(cache_bytes, threads)));
  ASSIGN_OR_RETURN(database, Database::Open(disk, *pool, events, kDatabaseFile, false, 0, *log));
  database->set_id(1);
  manager = std::make_unique<TransactionManager>(*log, events);
  return Status::Ok();
}

Status TransactionsUnderTest::Recover(const TestCheckpoint& checkpoint) {
  const LogWriterOptions options = TestLogOptions(false);
  const ReadStream stream = ReadAll(disk, events, options, checkpoint.position);
  RETURN_IF_ERROR(stream.status);
  ASSIGN_OR_RETURN(log, LogWriter::Resume(disk, events, options, stream.end, {}));
  {
    OpenOptions open;
    open.mode = FileMode::kReadWrite;
    ASSIGN_OR_RETURN(const std::unique_ptr<File> file, disk.Open(kDatabaseFile, open));
    RETURN_IF_ERROR(BufferPool::RecoverTornPages(disk, events, kDoubleWriteFile,
                                                 [&file](uint64_t) { return file.get(); }));
  }
  RETURN_IF_ERROR(OpenDatabase(1 << 20, false));
  database->RaiseDbTime(checkpoint.dbtime);
  database->RaiseObjectId(checkpoint.object_id);
  RETURN_IF_ERROR(Redo(stream.records));
  return manager->UndoUnfinished([this](uint8_t) { return database.get(); });
}

Status TransactionsUnderTest::Redo(const std::vector<ReadRecord>& records) {
  for (const ReadRecord& record : records) {
    if (record.type == RecordType::kCommit) {
      RETURN_IF_ERROR(manager->RedoCommit(record.position, record.payload));
    } else if (record.type == RecordType::kRollbackEnd) {
      RETURN_IF_ERROR(manager->RedoRollbackEnd(record.position, record.payload));
    }
    if (record.type != RecordType::kMutation) continue;
    ASSIGN_OR_RETURN(const MutationView mutation, MutationView::Parse(record.payload));
    database->RaiseDbTime(mutation.dbtime());
    if (!mutation.annotation().empty()) {
      RETURN_IF_ERROR(
          manager->RedoAnnotation(record.position, mutation.database_id(), mutation.annotation()));
    }
    RETURN_IF_ERROR(mutation.ForEachPage([&](const PageChange& change) {
      return RedoPage(database->pages(), events, mutation.dbtime(), change);
    }));
  }
  return Status::Ok();
}

Tree TransactionsUnderTest::MakeTree(bool unique) {
  const auto session = NewSession();
  CHECK(session->transaction.Begin(false).ok());
  TreeDescription description;
  description.object_id = database->NextObjectId();
  description.unique = unique;
  description.page_flags = unique ? 0 : page_flag::kIndex | page_flag::kNonUnique;
  const auto root = CreateVersionedTree(session->context, *manager, *database, 1, description);
  CHECK(root.ok());
  CHECK(session->transaction.Commit(CommitMode::kDurable).ok());
  return Tree(*database, *root, description.object_id, unique);
}

TestCheckpoint TransactionsUnderTest::TakeCheckpoint() {
  TestCheckpoint checkpoint;
  checkpoint.position = log->Tip();
  checkpoint.position = std::min(checkpoint.position, pool->OldestDirty());
  checkpoint.position = std::min(checkpoint.position, manager->OldestNeeded());
  const Status durable = log->EnsureDurable();
  CHECK(durable.ok() || disk.power_gone());
  checkpoint.dbtime = database->last_dbtime();
  checkpoint.object_id = database->last_object_id();
  return checkpoint;
}

std::vector<std::pair<std::string, std::string>> AllNodes(const VersionedTree& tree,
                                                          Transaction& transaction) {
  std::vector<std::pair<std::string, std::string>> nodes;
  VersionedCursor cursor(tree, transaction);
  Status status = cursor.MoveFirst();
  for (; status.ok(); status = cursor.MoveNext()) {
    const Result<Bytes> data = cursor.Data();
    if (data.status().Is(Error::kRecordDeleted)) continue;
    EXPECT_TRUE(data.ok()) << data.status().number();
    if (!data.ok()) break;
    nodes.emplace_back(ToText(cursor.key()), ToText(*data));
  }
  EXPECT_TRUE(status.Is(Error::kNoCurrentRecord) || status.Is(Error::kRecordNotFound))
      << status.number();
  return nodes;
}

}  // namespace contrail::test
