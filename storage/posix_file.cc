#include "storage/posix_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <mutex>

#include "storage/aligned_buffer.h"
#include "storage/check.h"
#include "storage/posix_error.h"

namespace contrail {
namespace {

// Leaves room for rounding up.
constexpr uint64_t kLargestOffset =
    static_cast<uint64_t>(std::numeric_limits<off_t>::max()) - kDirectIoAlignment;
// The part of an unaligned transfer that is copied at a time.
constexpr size_t kCopySize = 1 << 20;
constexpr mode_t kNewFileMode = 0640;

static_assert((kDirectIoAlignment & (kDirectIoAlignment - 1)) == 0, "rounding masks bits");
static_assert(kCopySize % kDirectIoAlignment == 0, "a copy holds whole blocks");

uint64_t RoundDown(uint64_t value) { return value & ~uint64_t{kDirectIoAlignment - 1}; }
uint64_t RoundUp(uint64_t value) { return RoundDown(value + kDirectIoAlignment - 1); }

bool FitsInFile(uint64_t offset, size_t length) {
  return offset <= kLargestOffset && length <= kLargestOffset - offset;
}

int OpenFlags(FileMode mode) {
  // O_NONBLOCK: a pipe given by mistake must not hang the open; regular files ignore it.
  constexpr int kAlways = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  switch (mode) {
    case FileMode::kReadOnly:
      return kAlways | O_RDONLY;
    case FileMode::kReadWrite:
      return kAlways | O_RDWR;
    case FileMode::kCreateNew:
      return kAlways | O_RDWR | O_CREAT | O_EXCL;
    case FileMode::kCreateOrTruncate:
      return kAlways | O_RDWR | O_CREAT;  // Truncated once the lock is held.
  }
  CHECK(false);
}

int OpenDescriptor(const std::string& path, int flags) {
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), flags, kNewFileMode);
  } while (descriptor < 0 && errno == EINTR);
  return descriptor;
}

// Windows tells a missing file from a missing directory, and so do JET's errors.
Status OpenFailed(const std::string& path, int error_number) {
  if (error_number == ENOENT) {
    const size_t slash = path.find_last_of('/');
    struct stat status;
    if (path.empty() || (slash != std::string::npos && slash != 0 &&
                         ::stat(path.substr(0, slash).c_str(), &status) != 0)) {
      return Error::kInvalidPath;
    }
  }
  return StatusFromErrno(error_number);
}

Status Lock(int descriptor, bool shared) {
  struct flock lock = {};
  lock.l_type = static_cast<short>(shared ? F_RDLCK : F_WRLCK);
  lock.l_whence = SEEK_SET;
  return ::fcntl(descriptor, F_OFD_SETLK, &lock) == 0 ? Status::Ok() : StatusFromErrno(errno);
}

// ext4 takes what it can get before it says that there is not enough; meanwhile others go without.
Status ExpectSpace(int descriptor, uint64_t length) {
  struct statvfs space;
  if (::fstatvfs(descriptor, &space) != 0 || space.f_blocks == 0) return Status::Ok();
  return length / space.f_frsize > space.f_bavail ? Error::kDiskFull : Status::Ok();
}

}  // namespace

PosixFile::PosixFile(std::string path, int descriptor, bool direct, bool created)
    : path_(std::move(path)), descriptor_(descriptor), direct_(direct), metadata_changed_(created) {
  CHECK(descriptor_ >= 0);
}

PosixFile::~PosixFile() { ::close(descriptor_); }

Result<std::unique_ptr<File>> PosixFile::Open(const std::string& path, const OpenOptions& options) {
  const int flags = OpenFlags(options.mode);
  bool direct = options.direct;
  int descriptor = OpenDescriptor(path, direct ? flags | O_DIRECT : flags);
  if (descriptor < 0 && direct && errno == EINVAL) {
    // With kCreateNew the refused open may have made the file: Linux checks O_DIRECT afterwards.
    const int again = options.mode == FileMode::kCreateNew ? flags & ~O_EXCL : flags;
    direct = false;
    descriptor = OpenDescriptor(path, again);
  }
  if (descriptor < 0) return OpenFailed(path, errno);
  const bool created =
      options.mode == FileMode::kCreateNew || options.mode == FileMode::kCreateOrTruncate;
  std::unique_ptr<PosixFile> file(new PosixFile(path, descriptor, direct, created));
  RETURN_IF_ERROR(file->Prepare(options));
  return std::unique_ptr<File>(std::move(file));
}

Status PosixFile::Prepare(const OpenOptions& options) {
  struct stat status;
  if (::fstat(descriptor_, &status) != 0) return StatusFromErrno(errno);
  if (!S_ISREG(status.st_mode)) return Error::kInvalidPath;
  if (options.exclusive) {
    RETURN_IF_ERROR(Lock(descriptor_, options.mode == FileMode::kReadOnly));
  }
  if (options.mode == FileMode::kCreateOrTruncate && ::ftruncate(descriptor_, 0) != 0) {
    return StatusFromErrno(errno);
  }
  return Status::Ok();
}

