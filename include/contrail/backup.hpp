// Streaming a backup out of an open instance, and back (contrail/restore.hpp). Header only, over
// esent.h; C++20.
//
//   contrail::FileSink sink("monday.tar");
//   contrail::backup(instance.handle(), sink);
//   ...
//   contrail::FileSource source("monday.tar");
//   contrail::restore(source, {.folder = "restored/"});
//
// The stream is a tar archive (docs/format/backup_stream.md): the databases, the logs that make
// them whole, and at the end a list of the files with their checksums. Other sessions go on
// writing.
//
// A sink is anything with write(const char*, n); a source anything with read(char*, n) that returns
// how many bytes it gave, 0 at the end; std::ostream and std::istream will do. A sink with sync()
// is asked to make what it has durable before the backup is in force and logs are deleted; whoever
// uses another one must not rely on the backup before that has happened.
//
// Errors are thrown (contrail::Error, or whatever sink, source and callbacks throw): a backup is
// then given up, and it is as if it had never begun.

#ifndef CONTRAIL_BACKUP_HPP_
#define CONTRAIL_BACKUP_HPP_

#include <esent.h>
#include <sys/stat.h>
#include <contrail/backup_archive.hpp>
#include <contrail/db.hpp>
#include <contrail/file_stream.hpp>
#include <contrail/restore.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace contrail {
inline namespace cpp {

struct BackupOptions {
  bool incremental = false;        // The logs since the last full or incremental backup, only.
  bool truncate_logs = true;       // Logs that nothing needs any more go; else it is a copy.
  size_t piece = size_t{1} << 20;  // Bytes of a read: a multiple of the page size of the databases,
                                   // and three pages at least (JET_errInvalidParameter).
  uint64_t max_bytes_per_second = 0;  // 0: as fast as it goes. A slow stretch is not made up for.
  // Commits should wait no longer for the log, on average, while the backup runs; else it slows
  // down, to 1 MiB/s at worst. 0: not watched. Stands for JET_paramContrailMostCommitWait
  // meanwhile.
  std::chrono::microseconds max_commit_wait{0};
  // Told behind each piece, on the calling thread, how many bytes there are by now, and will be.
  // The logs join the total when the databases have been read. What it throws gives the backup up.
  std::function<void(uint64_t done, uint64_t total)> progress = {};
};

struct BackupSummary {
  uint32_t generation_low = 0;  // Of the logs in it.
  uint32_t generation_high = 0;
  uint64_t bytes = 0;                  // Of all files.
  std::vector<std::string> databases;  // Their paths.
};

// The sequence of JET calls, with the abort that belongs to it.
class BackupRun {
 public:
  BackupRun(JET_INSTANCE instance, bool incremental) : instance_(instance) {
    check(JetBeginExternalBackupInstance(instance, incremental ? JET_bitBackupIncremental : 0),
          "JetBeginExternalBackupInstance");
  }
  BackupRun(const BackupRun&) = delete;
  BackupRun& operator=(const BackupRun&) = delete;
  ~BackupRun() {
    if (open_) JetEndExternalBackupInstance2(instance_, JET_bitBackupEndAbort);
  }

  std::vector<std::string> databases() {
    return list([this](char* buffer, uint32_t size, uint32_t* actual) {
      return check(JetGetAttachInfoInstanceA(instance_, buffer, size, actual),
                   "JetGetAttachInfoInstance");
    });
  }
  std::vector<std::string> logs(JET_LOGINFO_A* range) {
    *range = {};
    range->cbSize = sizeof(*range);
    return list([this, range](char* buffer, uint32_t size, uint32_t* actual) {
      return check(JetGetLogInfoInstance2A(instance_, buffer, size, actual, range),
                   "JetGetLogInfoInstance2");
    });
  }
  void truncate() { check(JetTruncateLogInstance(instance_), "JetTruncateLogInstance"); }
  // In force when it returns.
  void end() {
    open_ = false;
    check(JetEndExternalBackupInstance2(instance_, JET_bitBackupEndNormal),
          "JetEndExternalBackupInstance2");
  }

  // Gives `take(data, size)` each piece of the file, and before that its size to `begin(size)`.
  template <typename Begin, typename Take>
  void read(const std::string& path, std::vector<char>* buffer, Begin&& begin, Take&& take) {
    JET_HANDLE file = 0;
    uint32_t low = 0;
    uint32_t high = 0;
    check(JetOpenFileInstanceA(instance_, path.c_str(), &file, &low, &high), "JetOpenFileInstance");
    begin(uint64_t{high} << 32 | low);
    while (true) {
      uint32_t got = 0;
      check(JetReadFileInstance(instance_, file, buffer->data(),
                                static_cast<uint32_t>(buffer->size()), &got),
            "JetReadFileInstance");
      if (got == 0) break;
      take(buffer->data(), got);
    }
    check(JetCloseFileInstance(instance_, file), "JetCloseFileInstance");
  }

 private:
  template <typename Call>
  static std::vector<std::string> list(Call&& call) {
    uint32_t size = 0;
    call(nullptr, 0, &size);
    std::string block(size, '\0');
    call(block.data(), size, &size);
    std::vector<std::string> names;
    for (size_t at = 0; at < block.size() && block[at] != '\0';) {
      names.emplace_back(block.c_str() + at);
      at += names.back().size() + 1;
    }
    return names;
  }
  JET_INSTANCE instance_;
  bool open_ = true;
};

// A parameter of the instance that has another value for as long as this lives.
class ScopedParameter {
 public:
  ScopedParameter(JET_INSTANCE instance, uint32_t id, uint64_t value)
      : instance_(instance), id_(id) {
    check(JetGetSystemParameterA(instance_, JET_sesidNil, id_, &before_, nullptr, 0),
          "JetGetSystemParameter");
    check(set(value), "JetSetSystemParameter");
  }
  ScopedParameter(const ScopedParameter&) = delete;
  ScopedParameter& operator=(const ScopedParameter&) = delete;
  ~ScopedParameter() { set(before_); }

 private:
  JET_ERR set(uint64_t value) {
    return JetSetSystemParameterA(&instance_, JET_sesidNil, id_, value, nullptr);
  }
  JET_INSTANCE instance_;
  const uint32_t id_;
  JET_API_PTR before_ = 0;
};

// How far a backup is, and how fast it may go on.
class BackupMeter {
 public:
  explicit BackupMeter(const BackupOptions& options) : options_(options) {}
  void expect(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) total_ += expected_[path] = size_now(path);
  }
  // One of them is opened, and has a size.
  void open(const std::string& path, uint64_t size) { total_ += size - expected_[path]; }
  void pass(uint64_t bytes) {
    done_ += bytes;
    if (options_.progress) options_.progress(done_, total_);
    if (options_.max_bytes_per_second == 0) return;
    const std::chrono::duration<double> due(static_cast<double>(bytes) /
                                            static_cast<double>(options_.max_bytes_per_second));
    wait_until(last_ + std::chrono::duration_cast<Clock::duration>(due));
    last_ = Clock::now();
  }
  uint64_t done() const { return done_; }

 private:
  using Clock = std::chrono::steady_clock;
  // Nobody notifies: time is all that is waited for.
  static void wait_until(Clock::time_point time) {
    std::mutex mutex;
    std::unique_lock<std::mutex> lock(mutex);
    std::condition_variable never;
    never.wait_until(lock, time, [] { return false; });
  }
  static uint64_t size_now(const std::string& path) {
    struct ::stat there = {};
    return ::stat(path.c_str(), &there) == 0 ? static_cast<uint64_t>(there.st_size) : 0;
  }
  const BackupOptions& options_;
  std::map<std::string, uint64_t> expected_;
  uint64_t done_ = 0;
  uint64_t total_ = 0;
  Clock::time_point last_ = Clock::now();
};

