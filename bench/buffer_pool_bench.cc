// The buffer pool: what a hit, a miss, a latch and a small mutation cost.

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include "storage/buffer_pool.h"
#include "storage/check.h"
#include "storage/database.h"

namespace contrail {
namespace {

constexpr PageNumber kPages = 4096;
constexpr uint32_t kFirst = 40;

// A database with kPages formatted leaves, in a folder of its own.
class Pages {
 public:
  explicit Pages(uint64_t cache_bytes) {
    folder_ = std::filesystem::temp_directory_path() /
              ("contrail_pool_bench_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    const std::string path = (folder_ / "bench.edb").string();
    CreateDatabaseOptions create;
    create.initial_pages = kFirst + kPages;
    create.signature = Signature::Random();
    create.created = LogTime::Now();
    CHECK(Database::Create(PosixFileSystem(), DiscardEvents(), path, create, true).ok());
    BufferPoolOptions options;
    options.cache_bytes = cache_bytes;
    auto pool = BufferPool::Create(PosixFileSystem(), DiscardEvents(), sink_, options);
    CHECK(pool.ok());
    pool_ = std::move(*pool);
    auto database =
        Database::Open(PosixFileSystem(), *pool_, DiscardEvents(), path, false, 0, sink_);
    CHECK(database.ok());
    database_ = std::move(*database);
    for (PageNumber page = kFirst; page < kFirst + kPages; ++page) Format(page);
    CHECK(database_->pages().FlushAll().ok());
  }
  ~Pages() {
    database_.reset();
    std::error_code ignored;  // A folder left behind spoils no figure.
    std::filesystem::remove_all(folder_, ignored);
  }

  CachedDatabase& pages() { return database_->pages(); }
  Database& database() { return *database_; }

 private:
  void Format(PageNumber number) {
    std::vector<std::byte> list;
    const std::byte key[8] = {};
    const std::byte data[16] = {};
    NodeListWriter(&list).Add(0, key, data);
    Mutation mutation(*database_, &scratch_, Mutation::Kind::kSingle);
    const auto page = mutation.LockNew(number);
    CHECK(page.ok());
    mutation.Apply(*page,
                   PageOperation::Format(page_flag::kAlways | page_flag::kLeaf, 9, 0, 0, {}, list));
    CHECK(mutation.Commit().ok());
  }

  std::filesystem::path folder_;
  NullRedoSink sink_;
  MutationScratch scratch_;
  std::unique_ptr<BufferPool> pool_;
  std::unique_ptr<Database> database_;
};

PageNumber Pick(std::mt19937& random) { return kFirst + random() % kPages; }

void BM_PoolReadHit(benchmark::State& state) {
  static std::unique_ptr<Pages> pages;
  if (state.thread_index() == 0) pages = std::make_unique<Pages>(uint64_t{256} << 20);
  std::mt19937 random(state.thread_index() + 1);
  for (auto step : state) {
    auto guard = pages->pages().Read(Pick(random));
    benchmark::DoNotOptimize(guard->page().dbtime());
    benchmark::DoNotOptimize(guard->Validate());
  }
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) pages.reset();
}
BENCHMARK(BM_PoolReadHit)->Threads(1)->Threads(2)->UseRealTime();

void BM_PoolLatchExclusive(benchmark::State& state) {
  Pages pages(uint64_t{256} << 20);
  std::mt19937 random(1);
  for (auto step : state) {
    auto guard = pages.pages().Lock(Pick(random));
    benchmark::DoNotOptimize(guard->bytes());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_PoolLatchExclusive);

// An eighth of the pages fit: most reads miss, and evict.
void BM_PoolReadMiss(benchmark::State& state) {
  Pages pages(uint64_t{kPages} * 4096 / 8);
  std::mt19937 random(1);
  for (auto step : state) {
    auto guard = pages.pages().Read(Pick(random));
    CHECK(guard.ok());
    benchmark::DoNotOptimize(guard->page().dbtime());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_PoolReadMiss)->UseRealTime();

// One operation on one page, to the record handed to a sink that drops it.
void BM_SingleMutation(benchmark::State& state) {
  Pages pages(uint64_t{256} << 20);
  MutationScratch scratch;
  std::mt19937 random(1);
  const std::byte data[16] = {};
  for (auto step : state) {
    Mutation mutation(pages.database(), &scratch, Mutation::Kind::kSingle);
    const auto page = mutation.Lock(Pick(random));
    mutation.Apply(*page, PageOperation::ReplaceNode(0, 0, data));
    CHECK(mutation.Commit().ok());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_SingleMutation);

}  // namespace
}  // namespace contrail
