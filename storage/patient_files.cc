#include "storage/patient_files.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace contrail {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{5};
constexpr milliseconds kLongestPause{100};

// Nobody notifies: time is all that is waited for.
void PauseByTheClock(milliseconds pause) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, pause);
}

}  // namespace

Result<std::unique_ptr<File>> PatientFileSystem::Open(const std::string& path,
                                                      const OpenOptions& options) {
  Result<std::unique_ptr<File>> file = inner_.Open(path, options);
  if (!options.exclusive) return file;
  milliseconds pause = kFirstPause;
  for (milliseconds paused{0}; file.status().Is(Error::kFileAccessDenied); paused += pause) {
    const milliseconds longest = longest_.load();
    if (paused >= longest || !IsLocked(path, options.mode)) return file;
    if (paused > milliseconds{0}) pause = std::min(2 * pause, kLongestPause);
    pause = std::min(pause, longest - paused);
    pause_ ? pause_(pause) : PauseByTheClock(pause);
    file = inner_.Open(path, options);
  }
  return file;
}

// A lock keeps nobody from opening the file without one.
bool PatientFileSystem::IsLocked(const std::string& path, FileMode mode) {
  const bool reads = mode == FileMode::kReadOnly;
  return inner_.Open(path, {.mode = reads ? FileMode::kReadOnly : FileMode::kReadWrite}).ok();
}

}  // namespace contrail
