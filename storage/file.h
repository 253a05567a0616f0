// Files and the file system, as everything above sees them. Crash tests replace them
// (tests/support).
//
// Errors (storage/error.h): kFileNotFound, kInvalidPath, kFileAccessDenied (permission, or locked
// by another process, or a directory that is not empty), kFileAlreadyExists, kDiskFull, kDiskIO,
// kFileIOBeyondEOF (a read past the end), kOutOfFileHandles. kInvalidPath is for a file in a
// directory that is not there and for a directory (or anything else) where a file should be. A
// failed Sync is final: the engine never retries it (see log/log_writer.h).

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/bytes.h"
#include "storage/status.h"

namespace contrail {

// Direct I/O needs buffers, offsets and lengths that are multiples of this.
inline constexpr size_t kDirectIoAlignment = 4096;

enum class FileMode {
  kReadOnly,   // Must exist.
  kReadWrite,  // Must exist.
  kCreateNew,  // Must not exist.
  kCreateOrTruncate,
};

struct OpenOptions {
  FileMode mode = FileMode::kReadOnly;
  // Bypass the page cache. Where the file system refuses O_DIRECT the file falls back to buffered
  // I/O silently; alignment rules stay the same.
  bool direct = false;
  // Take a lock against every other process and every other open with `exclusive` (also in this
  // process): kFileAccessDenied when somebody else holds it. Readers without it are not kept out.
  // With kReadOnly the lock is shared with other readers and keeps writers out.
  bool exclusive = false;
};

// An open file. Thread safe: calls on disjoint ranges may run at the same time.
class File {
 public:
  virtual ~File() = default;
  // Reads exactly buffer.size() bytes; kFileIOBeyondEOF when the file ends before.
  virtual Status Read(uint64_t offset, MutableBytes buffer) = 0;
  // Writes all bytes, extending the file when needed.
  virtual Status Write(uint64_t offset, Bytes data) = 0;
  // Makes all completed writes and the size durable.
  virtual Status Sync() = 0;
  virtual Result<uint64_t> Size() = 0;
  // Truncates, or extends with zeros (space is really allocated, so a later write cannot fail for
  // want of it).
  virtual Status Resize(uint64_t size) = 0;
  virtual const std::string& path() const = 0;
};

// One asynchronous transfer. The buffer stays valid and untouched until `done` has been called.
struct IoRequest {
  enum class Kind { kRead, kWrite };
  Kind kind = Kind::kRead;
  File* file = nullptr;
  uint64_t offset = 0;
  std::byte* buffer = nullptr;
  size_t length = 0;
  // Called from IoQueue::Wait on the waiting thread. Exact transfers, as in File.
  std::function<void(Status)> done;
};

// A queue of asynchronous transfers, used by one thread at a time.
class IoQueue {
 public:
  virtual ~IoQueue() = default;  // Waits for everything in flight.
  // Starts the transfer. Blocks (running completions) when `depth` transfers are in flight.
  virtual void Submit(IoRequest request) = 0;
  // Runs completions until at least `count` of the transfers in flight have finished, or none is
  // left. Returns how many ran.
  virtual size_t Wait(size_t count) = 0;
  virtual size_t in_flight() const = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> Open(const std::string& path, const OpenOptions&) = 0;
  virtual std::unique_ptr<IoQueue> NewQueue(size_t depth) = 0;
  virtual Result<bool> Exists(const std::string& path) = 0;
  // Atomic replacement; durable after SyncDirectory of the parent.
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  virtual Status Remove(const std::string& path) = 0;  // kFileNotFound when absent.
  // Names (not paths) of the entries, sorted, without "." and "..".
  virtual Result<std::vector<std::string>> List(const std::string& directory) = 0;
  virtual Status CreateDirectories(const std::string& directory) = 0;
  virtual Status RemoveDirectory(const std::string& directory) = 0;  // Must be empty.
  virtual Status SyncDirectory(const std::string& directory) = 0;
};

// The machine's file system: direct I/O, io_uring where the kernel lets us, else a thread pool.
FileSystem& PosixFileSystem();

}  // namespace contrail
