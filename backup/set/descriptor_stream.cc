#include "backup/set/descriptor_stream.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "backup/backup_events.h"
#include "storage/posix_error.h"

namespace contrail {
namespace {

// After a call that failed: whether that was because somebody has made the descriptor non-blocking,
// and it has been waited for. errno stays.
bool HasWaited(int descriptor, short events) {
  if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
  pollfd wanted{descriptor, events, 0};
  return ::poll(&wanted, 1, -1) > 0 || errno == EINTR;
}

}  // namespace

Status DescriptorSink::Report(int error_number) {
  events_.Report({.id = event_id::kBackupFails,
                  .severity = Severity::kError,
                  .text = error_number == EPIPE ? "Whoever read the stream has gone away."
                                                : "The stream cannot be written.",
                  .file = name_,
                  .offset = static_cast<int64_t>(written_),
                  .error = StatusFromErrno(error_number).number()});
  return StatusFromErrno(error_number);
}

Status DescriptorSink::Write(Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && (errno == EINTR || HasWaited(descriptor_, POLLOUT))) continue;
    if (count < 0) return Report(errno);
    written_ += static_cast<uint64_t>(count);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return Status::Ok();
}

Status DescriptorSink::Finish() {
  // What is no file, a pipe or a terminal, cannot be synced and says so.
  while (::fsync(descriptor_) != 0) {
    if (errno == EINTR) continue;
    return errno == EINVAL || errno == EROFS ? Status::Ok() : Report(errno);
  }
  return Status::Ok();
}

Result<size_t> DescriptorSource::Read(MutableBytes buffer) {
  while (true) {
    const ssize_t count = ::read(descriptor_, buffer.data(), buffer.size());
    if (count >= 0) return static_cast<size_t>(count);
    if (errno == EINTR || HasWaited(descriptor_, POLLIN)) continue;
    return ReportFailure(events_, event_id::kRestoreFailed, StatusFromErrno(errno),
                         "The stream cannot be read.", name_);
  }
}

}  // namespace contrail
