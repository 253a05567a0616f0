// DirectWriter: a file that is written from its beginning to its end in pieces of any size, with
// direct I/O.

#pragma once

#include <memory>
#include <string>

#include "storage/aligned_buffer.h"
#include "storage/file.h"

namespace contrail {

class DirectWriter {
 public:
  // The file is made, or unless `mode` says otherwise replaced.
  static Result<std::unique_ptr<DirectWriter>> Open(FileSystem& files, const std::string& path,
                                                    FileMode mode = FileMode::kCreateOrTruncate);

  Status Add(Bytes bytes);
  // All of it is in the file, and the file is synced.
  Status Finish();

 private:
  static constexpr size_t kWriteBytes = 1 << 20;
  explicit DirectWriter(std::unique_ptr<File> file) : file_(std::move(file)) {}
  Status WriteOut();

  std::unique_ptr<File> file_;
  AlignedBuffer buffer_{kWriteBytes};
  size_t held_ = 0;
  uint64_t written_ = 0;
};

}  // namespace contrail
