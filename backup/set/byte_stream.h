// Bytes that can be gone through once, from the first to the last: standard input and output, a
// connection.
//
// Thread rule: one thread at a time.

#pragma once

#include "storage/bytes.h"
#include "storage/status.h"

namespace contrail {

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Status Write(Bytes bytes) = 0;
  // All has been written; ok when the receiver has it, as far as one is told.
  virtual Status Finish() = 0;
};

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // The next bytes, as many as there are at the moment; 0 only at the end.
  virtual Result<size_t> Read(MutableBytes buffer) = 0;
};

}  // namespace contrail
