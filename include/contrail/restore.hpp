// Back from the stream of contrail/backup.hpp to databases that can be attached. Header only;
// C++20.
//
//   contrail::FileSource source("monday.tar");
//   contrail::restore(source, {.folder = "restored/"});
//
// Everything is made ready in FOLDER/contrail-restore.unfinished/ and moved into its place when it
// is whole (contrail/restore_folder.hpp). A restore that has failed or was killed can be repeated.

#ifndef CONTRAIL_RESTORE_HPP_
#define CONTRAIL_RESTORE_HPP_

#include <esent.h>
#include <contrail/backup_archive.hpp>
#include <contrail/db.hpp>
#include <contrail/restore_folder.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace contrail {
inline namespace cpp {

struct RestoreOptions {
  std::string folder;  // Of databases, logs and checkpoint; made when it is missing.
  // Not further than this: "YYYY-MM-DD HH:MM:SS[.mmm]" in UTC, or a log position
  // "generation:block:offset" in hexadecimal digits; empty: everything. Then a new log stream
  // begins in the folder, which must hold no logs, and logs that follow those of the backup are
  // looked for in its "logs". One such restore at a time in a process.
  std::string point = {};
  JET_PFNSTATUS status = nullptr;  // Told of the replay, as JetExternalRestore does.
  // Which databases, and where to: is given the path that a database had, and gives its new one, a
  // name or path below the folder or an absolute path in the same file system; or nothing, and it
  // is left out. Not set: all of them, in the folder, under their own names; of two of one name the
  // second one's begins with "2-".
  std::function<std::string(const std::string& original)> place = {};
};

// Databases that were restored lie in their places, clean.
class Restore {
 public:
  // Throws away what a restore into the folder that was interrupted has left.
  // JET_errFileAccessDenied: another one is at work there.
  explicit Restore(RestoreOptions options)
      : options_(with_slash(std::move(options))), folder_(options_.folder) {}

  // A full backup first, then the incremental ones behind it, in order. Files that are there
  // already are not replaced: JET_errFileAlreadyExists. A stream that ends early, or whose content
  // is not what was written, is JET_errReadVerifyFailure. Nothing of it is kept then.
  template <typename Source>
  void add(Source& source) {
    std::vector<RestoredDatabase> databases;
    folder_.empty_incoming();
    const ArchiveContents contents =
        ArchiveReader<Source>(source).read([&](const ArchiveEntry& entry) {
          const bool wanted = !entry.is_database() || take(entry, &databases);
          if (!entry.is_database()) check_log(entry.name);
          return wanted && !folder_.former() ? folder_.incoming() + entry.name : std::string();
        });
    if (base_name_.empty() && !contents.full) throw Error(JET_errMissingFullBackup, "restore");
    for (const ArchiveEntry& entry : contents.entries) {
      if (!entry.is_database() && !folder_.former()) {
        rename_file(folder_.incoming() + entry.name, log_folder() + entry.name);
      }
    }
    for (const RestoredDatabase& database : databases) keep(database);
    if (base_name_.empty()) {
      base_name_ = contents.base_name;
      generation_low_ = contents.generation_low;
      offered_ = std::any_of(contents.entries.begin(), contents.entries.end(),
                             [](const ArchiveEntry& entry) { return entry.is_database(); });
    }
    generation_high_ = contents.generation_high;
    identity_.add(reinterpret_cast<const char*>(&contents.checksum), sizeof(contents.checksum));
  }

  // Replays. Logs behind the backup's that lie in the folder are replayed, too. May be repeated
  // after an error. JET_errFileAccessDenied: an instance uses the folder.
  std::vector<std::string> run() {
    if (base_name_.empty()) throw Error(JET_errMissingFullBackup, "restore");
    if (offered_ && databases_.empty()) throw Error(JET_errDatabaseNotFound, "restore");
    const FinishedRestore finished = description();
    if (folder_.former()) {
      // It had been whole when it was interrupted, and is in its place by now.
      if (folder_.former()->identity != finished.identity) {
        throw Error(JET_errFileAlreadyExists, "restore to " + options_.folder);
      }
    } else if (!finished_) {
      check_places();
      folder_.lock_instance(base_name_);
      if (!survivors_taken_) take_survivors();
      replay();
      folder_.finish(finished);
      finished_ = true;
    }
    std::vector<std::string> paths;
    for (const RestoredDatabase& database : databases_) paths.push_back(database.path);
    return paths;
  }

 private:
  static RestoreOptions with_slash(RestoreOptions options) {
    if (options.folder.empty()) throw Error(JET_errInvalidPath, "restore to no folder");
    if (!options.folder.ends_with('/')) options.folder += '/';
    return options;
  }
  bool to_point() const { return !options_.point.empty(); }
  // Where a new log stream begins no old logs may lie.
  std::string log_folder() const { return to_point() ? folder_.logs() : folder_.instance(); }

  bool take(const ArchiveEntry& entry, std::vector<RestoredDatabase>* databases) {
    std::string path = options_.place ? options_.place(entry.original) : entry.name;
    if (path.empty()) return false;
    if (!path.starts_with('/')) path = options_.folder + path;
    const bool again = std::any_of(databases->begin(), databases->end(),
                                   [&](const auto& other) { return other.path == path; });
    if (again || (!folder_.former() && file_exists(path))) {
      throw Error(JET_errFileAlreadyExists, "restore to " + path);
    }
    folder_.check_same_file_system(path);
    databases->push_back({entry.name, entry.original, path});
    return true;
  }
  void check_log(const std::string& name) const {
    if (!to_point() && !folder_.former() && file_exists(options_.folder + name)) {
      throw Error(JET_errFileAlreadyExists, "restore to " + options_.folder + name);
    }
  }
  void keep(const RestoredDatabase& database) {
    if (!folder_.former()) {
      rename_file(folder_.incoming() + database.name, folder_.databases() + database.name);
    }
    std::erase_if(databases_, [&](const auto& other) { return other.name == database.name; });
    databases_.push_back(database);
  }

  void check_places() const {
    for (const RestoredDatabase& database : databases_) {
      if (is_engine_file(base_name_, file_name_of(database.path))) {
        throw Error(JET_errInvalidPath, "restore to " + database.path);
      }
    }
    if (!to_point()) return;
    for (const std::string& name : folder_names(options_.folder)) {
      if (is_engine_file(base_name_, name) && name.ends_with(".log")) {
        throw Error(JET_errBackupDirectoryNotEmpty, "restore to a point beside " + name);
      }
    }
  }

  FinishedRestore description() const {
    ArchiveChecksum identity = identity_;
    std::string places = options_.point;
    for (const RestoredDatabase& database : databases_) {
      places += '\n' + escaped(database.name) + '\t' + escaped(database.path);
    }
    identity.add(places.data(), places.size());
    std::ostringstream digits;
    digits << std::hex << identity.value();
    return {digits.str(), base_name_, databases_};
  }

  // Copies of them, for what is replayed is also written to.
  void take_survivors() {
    const std::string from = to_point() ? options_.folder + "logs/" : options_.folder;
    for (const std::string& name : folder_names(from)) {
      if (!is_engine_file(base_name_, name) || !name.ends_with(".log")) continue;
      const std::string digits =
          name.substr(base_name_.size(), name.size() - base_name_.size() - 4);
      const bool archived = digits.size() == 5 || digits.size() == 8;
      if (archived && std::strtoul(digits.c_str(), nullptr, 16) <= generation_high_) continue;
      if (archived || digits.empty() || digits == "tmp")
        copy_file(from + name, log_folder() + name);
    }
    survivors_taken_ = true;
  }

  void replay() {
    if (databases_.empty()) return;  // The instance had none: there is nothing to replay into.
    std::vector<RestoredDatabase> databases = databases_;
    std::vector<JET_RSTMAP_A> map(databases.size());
    for (size_t i = 0; i < map.size(); ++i) {
      databases[i].path = folder_.databases() + databases[i].name;
      map[i].szDatabaseName = databases[i].original.data();
      map[i].szNewDatabaseName = databases[i].path.data();
    }
    JET_LOGINFO_A range = {};
    range.cbSize = sizeof(range);
    range.ulGenLow = generation_low_;
    range.ulGenHigh = generation_high_;
    base_name_.copy(range.szBaseName, sizeof(range.szBaseName) - 1);
    std::string instance = folder_.instance();
    std::string logs = log_folder();
    set_point(options_.point.c_str());
    const JET_ERR result = JetExternalRestore2A(instance.data(), instance.data(), map.data(),
                                                static_cast<int32_t>(map.size()), logs.data(),
                                                &range, nullptr, nullptr, nullptr, options_.status);
    set_point("");
    check(result, "JetExternalRestore2");
  }
  static void set_point(const char* point) {
    check(JetSetSystemParameterA(nullptr, JET_sesidNil, JET_paramContrailRestoreTo, 0, point),
          "JetSetSystemParameter");
  }

  RestoreOptions options_;
  RestoreFolder folder_;
  std::vector<RestoredDatabase> databases_;
  ArchiveChecksum identity_;  // Of the streams.
  std::string base_name_;
  uint32_t generation_low_ = 0;
  uint32_t generation_high_ = 0;
  bool offered_ = false;  // There were databases in the full backup.
  bool survivors_taken_ = false;
  bool finished_ = false;
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