inline std::string base_name_of(JET_INSTANCE instance) {
  char name[64] = {};
  check(JetGetSystemParameterA(instance, JET_sesidNil, JET_paramBaseName, nullptr, name,
                               sizeof(name)),
        "JetGetSystemParameter");
  return name;
}

// A whole backup into the sink. When it returns the backup is in force.
template <typename Sink>
BackupSummary backup(JET_INSTANCE instance, Sink& sink, const BackupOptions& options = {}) {
  std::optional<ScopedParameter> wait;
  if (options.max_commit_wait.count() > 0) {
    wait.emplace(instance, JET_paramContrailMostCommitWait,
                 static_cast<uint64_t>(options.max_commit_wait.count()));
  }
  BackupRun run(instance, options.incremental);
  ArchiveWriter<Sink> archive(sink);
  ArchiveNames names(base_name_of(instance));
  BackupMeter meter(options);
  BackupSummary summary;
  std::vector<char> buffer(options.piece);
  const auto copy = [&](const std::string& path, const std::string& name,
                        const std::string& original) {
    run.read(
        path, &buffer,
        [&](uint64_t size) {
          meter.open(path, size);
          archive.begin(name, size, original);
        },
        [&](const char* data, size_t size) {
          archive.write(data, size);
          meter.pass(size);
        });
    archive.end();
  };
  archive.note({"kind", options.incremental ? "incremental" : "full"});
  if (!options.incremental) summary.databases = run.databases();
  meter.expect(summary.databases);
  for (const std::string& path : summary.databases) copy(path, names.add(path), path);
  JET_LOGINFO_A range;
  const std::vector<std::string> logs = run.logs(&range);
  meter.expect(logs);
  for (const std::string& path : logs) copy(path, file_name_of(path), {});
  summary.bytes = meter.done();
  summary.generation_low = range.ulGenLow;
  summary.generation_high = range.ulGenHigh;
  archive.note(
      {"logs", range.szBaseName, std::to_string(range.ulGenLow), std::to_string(range.ulGenHigh)});
  archive.finish();
  if constexpr (requires { sink.sync(); }) sink.sync();
  if (options.truncate_logs) run.truncate();
  run.end();
  return summary;
}

}  // namespace cpp
}  // namespace contrail

#endif
