// FileStream: one file as a backup gives it to its client, from the first byte to the last.
//
// Thread rule: one Read at a time; Abort may be called from any thread and makes a Read in progress
// end soon.

#pragma once

#include <string>

#include "storage/bytes.h"
#include "storage/status.h"

namespace contrail {

class FileStream {
 public:
  virtual ~FileStream() = default;

  virtual const std::string& path() const = 0;
  // Bytes that the stream has from beginning to end.
  virtual uint64_t size() const = 0;
  // Smallest buffer for the next Read, and what its size has to be a multiple of.
  virtual size_t smallest_read() const = 0;
  virtual size_t read_unit() const = 0;

  // The next bytes; 0 at the end. The buffer's size is a multiple of read_unit() and at least
  // smallest_read(). Every byte that is given has been verified. kReadVerifyFailure, kDiskIO,
  // kLogReadVerifyFailure...; kBackupAbortByServer after Abort.
  virtual Result<size_t> Read(MutableBytes buffer) = 0;
  // Everything has been given.
  virtual bool finished() const = 0;
  virtual void Abort() = 0;
};

}  // namespace contrail
