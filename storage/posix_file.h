// A file of the machine (contract: storage/file.h).
//
// Direct I/O. Aligned requests go straight to the device. A request whose buffer, offset or length
// is not a multiple of kDirectIoAlignment takes a slower way through an aligned copy: reads are
// widened, writes read the blocks at both ends, change them and write them back. Where the file
// system refuses O_DIRECT (EINVAL at open or at the first transfer: tmpfs before Linux 6.6, some
// overlay and network file systems) the file goes on through the page cache and nobody is told:
// Sync still holds.
//
// Invariants:
// 1. Two writes to disjoint ranges never lose each other's bytes. Unaligned writes of a direct file
//    share blocks with their neighbours and may have to cut the file back to its true end, so they
//    run alone (blocks_mutex_). A write through an IoQueue that extends the file must not run at
//    the same time as an unaligned one that does.
// 2. A file created, truncated or extended is made durable with its metadata: metadata_changed_ is
//    set until an fsync has succeeded.

#pragma once

#include <atomic>
#include <memory>
#include <shared_mutex>
#include <string>

#include "storage/file.h"

namespace contrail {

class PosixFile final : public File {
 public:
  // The `exclusive` lock is an open-file-description lock: it goes away with the file or the
  // process. kReadOnly takes the shared kind, so that readers keep writers out but not each other.
  static Result<std::unique_ptr<File>> Open(const std::string& path, const OpenOptions& options);

  ~PosixFile() override;
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  Status Read(uint64_t offset, MutableBytes buffer) override;
  Status Write(uint64_t offset, Bytes data) override;
  Status Sync() override;
  Result<uint64_t> Size() override;
  Status Resize(uint64_t size) override;
  const std::string& path() const override { return path_; }

  // For the queues: may [offset, offset + length) at `buffer` be given to the kernel as it is?
  bool Transferable(uint64_t offset, const std::byte* buffer, size_t length) const;
  int descriptor() const { return descriptor_; }

 private:
  PosixFile(std::string path, int descriptor, bool direct, bool created);

  Status Prepare(const OpenOptions& options);
  Status ReadPart(uint64_t offset, MutableBytes buffer, size_t* transferred);
  Status WritePart(uint64_t offset, Bytes data, size_t* transferred);
  Status ReadThroughCopy(uint64_t offset, MutableBytes buffer);
  Status WriteThroughCopy(uint64_t offset, Bytes data);
  Status WriteBlocks(uint64_t offset, Bytes data, uint64_t old_size);
  Status WriteLoop(uint64_t offset, Bytes data);
  Status WriteZeros(uint64_t from, uint64_t to);
  void StopDirect();

  const std::string path_;
  const int descriptor_;
  std::atomic<bool> direct_;
  std::atomic<bool> metadata_changed_;
  std::shared_mutex
      blocks_mutex_;  // Shared: aligned writes and resizes. Exclusive: unaligned ones.
};

}  // namespace contrail
