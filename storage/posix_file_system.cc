// The machine's file system (contract: storage/file.h).
//
// CONTRAIL_NO_IO_URING=1 in the environment chooses the thread pool even where io_uring works. The
// variable is read whenever a queue is made.

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "storage/check.h"
#include "storage/file.h"
#include "storage/posix_error.h"
#include "storage/posix_file.h"
#include "storage/thread_pool_queue.h"
#include "storage/uring_queue.h"

namespace contrail {
namespace {

std::string ParentOf(const std::string& directory) {
  const size_t last = directory.find_last_not_of('/');
  if (last == std::string::npos) return "/";
  const size_t slash = directory.find_last_of('/', last);
  if (slash == std::string::npos) return ".";
  const size_t end = directory.find_last_not_of('/', slash);
  return end == std::string::npos ? "/" : directory.substr(0, end + 1);
}

bool IsDirectory(const std::string& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

class MachineFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> Open(const std::string& path, const OpenOptions& options) override {
    return PosixFile::Open(path, options);
  }

  std::unique_ptr<IoQueue> NewQueue(size_t depth) override {
    CHECK(depth > 0);
    const char* refused = std::getenv("CONTRAIL_NO_IO_URING");
    if (refused == nullptr || std::string_view(refused) != "1") {
      if (std::unique_ptr<IoQueue> queue = UringQueue::Create(depth)) return queue;
    }
    return std::make_unique<ThreadPoolQueue>(depth);
  }

  Result<bool> Exists(const std::string& path) override {
    struct stat status;
    if (::stat(path.c_str(), &status) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return StatusFromErrno(errno);
  }

  Status Rename(const std::string& from, const std::string& to) override {
    return ::rename(from.c_str(), to.c_str()) == 0 ? Status::Ok() : StatusFromErrno(errno);
  }

  Status Remove(const std::string& path) override {
    if (::unlink(path.c_str()) == 0) return Status::Ok();
    // Linux says EISDIR for a directory, POSIX EPERM.
    return errno == EPERM && IsDirectory(path) ? Error::kInvalidPath : StatusFromErrno(errno);
  }

  Result<std::vector<std::string>> List(const std::string& directory) override;
  Status CreateDirectories(const std::string& directory) override;

  Status RemoveDirectory(const std::string& directory) override {
    return ::rmdir(directory.c_str()) == 0 ? Status::Ok() : StatusFromErrno(errno);
  }

  Status SyncDirectory(const std::string& directory) override;
};

Result<std::vector<std::string>> MachineFileSystem::List(const std::string& directory) {
  DIR* stream = ::opendir(directory.c_str());
  if (stream == nullptr) return StatusFromErrno(errno);
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream);
    if (entry == nullptr) break;
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  const int error_number = errno;
  ::closedir(stream);
  if (error_number != 0) return StatusFromErrno(error_number);
  std::sort(names.begin(), names.end());
  return names;
}

// Each new directory is durable on return: its parent is synced.
Status MachineFileSystem::CreateDirectories(const std::string& directory) {
  if (directory.empty()) return Error::kInvalidPath;
  if (::mkdir(directory.c_str(), 0750) == 0) return SyncDirectory(ParentOf(directory));
  if (errno == EEXIST) return IsDirectory(directory) ? Status::Ok() : Error::kInvalidPath;
  if (errno != ENOENT) return StatusFromErrno(errno);
  const std::string parent = ParentOf(directory);
  if (parent.size() >= directory.size()) return Error::kInvalidPath;  // "." itself is gone.
  RETURN_IF_ERROR(CreateDirectories(parent));
  if (::mkdir(directory.c_str(), 0750) != 0 && errno != EEXIST) return StatusFromErrno(errno);
  return SyncDirectory(parent);
}

Status MachineFileSystem::SyncDirectory(const std::string& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return StatusFromErrno(errno);
  int outcome = 0;
  do {
    outcome = ::fsync(descriptor);
  } while (outcome != 0 && errno == EINTR);
  const int error_number = errno;
  ::close(descriptor);
  // EINVAL: a file system without directory syncs (it has nothing to make durable there).
  if (outcome == 0 || error_number == EINVAL) return Status::Ok();
  return StatusFromErrno(error_number);
}

}  // namespace

FileSystem& PosixFileSystem() {
  static MachineFileSystem file_system;  // Without state.
  return file_system;
}

}  // namespace contrail