bool PosixFile::Transferable(uint64_t offset, const std::byte* buffer, size_t length) const {
  if (!FitsInFile(offset, length) || length == 0) return false;
  if (!direct_.load(std::memory_order_relaxed)) return true;
  return ((offset | length | reinterpret_cast<uintptr_t>(buffer)) & (kDirectIoAlignment - 1)) == 0;
}

// Goes on through the page cache. Harmless for a file that does so already.
void PosixFile::StopDirect() {
  direct_.store(false);
  const int flags = ::fcntl(descriptor_, F_GETFL);
  // When this fails the repeated transfer fails too, and that is what is reported.
  if (flags >= 0) static_cast<void>(::fcntl(descriptor_, F_SETFL, flags & ~O_DIRECT));
}

// One successful pread of whatever length; *transferred is 0 at the end of the file.
Status PosixFile::ReadPart(uint64_t offset, MutableBytes buffer, size_t* transferred) {
  DCHECK(Transferable(offset, buffer.data(), buffer.size()));
  bool repeated = false;
  for (;;) {
    const ssize_t got =
        ::pread(descriptor_, buffer.data(), buffer.size(), static_cast<off_t>(offset));
    if (got >= 0) {
      *transferred = static_cast<size_t>(got);
      CHECK(*transferred <= buffer.size());
      return Status::Ok();
    }
    if (errno == EINTR) continue;
    const int error_number = errno;
    if (error_number != EINVAL || repeated) return StatusFromErrno(error_number);
    repeated = true;
    StopDirect();
  }
}

Status PosixFile::WritePart(uint64_t offset, Bytes data, size_t* transferred) {
  DCHECK(Transferable(offset, data.data(), data.size()));
  bool repeated = false;
  for (;;) {
    const ssize_t put = ::pwrite(descriptor_, data.data(), data.size(), static_cast<off_t>(offset));
    if (put > 0) {
      *transferred = static_cast<size_t>(put);
      CHECK(*transferred <= data.size());
      return Status::Ok();
    }
    if (put == 0) return Error::kDiskIO;  // Never happens on a regular file; must not loop.
    if (errno == EINTR) continue;
    const int error_number = errno;
    if (error_number != EINVAL || repeated) return StatusFromErrno(error_number);
    repeated = true;
    StopDirect();
  }
}

Status PosixFile::Read(uint64_t offset, MutableBytes buffer) {
  if (!FitsInFile(offset, buffer.size())) return Error::kFileIOBeyondEOF;
  while (!buffer.empty()) {
    if (!Transferable(offset, buffer.data(), buffer.size())) {
      return ReadThroughCopy(offset, buffer);
    }
    size_t transferred = 0;
    RETURN_IF_ERROR(ReadPart(offset, buffer, &transferred));
    if (transferred == 0) return Error::kFileIOBeyondEOF;
    offset += transferred;
    buffer = buffer.subspan(transferred);
  }
  return Status::Ok();
}

// Reads the whole blocks around the range. A block that the file's end cuts is read short.
Status PosixFile::ReadThroughCopy(uint64_t offset, MutableBytes buffer) {
  DCHECK(!buffer.empty());
  const uint64_t end = offset + buffer.size();
  AlignedBuffer copy(std::min<uint64_t>(kCopySize, RoundUp(end) - RoundDown(offset)));
  while (offset < end) {
    const uint64_t start = RoundDown(offset);
    const size_t length = std::min<uint64_t>(copy.size(), RoundUp(end) - start);
    size_t transferred = 0;
    RETURN_IF_ERROR(ReadPart(start, copy.span().first(length), &transferred));
    const uint64_t reached = std::min(start + transferred, end);
    if (reached <= offset) return Error::kFileIOBeyondEOF;
    std::memcpy(buffer.data(), copy.data() + (offset - start), reached - offset);
    buffer = buffer.subspan(reached - offset);
    offset = reached;
  }
  CHECK(buffer.empty());
  return Status::Ok();
}

Status PosixFile::Write(uint64_t offset, Bytes data) {
  if (!FitsInFile(offset, data.size())) return Error::kDiskFull;
  if (data.empty()) return Status::Ok();
  if (Transferable(offset, data.data(), data.size())) {
    std::shared_lock lock(blocks_mutex_);
    return WriteLoop(offset, data);
  }
  std::unique_lock lock(blocks_mutex_);
  return WriteThroughCopy(offset, data);
}

// Writes the aligned data; a transfer that stopped inside a block is repeated from the block's
// start.
Status PosixFile::WriteLoop(uint64_t offset, Bytes data) {
  while (!data.empty()) {
    size_t transferred = 0;
    RETURN_IF_ERROR(WritePart(offset, data, &transferred));
    if (transferred < data.size() && direct_.load(std::memory_order_relaxed)) {
      transferred = RoundDown(transferred);
      if (transferred == 0) return Error::kDiskIO;
    }
    offset += transferred;
    data = data.subspan(transferred);
  }
  return Status::Ok();
}

