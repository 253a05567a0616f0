// Rows of 16 + 100 bytes through the JET API: what a call costs by itself, load in key order,
// random point reads from cache. Files go to $CONTRAIL_BENCH_DIR, else to the system's temporary
// folder.

#include <benchmark/benchmark.h>
#include <esent.h>
#include <stdlib.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include "storage/check.h"

namespace contrail {
namespace {

constexpr int kRowsPerCommit = 1000;

void Must(JET_ERR error) { CHECK(error >= 0); }

using Key = std::array<char, 16>;

Key KeyOf(uint64_t number) {
  Key key = {};
  for (int i = 0; i < 8; ++i)
    key[static_cast<size_t>(i)] = static_cast<char>(number >> (56 - 8 * i));
  return key;
}

class ApiRows {
 public:
  ApiRows() {
    const char* base = getenv("CONTRAIL_BENCH_DIR");
    const std::filesystem::path parent =
        base != nullptr ? base : std::filesystem::temp_directory_path();
    folder_ = (parent / "contrail_api_bench_XXXXXX").string();
    CHECK(mkdtemp(folder_.data()) != nullptr);
    constexpr uintptr_t kCachePages = 100000;
    Must(JetSetSystemParameterA(nullptr, 0, JET_paramCacheSizeMax, kCachePages, nullptr));
    Must(JetCreateInstanceA(&instance_, nullptr));
    for (const uint32_t path : {JET_paramSystemPath, JET_paramLogFilePath, JET_paramTempPath}) {
      Must(JetSetSystemParameterA(&instance_, 0, path, 0, (folder_ + "/").c_str()));
    }
    Must(JetSetSystemParameterA(&instance_, 0, JET_paramCircularLog, 1, nullptr));
    Must(JetInit(&instance_));
    Must(JetBeginSessionA(instance_, &session, nullptr, nullptr));
    JET_DBID dbid = 0;
    Must(JetCreateDatabaseA(session, (folder_ + "/rows.edb").c_str(), nullptr, &dbid, 0));
    Must(JetCreateTableA(session, dbid, "rows", 16, 100, &table));
    JET_COLUMNDEF column = {};
    column.cbStruct = sizeof(column);
    column.coltyp = JET_coltypBinary;
    column.cbMax = sizeof(Key);
    column.grbit = JET_bitColumnFixed;
    Must(JetAddColumnA(session, table, "key", &column, nullptr, 0, &key));
    column.cbMax = 255;
    column.grbit = 0;
    Must(JetAddColumnA(session, table, "value", &column, nullptr, 0, &value));
    Must(JetCreateIndexA(session, table, "main", JET_bitIndexPrimary, "+key\0", 6, 100));
  }
  ~ApiRows() {
    Must(JetTerm(instance_));
    std::filesystem::remove_all(folder_);
  }

  void Insert(uint64_t number) {
    const Key bytes = KeyOf(number);
    static constexpr char kValue[100] = {};
    Must(JetPrepareUpdate(session, table, JET_prepInsert));
    Must(JetSetColumn(session, table, key, bytes.data(), sizeof(bytes), 0, nullptr));
    Must(JetSetColumn(session, table, value, kValue, sizeof(kValue), 0, nullptr));
    Must(JetUpdate(session, table, nullptr, 0, nullptr));
  }

  void Load(uint64_t rows) {
    for (uint64_t row = 0; row < rows; ++row) {
      if (row % kRowsPerCommit == 0) Must(JetBeginTransaction(session));
      Insert(row);
      if ((row + 1) % kRowsPerCommit == 0 || row + 1 == rows) {
        Must(JetCommitTransaction(session, JET_bitCommitLazyFlush));
      }
    }
  }

  JET_SESID session = 0;
  JET_TABLEID table = 0;
  JET_COLUMNID key = 0, value = 0;

 private:
  std::string folder_;
  JET_INSTANCE instance_ = 0;
};

// Finding session and table, and nothing else.
void BM_ApiEmptyCall(benchmark::State& state) {
  ApiRows rows;
  Must(JetBeginTransaction(rows.session));
  for (auto _ : state) {
    Must(JetResetTableSequential(rows.session, rows.table, 0));
  }
  Must(JetRollback(rows.session, 0));
}
BENCHMARK(BM_ApiEmptyCall);

void BM_ApiLoadInOrder(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    auto rows = std::make_unique<ApiRows>();
    state.ResumeTiming();
    rows->Load(static_cast<uint64_t>(state.range(0)));
    state.PauseTiming();
    rows.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_ApiLoadInOrder)->Arg(200000)->Iterations(1)->Unit(benchmark::kMillisecond);

void BM_ApiReadAtRandom(benchmark::State& state) {
  constexpr uint64_t kRows = 200000;
  ApiRows rows;
  rows.Load(kRows);
  std::mt19937_64 random(1);
  Must(JetBeginTransaction(rows.session));
  for (auto _ : state) {
    const Key key = KeyOf(random() % kRows);
    char value[255];
    uint32_t size = 0;
    Must(JetMakeKey(rows.session, rows.table, key.data(), sizeof(key), JET_bitNewKey));
    Must(JetSeek(rows.session, rows.table, JET_bitSeekEQ));
    Must(JetRetrieveColumn(rows.session, rows.table, rows.value, value, sizeof(value), &size, 0,
                           nullptr));
    CHECK(size == 100);
  }
  Must(JetRollback(rows.session, 0));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_ApiReadAtRandom);

void BM_ApiScan(benchmark::State& state) {
  constexpr uint64_t kRows = 200000;
  ApiRows rows;
  rows.Load(kRows);
  Must(JetBeginTransaction(rows.session));
  Must(JetMove(rows.session, rows.table, JET_MoveFirst, 0));
  for (auto _ : state) {
    char value[255];
    uint32_t size = 0;
    Must(JetRetrieveColumn(rows.session, rows.table, rows.value, value, sizeof(value), &size, 0,
                           nullptr));
    if (JetMove(rows.session, rows.table, JET_MoveNext, 0) < 0) {
      Must(JetMove(rows.session, rows.table, JET_MoveFirst, 0));
    }
  }
  Must(JetRollback(rows.session, 0));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_ApiScan);

}  // namespace
}  // namespace contrail
