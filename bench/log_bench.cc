// The log: appending, lazy and durable commits. Files go to $CONTRAIL_BENCH_DIR, else to the
// system's temporary folder; figures of durable commits mean something on a real disk only.

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "log/log_writer.h"
#include "storage/aligned_buffer.h"
#include "storage/check.h"

namespace contrail {
namespace {

class Stream {
 public:
  explicit Stream(uint32_t generation_bytes = 5 << 20) {
    const char* chosen = std::getenv("CONTRAIL_BENCH_DIR");
    const std::filesystem::path parent =
        chosen != nullptr ? std::filesystem::path(chosen) : std::filesystem::temp_directory_path();
    std::string pattern = (parent / "log_bench_XXXXXX").string();
    CHECK(mkdtemp(pattern.data()) != nullptr);
    directory_ = pattern;
    LogWriterOptions options;
    options.directory = directory_.string();
    options.generation_bytes = generation_bytes;
    auto writer =
        LogWriter::Create(PosixFileSystem(), DiscardEvents(), options, Signature::Random(), {});
    CHECK(writer.ok());
    writer_ = std::move(writer).value();
    // Archived generations are of no further use, and would fill the disk in a long run.
    writer_->SetGenerationListener([this](uint32_t generation) {
      std::error_code ignored;
      std::filesystem::remove(directory_ / LogFileName("edb", generation - 1), ignored);
    });
  }
  ~Stream() {
    writer_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  LogWriter& writer() { return *writer_; }

 private:
  std::filesystem::path directory_;
  std::unique_ptr<LogWriter> writer_;
};

// What an insert pays. The buffer is emptied by the background thread at the disk's pace, so long
// runs show the disk; the number of iterations keeps this one within the buffer.
void AppendWithinBuffer(benchmark::State& state) {
  const std::vector<std::byte> payload(state.range(0), std::byte{7});
  constexpr int kBatch = 4000;
  Stream stream(64 << 20);
  while (state.KeepRunningBatch(kBatch)) {
    for (int i = 0; i < kBatch; ++i) {
      benchmark::DoNotOptimize(stream.writer().Append(payload).ok());
    }
    state.PauseTiming();
    CHECK(stream.writer().EnsureDurable().ok());
    state.ResumeTiming();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(AppendWithinBuffer)->Arg(200)->UseRealTime();

// A load without end: appending at the pace of the disk.
void AppendSustained(benchmark::State& state) {
  const std::vector<std::byte> payload(state.range(0), std::byte{7});
  Stream stream;
  for (auto _ : state) benchmark::DoNotOptimize(stream.writer().Append(payload).ok());
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(AppendSustained)->Arg(200)->UseRealTime();

void CommitLazily(benchmark::State& state) {
  const std::vector<std::byte> payload(200, std::byte{7});
  Stream stream;
  for (auto _ : state) {
    const Result<Lgpos> position = stream.writer().Append(payload);
    CHECK(position.ok());
    stream.writer().FlushSoon(*position);
  }
}
BENCHMARK(CommitLazily)->UseRealTime();

std::unique_ptr<Stream> shared_stream;

void CommitDurably(benchmark::State& state) {
  const std::vector<std::byte> payload(200, std::byte{7});
  if (state.thread_index() == 0) shared_stream = std::make_unique<Stream>();
  for (auto _ : state) {
    const Result<Lgpos> position = shared_stream->writer().Append(payload);
    CHECK(position.ok());
    CHECK(shared_stream->writer().WaitDurable(*position).ok());
  }
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) {
    const LogWriter::Statistics statistics = shared_stream->writer().statistics();
    state.counters["commits_per_flush"] =
        static_cast<double>(statistics.records) / static_cast<double>(statistics.flushes);
    shared_stream.reset();
  }
}
BENCHMARK(CommitDurably)->Threads(1)->Threads(2)->Threads(4)->Threads(16)->UseRealTime();

// What CommitDurably on one thread is measured against: one block written and synced.
void WriteAndSyncOneBlock(benchmark::State& state) {
  const std::string path = (std::filesystem::temp_directory_path() / "log_bench_plain").string();
  auto file = PosixFileSystem().Open(path, {.mode = FileMode::kCreateOrTruncate, .direct = true});
  CHECK(file.ok());
  const AlignedBuffer zeros(5 << 20);
  CHECK((*file)->Write(0, zeros.span()).ok());
  CHECK((*file)->Sync().ok());
  uint64_t block = 0;
  for (auto _ : state) {
    CHECK((*file)->Write(block++ / 16 % 1280 * 4096, zeros.span().first(4096)).ok());
    CHECK((*file)->Sync().ok());
  }
  std::filesystem::remove(path);
}
BENCHMARK(WriteAndSyncOneBlock)->UseRealTime();

}  // namespace
}  // namespace contrail
