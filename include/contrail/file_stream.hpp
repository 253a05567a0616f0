// Files as sinks and sources of contrail/backup.hpp. Header only; C++20.

#ifndef CONTRAIL_FILE_STREAM_HPP_
#define CONTRAIL_FILE_STREAM_HPP_

#include <esent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <contrail/db.hpp>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

namespace contrail {
inline namespace cpp {

// What the system said about a file, as an error of JET.
inline Error file_error(const char* call, const std::string& path, int reason) {
  JET_ERR code = JET_errDiskIO;
  if (reason == ENOENT) code = JET_errFileNotFound;
  if (reason == EEXIST) code = JET_errFileAlreadyExists;
  if (reason == ENOSPC || reason == EDQUOT) code = JET_errDiskFull;
  if (reason == EACCES || reason == EPERM || reason == EROFS || reason == EISDIR) {
    code = JET_errFileAccessDenied;
  }
  if (reason == ENOTDIR || reason == ENAMETOOLONG) code = JET_errInvalidPath;
  return Error(
      code, std::string(call) + " " + path + " [" + std::generic_category().message(reason) + "]");
}

// Owns a descriptor.
class OpenFile {
 public:
  OpenFile(const std::string& path, int flags)
      : path_(path), descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {
    if (descriptor_ < 0) throw file_error("open", path, errno);
  }
  OpenFile(OpenFile&& other) noexcept
      : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}
  OpenFile& operator=(OpenFile&&) = delete;
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int descriptor() const { return descriptor_; }

  void write(const char* data, size_t size) {
    while (size > 0) {
      const ssize_t count = ::write(descriptor_, data, size);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) throw file_error("write", path_, errno);
      data += count;
      size -= static_cast<size_t>(count);
    }
  }
  size_t read(char* data, size_t size) {
    while (true) {
      const ssize_t count = ::read(descriptor_, data, size);
      if (count >= 0) return static_cast<size_t>(count);
      if (errno != EINTR) throw file_error("read", path_, errno);
    }
  }
  void sync() {
    // What is no file of a disk, a pipe or a terminal, has nothing to make durable.
    if (::fsync(descriptor_) != 0 && errno != EINVAL) throw file_error("fsync", path_, errno);
  }
  // Nobody else has a lock on it; false: somebody has.
  bool lock() { return ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK; }

 private:
  std::string path_;
  int descriptor_;
};

// Makes names in a folder durable.
inline void sync_folder(const std::string& folder) {
  OpenFile(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY).sync();
}

inline void rename_file(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) throw file_error("rename", to, errno);
}

// A file that appears, or replaces the one that was there, when it is whole and durable: sync()
// gives PATH.part, to which is written until then, its name. Without it the part goes, and what was
// there stays. Two sinks at once cannot write one file (JET_errFileAccessDenied). What is no
// regular file, a pipe or a device, is written to directly.
class FileSink {
 public:
  explicit FileSink(const std::string& path)
      : path_(target_of(path)),
        direct_(is_special(path_)),
        file_(direct_ ? OpenFile(path_, O_WRONLY) : open_part(part())) {
    struct ::stat old = {};
    if (!direct_ && ::stat(path_.c_str(), &old) == 0 &&
        ::fchmod(file_.descriptor(), old.st_mode & 0777) != 0) {
      throw file_error("chmod", part(), errno);
    }
  }
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;
  ~FileSink() {
    if (!direct_ && !whole_) ::unlink(part().c_str());
  }
  void write(const char* data, size_t size) { file_.write(data, size); }
  // More may be written, and made durable, behind it.
  void sync() {
    file_.sync();
    if (direct_ || whole_) return;
    rename_file(part(), path_);
    whole_ = true;
    sync_folder(std::filesystem::path(path_).parent_path().string());
  }

 private:
  std::string part() const { return path_ + ".part"; }
  // A symbolic link stays, and leads to the new file.
  static std::string target_of(const std::string& path) {
    std::error_code failed;
    const auto target = std::filesystem::weakly_canonical(std::filesystem::absolute(path), failed);
    return failed ? path : target.string();
  }
  static bool is_special(const std::string& path) {
    struct ::stat there = {};
    return ::stat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode);
  }
  static OpenFile open_part(const std::string& path) {
    while (true) {
      OpenFile file(path, O_WRONLY | O_CREAT | O_NOFOLLOW);
      if (!file.lock()) throw Error(JET_errFileAccessDenied, "another sink writes " + path);
      // Another one may have given it its name between opening and locking.
      struct ::stat opened = {};
      struct ::stat named = {};
      if (::fstat(file.descriptor(), &opened) != 0 || ::stat(path.c_str(), &named) != 0 ||
          opened.st_ino != named.st_ino || opened.st_dev != named.st_dev) {
        continue;
      }
      if (::ftruncate(file.descriptor(), 0) != 0) throw file_error("truncate", path, errno);
      return file;
    }
  }

  const std::string path_;
  const bool direct_;
  OpenFile file_;
  bool whole_ = false;
};

class FileSource {
 public:
  explicit FileSource(const std::string& path) : file_(path, O_RDONLY) {}
  size_t read(char* data, size_t size) { return file_.read(data, size); }

 private:
  OpenFile file_;
};

}  // namespace cpp
}  // namespace contrail

#endif