// The caller holds blocks_mutex_ alone, so neither the shared blocks nor the end of the file move.
Status PosixFile::WriteThroughCopy(uint64_t offset, Bytes data) {
  ASSIGN_OR_RETURN(const uint64_t old_size, Size());
  const uint64_t end = offset + data.size();
  const uint64_t true_size = std::max(old_size, end);
  const Status written = WriteBlocks(offset, data, old_size);
  if (RoundUp(end) > true_size || !written.ok()) {
    // Whole blocks were written beyond the end, or only some of them.
    metadata_changed_.store(true);
    const uint64_t size = written.ok() ? true_size : old_size;
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) return Error::kDiskIO;
  }
  return written;
}

// Writes every block that the range touches, with the bytes around the range as they were.
Status PosixFile::WriteBlocks(uint64_t offset, Bytes data, uint64_t old_size) {
  DCHECK(!data.empty());
  const uint64_t end = offset + data.size();
  AlignedBuffer copy(std::min<uint64_t>(kCopySize, RoundUp(end) - RoundDown(offset)));
  while (!data.empty()) {
    const uint64_t start = RoundDown(offset);
    const size_t length = std::min<uint64_t>(copy.size(), RoundUp(end) - start);
    const uint64_t stop = std::min(start + length, end);
    std::memset(copy.data(), 0, length);
    for (const uint64_t edge : {start, start + length - kDirectIoAlignment}) {
      const bool whole = edge >= offset && edge + kDirectIoAlignment <= stop;
      if (whole || edge >= old_size) continue;
      size_t ignored = 0;  // Short at the end of the file: the rest of the block is zeros.
      RETURN_IF_ERROR(
          ReadPart(edge, copy.span().subspan(edge - start, kDirectIoAlignment), &ignored));
    }
    std::memcpy(copy.data() + (offset - start), data.data(), stop - offset);
    RETURN_IF_ERROR(WriteLoop(start, copy.span().first(length)));
    data = data.subspan(stop - offset);
    offset = stop;
  }
  return Status::Ok();
}

Status PosixFile::Sync() {
  // Cleared before, not after: a resize that runs meanwhile must be seen by the next Sync.
  const bool with_metadata = metadata_changed_.exchange(false);
  int outcome = 0;
  do {
    outcome = with_metadata ? ::fsync(descriptor_) : ::fdatasync(descriptor_);
  } while (outcome != 0 && errno == EINTR);
  if (outcome == 0) return Status::Ok();
  const int error_number = errno;
  if (with_metadata) metadata_changed_.store(true);
  // EROFS is no excuse: it is what ext4 says after it has shut itself down.
  return StatusFromErrno(error_number);
}

Result<uint64_t> PosixFile::Size() {
  struct stat status;
  if (::fstat(descriptor_, &status) != 0) return StatusFromErrno(errno);
  CHECK(status.st_size >= 0);
  return static_cast<uint64_t>(status.st_size);
}

Status PosixFile::Resize(uint64_t size) {
  if (size > kLargestOffset) return Error::kDiskFull;
  std::unique_lock lock(blocks_mutex_);
  ASSIGN_OR_RETURN(const uint64_t old_size, Size());
  if (size == old_size) return Status::Ok();
  metadata_changed_.store(true);
  if (size < old_size) {
    return ::ftruncate(descriptor_, static_cast<off_t>(size)) == 0 ? Status::Ok()
                                                                   : StatusFromErrno(errno);
  }
  RETURN_IF_ERROR(ExpectSpace(descriptor_, size - old_size));
  int outcome = 0;
  do {
    outcome = ::fallocate(descriptor_, 0, static_cast<off_t>(old_size),
                          static_cast<off_t>(size - old_size));
  } while (outcome != 0 && errno == EINTR);
  if (outcome == 0) return Status::Ok();
  const bool unsupported = errno == EOPNOTSUPP || errno == ENOSYS;
  const Status written = unsupported ? WriteZeros(old_size, size) : StatusFromErrno(errno);
  // Half an extension is none (ext4 moves the end as it goes).
  if (!written.ok() && ::ftruncate(descriptor_, static_cast<off_t>(old_size)) != 0) {
    return Error::kDiskIO;
  }
  return written;
}

// The caller holds blocks_mutex_ alone.
Status PosixFile::WriteZeros(uint64_t from, uint64_t to) {
  DCHECK(from < to);
  const AlignedBuffer zeros(std::min<uint64_t>(kCopySize, to - from));
  while (from < to) {
    // Up to a block's boundary first: from there all but the last part is aligned.
    const uint64_t stop = std::min<uint64_t>(RoundDown(from) + zeros.size(), to);
    const Bytes part = zeros.span().first(stop - from);
    RETURN_IF_ERROR(Transferable(from, part.data(), part.size()) ? WriteLoop(from, part)
                                                                 : WriteThroughCopy(from, part));
    from = stop;
  }
  return Status::Ok();
}

}  // namespace contrail
