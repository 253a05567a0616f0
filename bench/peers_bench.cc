// Contrail beside SQLite (WAL, WITHOUT ROWID): the same rows, batches and cache, in one run.
// Figures are read as ratios.

#include <benchmark/benchmark.h>

#include <atomic>
#include <memory>
#include <random>

#include "bench/bench_database.h"

namespace contrail::bench {
namespace {

constexpr uint64_t kRows = 1'000'000;

// --- Sequential load of 1 M rows, one thread, lazy commit (SQLite: synchronous=NORMAL).

void LoadContrail(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    BenchFolder folder("load-contrail");
    auto bench = std::make_unique<ContrailBench>(folder.path().string());
    auto session = std::make_unique<ContrailBench::Session>(*bench);
    state.ResumeTiming();
    for (uint64_t row = 0; row < kRows;) {
      session->Begin();
      for (uint32_t i = 0; i < kRowsPerTransaction; ++i) session->Insert(row++);
      session->Commit(/*lazy=*/true);
    }
    state.PauseTiming();
    session.reset();
    bench.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}
BENCHMARK(LoadContrail)->Iterations(1)->Unit(benchmark::kMillisecond)->UseRealTime();

void LoadSqlite(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    BenchFolder folder("load-sqlite");
    SqliteBench bench(folder.path().string(), /*full=*/false);
    auto session = std::make_unique<SqliteBench::Session>(bench);
    state.ResumeTiming();
    for (uint64_t row = 0; row < kRows;) {
      session->Begin();
      for (uint32_t i = 0; i < kRowsPerTransaction; ++i) session->Insert(row++);
      session->Commit();
    }
    state.PauseTiming();
    session.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}
BENCHMARK(LoadSqlite)->Iterations(1)->Unit(benchmark::kMillisecond)->UseRealTime();

// --- Random point reads from cache.

template <typename Bench>
struct Loaded {
  std::unique_ptr<BenchFolder> folder;
  std::unique_ptr<Bench> bench;
};

Loaded<ContrailBench>& LoadedContrail() {
  static Loaded<ContrailBench> loaded = [] {
    Loaded<ContrailBench> made;
    made.folder = std::make_unique<BenchFolder>("read-contrail");
    made.bench = std::make_unique<ContrailBench>(made.folder->path().string());
    ContrailBench::Session session(*made.bench);
    for (uint64_t row = 0; row < kRows;) {
      session.Begin();
      for (uint32_t i = 0; i < kRowsPerTransaction; ++i) session.Insert(row++);
      session.Commit(true);
    }
    return made;
  }();
  return loaded;
}

Loaded<SqliteBench>& LoadedSqlite() {
  static Loaded<SqliteBench> loaded = [] {
    Loaded<SqliteBench> made;
    made.folder = std::make_unique<BenchFolder>("read-sqlite");
    made.bench = std::make_unique<SqliteBench>(made.folder->path().string(), false);
    SqliteBench::Session session(*made.bench);
    for (uint64_t row = 0; row < kRows;) {
      session.Begin();
      for (uint32_t i = 0; i < kRowsPerTransaction; ++i) session.Insert(row++);
      session.Commit();
    }
    return made;
  }();
  return loaded;
}

template <typename Session, typename Bench>
void ReadRandomly(benchmark::State& state, Bench& bench) {
  Session session(bench);
  std::mt19937_64 random(state.thread_index() + 1);
  session.Begin();
  for (uint64_t row = 0; row < kRows; row += 7) benchmark::DoNotOptimize(session.Read(row));
  for (auto _ : state) benchmark::DoNotOptimize(session.Read(random() % kRows));
  if constexpr (std::is_same_v<Session, ContrailBench::Session>) {
    session.Commit(true);
  } else {
    session.Commit();
  }
  state.SetItemsProcessed(state.iterations());
}

void ReadContrail(benchmark::State& state) {
  ReadRandomly<ContrailBench::Session>(state, *LoadedContrail().bench);
}
BENCHMARK(ReadContrail)->ThreadRange(1, 2)->UseRealTime();

// SQLite reads in autocommit here: a read transaction would need BEGIN DEFERRED and gain little.
void ReadSqlite(benchmark::State& state) {
  SqliteBench::Session session(*LoadedSqlite().bench);
  std::mt19937_64 random(state.thread_index() + 1);
  for (uint64_t row = 0; row < kRows; row += 7) benchmark::DoNotOptimize(session.Read(row));
  for (auto _ : state) benchmark::DoNotOptimize(session.Read(random() % kRows));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ReadSqlite)->ThreadRange(1, 2)->UseRealTime();

// --- Durable commits of one row each.

void CommitContrail(benchmark::State& state) {
  static std::unique_ptr<BenchFolder> folder;
  static std::unique_ptr<ContrailBench> bench;
  static std::atomic<uint64_t> next{0};
  if (state.thread_index() == 0) {
    folder = std::make_unique<BenchFolder>("commit-contrail");
    bench = std::make_unique<ContrailBench>(folder->path().string());
  }
  std::unique_ptr<ContrailBench::Session> session;
  for (auto _ : state) {
    if (session == nullptr) session = std::make_unique<ContrailBench::Session>(*bench);
    session->Begin();
    session->Insert(next.fetch_add(1));
    session->Commit(/*lazy=*/false);
  }
  session.reset();
  state.SetItemsProcessed(state.iterations());
  static std::atomic<int> left{0};
  if (left.fetch_add(1) + 1 == state.threads()) {
    left = 0;
    bench.reset();
    folder.reset();
  }
}
BENCHMARK(CommitContrail)->Threads(1)->Threads(16)->UseRealTime()->MinTime(1);

void CommitSqlite(benchmark::State& state) {
  BenchFolder folder("commit-sqlite");
  SqliteBench bench(folder.path().string(), /*full=*/true);
  SqliteBench::Session session(bench);
  uint64_t next = 0;
  for (auto _ : state) {
    session.Begin();
    session.Insert(next++);
    session.Commit();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(CommitSqlite)->UseRealTime()->MinTime(1);

}  // namespace
}  // namespace contrail::bench
