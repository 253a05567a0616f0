#include "backup/directory_lock.h"

#include <array>
#include <random>

#include "backup/backup_events.h"

namespace contrail {
namespace {

using Token = std::array<std::byte, 16>;

Token NewToken() {
  std::random_device random;
  Token token;
  for (std::byte& byte : token) byte = static_cast<std::byte>(random());
  return token;
}

// Whoever gives the lock back removes its file. A lock on a file that has lost its name meanwhile
// keeps nobody out: what was written into the locked one has to be found under the name.
Result<bool> HasItsName(FileSystem& files, File& locked) {
  const Token written = NewToken();
  RETURN_IF_ERROR(locked.Write(0, written));
  const auto named = files.Open(locked.path(), {.mode = FileMode::kReadOnly});
  if (named.status().Is(Error::kFileNotFound)) return false;
  RETURN_IF_ERROR(named.status());
  Token read = {};
  const Status status = (*named)->Read(0, read);
  if (status.Is(Error::kFileIOBeyondEOF)) return false;
  RETURN_IF_ERROR(status);
  return read == written;
}

Result<std::unique_ptr<File>> OpenLocked(FileSystem& files, const std::string& path) {
  Result<std::unique_ptr<File>> file =
      files.Open(path, {.mode = FileMode::kCreateNew, .exclusive = true});
  if (!file.status().Is(Error::kFileAlreadyExists)) return file;
  return files.Open(path, {.mode = FileMode::kReadWrite, .exclusive = true});
}

}  // namespace

Result<std::unique_ptr<DirectoryLock>> DirectoryLock::Take(FileSystem& files, EventSink& events,
                                                           const std::string& directory) {
  const std::string path = directory + kName;
  for (;;) {
    Result<std::unique_ptr<File>> file = OpenLocked(files, path);
    if (file.status().Is(Error::kFileNotFound)) continue;  // Given back just now.
    if (file.status().Is(Error::kFileAccessDenied)) {
      // A lock keeps nobody from opening the file without one.
      const Status without = files.Open(path, {.mode = FileMode::kReadWrite}).status();
      if (without.Is(Error::kFileNotFound)) continue;
      RETURN_IF_ERROR(without);
      return ReportFailure(events, event_id::kBackupFails, Error::kBackupInProgress,
                           "Another instance is backing up into the directory.", path);
    }
    RETURN_IF_ERROR(file.status());
    ASSIGN_OR_RETURN(const bool ours, HasItsName(files, **file));
    if (ours) return std::unique_ptr<DirectoryLock>(new DirectoryLock(files, std::move(*file)));
  }
}

// Removed first: behind the lock somebody else may have taken it.
DirectoryLock::~DirectoryLock() { files_.Remove(file_->path()).Ignore(); }

}  // namespace contrail
