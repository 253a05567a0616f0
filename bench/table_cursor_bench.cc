// Rows of 16 + 100 bytes through table cursors: load in key order, random point reads from cache.
// Files go to $CONTRAIL_BENCH_DIR, else to the system's temporary folder.

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <random>

#include "engine/table_cursor.h"
#include "storage/check.h"

namespace contrail {
namespace {

constexpr ColumnId kKeyColumn = 1;
constexpr ColumnId kValueColumn = 128;
constexpr int kRowsPerCommit = 1000;

TableSchema RowSchema(PageNumber root, ObjectId object_id) {
  TableSchema schema;
  schema.name = "rows";
  schema.root_page = root;
  schema.object_id = object_id;
  ColumnSchema key;
  key.id = kKeyColumn;
  key.name = "key";
  key.type = ColumnType::kBinary;
  key.max_size = 16;
  key.record_offset = schema.NextFixedOffset();
  schema.AddColumn(key);
  ColumnSchema value;
  value.id = kValueColumn;
  value.name = "value";
  value.type = ColumnType::kBinary;
  value.max_size = 255;
  schema.AddColumn(value);
  IndexSchema index;
  index.name = "primary";
  index.flags = index_flag::kPrimary | index_flag::kUnique | index_flag::kWideSegments;
  index.root_page = root;
  index.object_id = object_id;
  IndexSegment segment;
  segment.column = kKeyColumn;
  index.segments.push_back(segment);
  schema.indexes.push_back(index);
  return schema;
}

struct BenchSession {
  explicit BenchSession(TransactionManager& manager) : transaction(manager) {
    context = {&transaction, &scratch};
  }
  Transaction transaction;
  MutationScratch scratch;
  OperationContext context;
};

class Rows {
 public:
  explicit Rows(uint64_t cache_bytes) {
    const char* chosen = std::getenv("CONTRAIL_BENCH_DIR");
    const std::filesystem::path parent =
        chosen != nullptr ? std::filesystem::path(chosen) : std::filesystem::temp_directory_path();
    std::string pattern = (parent / "table_bench_XXXXXX").string();
    CHECK(mkdtemp(pattern.data()) != nullptr);
    directory_ = pattern;
    LogWriterOptions log_options;
    log_options.directory = directory_.string();
    log_options.generation_bytes = 64 << 20;
    log_ = LogWriter::Create(files_, DiscardEvents(), log_options, Signature::Random(), {}).value();
    log_->SetGenerationListener([this](uint32_t generation) {
      std::error_code ignored;
      std::filesystem::remove(directory_ / LogFileName("edb", generation - 1), ignored);
    });
    BufferPoolOptions pool_options;
    pool_options.cache_bytes = cache_bytes;
    pool_options.double_write_path = (directory_ / "bench.dw").string();
    pool_ = BufferPool::Create(files_, DiscardEvents(), *log_, pool_options).value();
    CreateDatabaseOptions creation;
    creation.signature = Signature::Random();
    creation.created = LogTime::Now();
    const std::string path = (directory_ / "bench.edb").string();
    CHECK(Database::Create(files_, DiscardEvents(), path, creation, false).ok());
    database_ = Database::Open(files_, *pool_, DiscardEvents(), path, false, 0, *log_).value();
    manager_ = std::make_unique<TransactionManager>(*log_, DiscardEvents());
    MakeTable();
  }
  ~Rows() {
    log_->Abandon();
    table_.reset();
    manager_.reset();
    database_->pages().Discard();
    database_.reset();
    pool_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  TransactionManager& manager() { return *manager_; }
  const std::shared_ptr<Table>& table() const { return table_; }

  static void FillKey(uint64_t number, std::byte* key) {
    StoreLittle(key, uint64_t{0});
    StoreLittle(key + 8, __builtin_bswap64(number));
  }
  // Rows [first, first + count) in one transaction.
  void Load(BenchSession& session, TableCursor& cursor, uint64_t first, uint64_t count) {
    std::byte key[16];
    std::byte value[100] = {};
    CHECK(session.transaction.Begin(false).ok());
    for (uint64_t i = first; i < first + count; ++i) {
      FillKey(i, key);
      StoreLittle(value, i);
      CHECK(cursor.PrepareUpdate(UpdateKind::kInsert).ok());
      CHECK(cursor.SetColumn(kKeyColumn, key, {}).ok());
      CHECK(cursor.SetColumn(kValueColumn, value, {}).ok());
      CHECK(cursor.Update().ok());
    }
    CHECK(session.transaction.Commit(CommitMode::kLazy).ok());
  }

 private:
  void MakeTable() {
    BenchSession session(*manager_);
    CHECK(session.transaction.Begin(false).ok());
    TreeDescription description;
    description.object_id = database_->NextObjectId();
    const auto root = CreateVersionedTree(session.context, *manager_, *database_, 1, description);
    CHECK(root.ok());
    CHECK(session.transaction.Commit(CommitMode::kLazy).ok());
    table_ = std::make_shared<Table>(
        std::make_shared<TableDefinition>(*database_, RowSchema(*root, description.object_id)),
        *manager_, nullptr);
  }

  std::filesystem::path directory_;
  FileSystem& files_ = PosixFileSystem();
  std::unique_ptr<LogWriter> log_;
  std::unique_ptr<BufferPool> pool_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<TransactionManager> manager_;
  std::shared_ptr<Table> table_;
};

void LoadInKeyOrder(benchmark::State& state) {
  Rows rows(uint64_t{256} << 20);
  BenchSession session(rows.manager());
  TableCursor cursor(rows.table(), session.context, true);
  uint64_t next = 0;
  while (state.KeepRunningBatch(kRowsPerCommit)) {
    rows.Load(session, cursor, next, kRowsPerCommit);
    next += kRowsPerCommit;
  }
  state.SetItemsProcessed(static_cast<int64_t>(next));
}
BENCHMARK(LoadInKeyOrder)->Iterations(300'000);

// The rows that all threads of RandomPointRead share. Made before its threads begin and destroyed
// after the last has ended: a thread outlives its measured loop by its own cleaning up.
constexpr uint64_t kSharedRows = 100'000;
std::unique_ptr<Rows> shared_rows;

void MakeSharedRows(const benchmark::State&) {
  shared_rows = std::make_unique<Rows>(uint64_t{256} << 20);
  BenchSession loader(shared_rows->manager());
  TableCursor cursor(shared_rows->table(), loader.context, true);
  for (uint64_t first = 0; first < kSharedRows; first += kRowsPerCommit) {
    shared_rows->Load(loader, cursor, first, kRowsPerCommit);
  }
  CHECK(shared_rows->manager().CleanUpAll().ok());
}

void DestroySharedRows(const benchmark::State&) { shared_rows.reset(); }

// One row by its key: make the key, seek, retrieve the value.
void RandomPointRead(benchmark::State& state) {
  BenchSession session(shared_rows->manager());
  TableCursor cursor(shared_rows->table(), session.context, false);
  CHECK(session.transaction.Begin(true).ok());
  std::mt19937_64 random(static_cast<uint64_t>(state.thread_index()) + 1);
  std::byte key[16];
  std::byte value[100];
  for (auto _ : state) {
    Rows::FillKey(random() % kSharedRows, key);
    CHECK(cursor.MakeKey(key, make_key_bit::kNewKey).ok());
    CHECK(cursor.Seek(seek_bit::kEqual).ok());
    RetrieveArguments arguments;
    CHECK(cursor.RetrieveColumn(kValueColumn, value, &arguments).ok());
    benchmark::DoNotOptimize(value);
  }
  state.SetItemsProcessed(state.iterations());
  CHECK(session.transaction.Commit(CommitMode::kLazy).ok());
}
BENCHMARK(RandomPointRead)
    ->Setup(MakeSharedRows)
    ->Teardown(DestroySharedRows)
    ->Threads(1)
    ->Threads(2)
    ->UseRealTime();

void WalkInKeyOrder(benchmark::State& state) {
  constexpr uint64_t kRows = 100'000;
  Rows rows(uint64_t{256} << 20);
  BenchSession session(rows.manager());
  TableCursor cursor(rows.table(), session.context, true);
  for (uint64_t first = 0; first < kRows; first += kRowsPerCommit) {
    rows.Load(session, cursor, first, kRowsPerCommit);
  }
  CHECK(session.transaction.Begin(true).ok());
  std::byte value[100];
  cursor.MoveBeforeFirst();
  for (auto _ : state) {
    if (!cursor.MoveNext().ok()) CHECK(cursor.MoveFirst().ok());
    RetrieveArguments arguments;
    CHECK(cursor.RetrieveColumn(kValueColumn, value, &arguments).ok());
    benchmark::DoNotOptimize(value);
  }
  state.SetItemsProcessed(state.iterations());
  CHECK(session.transaction.Commit(CommitMode::kLazy).ok());
}
BENCHMARK(WalkInKeyOrder);

}  // namespace
}  // namespace contrail
