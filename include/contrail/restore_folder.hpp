// Where contrail/restore.hpp makes a restore ready, and how what is ready gets into its place.
// Header only; C++20.
//
//   FOLDER/contrail-restore.unfinished/
//     incoming/   of the stream that is being read
//     databases/  copies, then replayed and clean
//     instance/   logs, checkpoint
//     logs/       of a restore to a point: the old logs, which do not stay
//     finished    written when all is whole: then everything is moved
//
// Until "finished" is there an interrupted restore leaves nothing that the next one would not throw
// away; behind it, whoever enters next carries it to its end. Files of FOLDER itself do not change
// before.

#ifndef CONTRAIL_RESTORE_FOLDER_HPP_
#define CONTRAIL_RESTORE_FOLDER_HPP_

#include <esent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <contrail/backup_archive.hpp>
#include <contrail/db.hpp>
#include <contrail/file_stream.hpp>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace contrail {
inline namespace cpp {

inline bool file_exists(const std::string& path) {
  struct ::stat there = {};
  return ::lstat(path.c_str(), &there) == 0;
}

inline void make_folder(const std::string& path) {
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  if (failed) throw file_error("make", path, failed.value());
}

inline void remove_folder(const std::string& path) {
  std::error_code failed;
  std::filesystem::remove_all(path, failed);
  if (failed) throw file_error("remove", path, failed.value());
}

// In order; none when there is no such folder.
inline std::vector<std::string> folder_names(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code failed;
  if (!file_exists(folder)) return names;
  std::filesystem::directory_iterator at(folder, failed);
  while (!failed && at != std::filesystem::directory_iterator()) {
    names.push_back(at->path().filename().string());
    at.increment(failed);
  }
  if (failed) throw file_error("list", folder, failed.value());
  std::sort(names.begin(), names.end());
  return names;
}

inline void copy_file(const std::string& from, const std::string& to) {
  OpenFile source(from, O_RDONLY);
  OpenFile target(to, O_WRONLY | O_CREAT | O_TRUNC);
  std::vector<char> buffer(kArchivePiece);
  while (const size_t size = source.read(buffer.data(), buffer.size())) {
    target.write(buffer.data(), size);
  }
}

struct RestoredDatabase {
  std::string name;      // In the archive.
  std::string original;  // The path that it had.
  std::string path;      // Where it will be.
};

struct FinishedRestore {
  std::string identity;  // Of the same streams, point and places only.
  std::string base_name;
  std::vector<RestoredDatabase> databases;
};

class RestoreFolder {
 public:
  // `folder`: with a slash at its end.
  explicit RestoreFolder(const std::string& folder)
      : folder_(folder), workshop_(folder + kRestoreFolder + "/") {
    make_folder(folder_);
    locks_.emplace_back(folder_, O_RDONLY | O_DIRECTORY);
    if (!locks_.back().lock()) throw Error(JET_errFileAccessDenied, "restore to " + folder_);
    former_ = read_note();
    if (former_) {
      lock_instance(former_->base_name);
      move(*former_);
      return;
    }
    remove_folder(workshop_);
    for (const std::string& part : {incoming(), databases(), instance(), logs()}) make_folder(part);
  }
  RestoreFolder(const RestoreFolder&) = delete;
  RestoreFolder& operator=(const RestoreFolder&) = delete;
  ~RestoreFolder() {
    std::error_code ignored;
    if (!locks_.empty() && !file_exists(note())) std::filesystem::remove_all(workshop_, ignored);
  }

  // What was found whole and has been moved.
  const std::optional<FinishedRestore>& former() const { return former_; }

  std::string incoming() const { return workshop_ + "incoming/"; }
  std::string databases() const { return workshop_ + "databases/"; }
  std::string instance() const { return workshop_ + "instance/"; }
  std::string logs() const { return workshop_ + "logs/"; }

  void empty_incoming() const {
    if (former_) return;
    remove_folder(incoming());
    make_folder(incoming());
  }

  // Files are moved to their places, not copied.
  void check_same_file_system(const std::string& path) const {
    std::filesystem::path parent = std::filesystem::absolute(path).parent_path();
    while (parent.has_relative_path() && !file_exists(parent.string())) {
      parent = parent.parent_path();
    }
    struct ::stat here = {};
    struct ::stat there = {};
    if (::stat(folder_.c_str(), &here) != 0 || ::stat(parent.c_str(), &there) != 0 ||
        here.st_dev != there.st_dev) {
      throw Error(JET_errInvalidPath, "restore to another file system, " + path);
    }
  }

  // Keeps engines away whose log or checkpoint lies in the folder, by their own locks.
  void lock_instance(const std::string& base_name) {
    if (locks_.size() > 1) return;
    for (const std::string& path : {folder_ + base_name + ".lock", folder_ + base_name + ".dwa"}) {
      if (path.ends_with(".dwa") && !file_exists(path)) continue;
      OpenFile file(path, O_RDWR | O_CREAT);
      struct ::flock whole = {};
      whole.l_type = F_WRLCK;
      whole.l_whence = SEEK_SET;
      if (::fcntl(file.descriptor(), F_OFD_SETLK, &whole) != 0) {
        throw Error(JET_errFileAccessDenied, "restore beside a running instance, " + path);
      }
      locks_.push_back(std::move(file));
    }
  }

  // Everything is whole.
  void finish(const FinishedRestore& finished) {
    for (const RestoredDatabase& database : finished.databases) {
      make_folder(std::filesystem::path(database.path).parent_path().string());
      OpenFile(databases() + database.name, O_RDONLY).sync();
    }
    for (const std::string& name : folder_names(instance())) {
      OpenFile(instance() + name, O_RDONLY).sync();
    }
    sync_folder(databases());
    sync_folder(instance());
    std::string text = "contrail restore 1\n";
    text += "restored\t" + finished.identity + "\t" + escaped(finished.base_name) + "\n";
    for (const RestoredDatabase& database : finished.databases) {
      text += "database\t" + escaped(database.name) + "\t" +
              escaped(std::filesystem::absolute(database.path).string()) + "\n";
    }
    text += "end\n";
    {
      OpenFile file(note() + ".part", O_WRONLY | O_CREAT | O_TRUNC);
      file.write(text.data(), text.size());
      file.sync();
    }
    rename_file(note() + ".part", note());
    sync_folder(workshop_);
    move(finished);
  }

 private:
  std::string note() const { return workshop_ + "finished"; }

  std::optional<FinishedRestore> read_note() const {
    if (!file_exists(note())) return std::nullopt;
    OpenFile file(note(), O_RDONLY);
    std::string text;
    char buffer[4096];
    while (const size_t size = file.read(buffer, sizeof(buffer))) text.append(buffer, size);
    FinishedRestore finished;
    std::istringstream lines(text);
    std::string line;
    bool ended = false;
    while (std::getline(lines, line)) {
      std::vector<std::string> fields = fields_of(line);
      fields.resize(3);
      if (fields[0] == "restored") {
        finished.identity = fields[1];
        finished.base_name = fields[2];
      }
      if (fields[0] == "database") finished.databases.push_back({fields[1], "", fields[2]});
      ended |= fields[0] == "end";
    }
    if (!ended || finished.base_name.empty()) throw Error(JET_errReadVerifyFailure, note());
    return finished;
  }

  // Of the instance that replayed: archived ones, then the current one.
  std::vector<std::string> logs_to_move(const std::string& base_name) const {
    std::vector<std::string> names = folder_names(instance());
    std::erase_if(names, [](const std::string& name) { return !name.ends_with(".log"); });
    const auto is_current = [&](const std::string& name) {
      return name == base_name + ".log" || name == base_name + "tmp.log";
    };
    std::stable_partition(names.begin(), names.end(),
                          [&](const std::string& name) { return !is_current(name); });
    return names;
  }

  // Each step can be repeated. Who looks at the folder in the middle finds logs without a
  // checkpoint, never a checkpoint without its logs.
  void move(const FinishedRestore& finished) {
    const std::string& base_name = finished.base_name;
    const std::string checkpoint = base_name + ".chk";
    if (file_exists(instance() + checkpoint)) {
      // These speak of files of before.
      for (const char* extension : {".chk", ".dwa"}) {
        ::unlink((folder_ + base_name + extension).c_str());
      }
      sync_folder(folder_);
    }
    for (const std::string& name : logs_to_move(base_name)) {
      if (name == base_name + ".log") ::unlink((folder_ + base_name + "tmp.log").c_str());
      rename_file(instance() + name, folder_ + name);
    }
    for (const RestoredDatabase& database : finished.databases) move_database(database);
    if (file_exists(instance() + checkpoint)) {
      rename_file(instance() + checkpoint, folder_ + checkpoint);
    }
    sync_folder(folder_);
    if (::unlink(note().c_str()) != 0) throw file_error("remove", note(), errno);
    remove_folder(workshop_);
    sync_folder(folder_);
    // From here on the files are the program's.
    locks_.clear();
  }
  void move_database(const RestoredDatabase& database) const {
    const std::string made = databases() + database.name;
    if (!file_exists(made)) return;
    if (file_exists(database.path)) throw file_error("restore to", database.path, EEXIST);
    rename_file(made, database.path);
    sync_folder(std::filesystem::absolute(database.path).parent_path().string());
  }

  const std::string folder_;
  const std::string workshop_;
  std::optional<FinishedRestore> former_;
  std::vector<OpenFile> locks_;  // None: everything is in its place.
};

}  // namespace cpp
}  // namespace contrail

#endif
