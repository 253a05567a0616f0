// Backup: what a full backup reads per second, beside a plain direct read of the same file.

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "backup/backup_session.h"
#include "engine/instance.h"
#include "storage/aligned_buffer.h"
#include "storage/check.h"
#include "storage/page_checksum.h"

namespace contrail {
namespace {

constexpr PageNumber kPages = 64 << 10;  // 256 MiB.
constexpr size_t kReadBytes = 1 << 20;

// An instance with a database of kPages pages that have content and right checksums.
class BigDatabase {
 public:
  BigDatabase() {
    folder_ = std::filesystem::temp_directory_path() /
              ("contrail_backup_bench_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    InstanceOptions options;
    options.system_path = options.log_path = options.temporary_path = folder_.string() + "/";
    instance_ = std::make_unique<Instance>(PosixFileSystem(), DiscardEvents(), options);
    CHECK(instance_->Initialize().ok());
    path_ = (folder_ / "bench.edb").string();
    CHECK(instance_->CreateDatabase(path_, {.initial_pages = kPages}).ok());
    FillPages();
  }
  ~BigDatabase() {
    if (!instance_->Terminate(TerminateMode::kAbrupt).ok()) benchmark::Shutdown();
    std::error_code ignored;  // A folder left behind spoils no figure.
    std::filesystem::remove_all(folder_, ignored);
  }

  Instance& instance() { return *instance_; }
  const std::string& path() const { return path_; }

 private:
  // Pages that no tree has: nobody reads them but the backup.
  void FillPages() {
    File& file = instance_->FindDatabase(path_)->database().file();
    AlignedBuffer buffer(kReadBytes);
    const size_t page_size = instance_->options().page_size;
    const auto pages = static_cast<PageNumber>(kReadBytes / page_size);
    for (PageNumber first = 1024; first + pages < kPages; first += pages) {
      for (PageNumber i = 0; i < pages; ++i) {
        const MutableBytes page = buffer.span().subspan(i * page_size, page_size);
        for (size_t at = 0; at < page_size; at += 8) {
          StoreLittle<uint64_t>(page.data() + at, at * (first + i) + 1);
        }
        StoreLittle<uint32_t>(page.data() + page_offset::kFlags, page_flag::kAlways);
        SealPage(page, first + i);
      }
      CHECK(file.Write(FileOffsetOf(first, static_cast<uint32_t>(page_size)), buffer.span()).ok());
    }
    CHECK(file.Sync().ok());
  }

  std::filesystem::path folder_;
  std::string path_;
  std::unique_ptr<Instance> instance_;
};

void PlainDirectRead(benchmark::State& state) {
  BigDatabase database;
  AlignedBuffer buffer(kReadBytes);
  int64_t bytes = 0;
  for (auto _ : state) {
    const auto file = PosixFileSystem().Open(database.path(), {.direct = true});
    CHECK(file.ok());
    const uint64_t size = *(*file)->Size() / kReadBytes * kReadBytes;
    for (uint64_t offset = 0; offset < size; offset += kReadBytes) {
      CHECK((*file)->Read(offset, buffer.span()).ok());
    }
    bytes += static_cast<int64_t>(size);
  }
  state.SetBytesProcessed(bytes);
}
BENCHMARK(PlainDirectRead)->Unit(benchmark::kMillisecond)->UseRealTime();

void FullBackupRead(benchmark::State& state) {
  BigDatabase database;
  BackupSession& session = *BackupSession::Of(database.instance());
  AlignedBuffer buffer(static_cast<size_t>(state.range(0)));
  int64_t bytes = 0;
  for (auto _ : state) {
    CHECK(session.Begin(BackupKind::kFull).ok());
    const auto file = session.OpenFile(database.path());
    CHECK(file.ok());
    while (true) {
      const auto read = session.ReadFile(file->handle, buffer.span());
      CHECK(read.ok());
      if (*read == 0) break;
      bytes += static_cast<int64_t>(*read);
    }
    CHECK(session.CloseFile(file->handle).ok());
    CHECK(session.End(BackupEnd::kAbort, false).ok());
  }
  state.SetBytesProcessed(bytes);
}
BENCHMARK(FullBackupRead)
    ->ArgName("read_bytes")
    ->Arg(64 << 10)
    ->Arg(1 << 20)
    ->Arg(16 << 20)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace contrail
