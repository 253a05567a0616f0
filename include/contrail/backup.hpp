// Streaming a backup out of an open instance, and back. Header only, over esent.h; C++20.
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
// Errors are thrown (contrail::Error, or whatever sink and source throw): a backup is then given
// up, and it is as if it had never begun.

#ifndef CONTRAIL_BACKUP_HPP_
#define CONTRAIL_BACKUP_HPP_

#include <esent.h>
#include <sys/stat.h>
#include <unistd.h>
#include <contrail/backup_archive.hpp>
#include <contrail/db.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace contrail {
inline namespace cpp {

struct BackupOptions {
  bool incremental = false;        // The logs since the last full or incremental backup, only.
  bool truncate_logs = true;       // Logs that nothing needs any more go; else it is a copy.
  size_t piece = size_t{1} << 20;  // Bytes of a read, a multiple of the page size and at least 3.
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

// A whole backup into the sink. When it returns the backup is in force.
template <typename Sink>
BackupSummary backup(JET_INSTANCE instance, Sink& sink, const BackupOptions& options = {}) {
  BackupRun run(instance, options.incremental);
  ArchiveWriter<Sink> archive(sink);
  BackupSummary summary;
  std::vector<char> buffer(options.piece);
  const auto copy = [&](const std::string& path, const std::string& name) {
    run.read(
        path, &buffer, [&](uint64_t size) { archive.begin(name, size); },
        [&](const char* data, size_t size) { archive.write(data, size); });
    summary.bytes += archive.end();
  };
  if (!options.incremental) summary.databases = run.databases();
  for (const std::string& path : summary.databases) {
    archive.note("database\t" + archive_name(path) + "\t" + path);
    copy(path, archive_name(path));
  }
  JET_LOGINFO_A range;
  for (const std::string& path : run.logs(&range)) copy(path, archive_name(path));
  summary.generation_low = range.ulGenLow;
  summary.generation_high = range.ulGenHigh;
  archive.note("logs\t" + std::string(range.szBaseName) + "\t" + std::to_string(range.ulGenLow) +
               "\t" + std::to_string(range.ulGenHigh));
  archive.finish();
  if constexpr (requires { sink.sync(); }) sink.sync();
  if (options.truncate_logs) run.truncate();
  run.end();
  return summary;
}

struct RestoreOptions {
  std::string folder;  // Of databases, logs and checkpoint; made when it is missing.
  // Not further than this: "YYYY-MM-DD HH:MM:SS[.mmm]" in UTC, or a log position
  // "generation:block:offset" in hexadecimal digits; empty: everything. Then a new log stream
  // begins in the folder, and logs that follow those of the backup are looked for in its "logs".
  // One such restore at a time in a process.
  std::string point = {};
  JET_PFNSTATUS status = nullptr;  // Told of the replay, as JetExternalRestore does.
};

// Databases that were restored lie in the folder, clean, under their own names.
class Restore {
 public:
  explicit Restore(RestoreOptions options) : options_(std::move(options)) {
    if (!options_.folder.ends_with('/')) options_.folder += '/';
    // Writing into them tells whether they are there.
    ::mkdir(options_.folder.c_str(), 0777);
    if (to_point()) ::mkdir(log_folder().c_str(), 0777);
  }

  // A full backup first, then the incremental ones behind it, in order. Files that are there
  // already are not replaced: JET_errFileAlreadyExists. A stream that ends early, or whose content
  // is not what was written, is JET_errReadVerifyFailure. What it has brought is removed then.
  template <typename Source>
  void add(Source& source) {
    const ArchiveContents contents =
        extract_archive(source, options_.folder, log_folder(), brought_);
    brought_.insert(contents.files.begin(), contents.files.end());
    brought_.insert(contents.logs.begin(), contents.logs.end());
    logs_.insert(contents.logs.begin(), contents.logs.end());
    for (const auto& [name, path] : contents.databases) databases_.emplace_back(path, name);
    if (base_name_.empty()) {
      base_name_ = contents.base_name;
      generation_low_ = contents.generation_low;
    }
    generation_high_ = contents.generation_high;
  }

  // Replays. Logs behind the backup's that lie beside them are replayed, too. May be repeated
  // after an error.
  std::vector<std::string> run() {
    std::vector<std::string> targets;
    for (const auto& [path, name] : databases_) targets.push_back(options_.folder + name);
    std::vector<JET_RSTMAP_A> map(databases_.size());
    for (size_t i = 0; i < map.size(); ++i) {
      map[i].szDatabaseName = databases_[i].first.data();
      map[i].szNewDatabaseName = targets[i].data();
    }
    JET_LOGINFO_A range = {};
    range.cbSize = sizeof(range);
    range.ulGenLow = generation_low_;
    range.ulGenHigh = generation_high_;
    base_name_.copy(range.szBaseName, sizeof(range.szBaseName) - 1);
    std::string folder = options_.folder;
    std::string logs = log_folder();
    set_point(options_.point.c_str());
    const JET_ERR result = JetExternalRestore2A(folder.data(), folder.data(), map.data(),
                                                static_cast<int32_t>(map.size()), logs.data(),
                                                &range, nullptr, nullptr, nullptr, options_.status);
    set_point("");
    check(result, "JetExternalRestore2");
    if (to_point()) {
      for (const std::string& log : logs_) ::unlink((logs + log).c_str());
      ::rmdir(logs.c_str());  // Logs that were put there by others stay.
    }
    return targets;
  }

 private:
  bool to_point() const { return !options_.point.empty(); }
  // Where a new log stream begins no old logs may lie.
  std::string log_folder() const {
    return to_point() ? options_.folder + "logs/" : options_.folder;
  }
  static void set_point(const char* point) {
    check(JetSetSystemParameterA(nullptr, JET_sesidNil, JET_paramContrailRestoreTo, 0, point),
          "JetSetSystemParameter");
  }

  RestoreOptions options_;
  std::set<std::string> brought_;  // Names: a later stream may bring them again.
  std::set<std::string> logs_;
  std::vector<std::pair<std::string, std::string>> databases_;  // Original path, name here.
  std::string base_name_;
  uint32_t generation_low_ = 0;
  uint32_t generation_high_ = 0;
};

// One full backup, from its stream to databases that can be attached; their paths.
template <typename Source>
std::vector<std::string> restore(Source& source, const RestoreOptions& options) {
  Restore restore(options);
  restore.add(source);
  return restore.run();
}

}  // namespace cpp
}  // namespace contrail

#endif
