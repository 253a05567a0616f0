// FileStream: one file, or a section of one, as a backup gives it to its client, from the first
// byte to the last.
//
// Thread rule: one Read at a time; Abort may be called from any thread and makes a Read in progress
// end soon.

#pragma once

#include <string>

#include "storage/bytes.h"
#include "storage/status.h"

namespace contrail {

// Which part of a file a client wants: of `sections` about equal ones that follow each other,
// number `section` (from 0), from its byte `offset` on.
struct StreamPart {
  uint32_t section = 0;
  uint32_t sections = 1;
  uint64_t offset = 0;
};

// Places in the whole file.
struct StreamRange {
  uint64_t begin = 0;
  uint64_t end = 0;
  uint64_t from = 0;  // Reading begins here.
};

// The range of a part of a file that has `units` units which can be given alone, between `before`
// and `after` that belong to the first and the last section. All in units, and so is the result.
// kInvalidParameter: there is no such part; the first three units are given together or not at all.
Result<StreamRange> RangeOfPart(const StreamPart& part, uint64_t unit, uint64_t before,
                                uint64_t units, uint64_t after);

class FileStream {
 public:
  virtual ~FileStream() = default;

  virtual const std::string& path() const = 0;
  // Bytes that the section has from beginning to end, and that the file has.
  virtual uint64_t size() const = 0;
  virtual uint64_t file_size() const = 0;
  // What has been given so far: from where the stream began to where it is.
  struct Given {
    uint64_t from = 0;
    uint64_t to = 0;
  };
  virtual Given given() const = 0;
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
