// RowOutput: where exported rows go: standard output or a file, in large writes.

#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include "storage/status.h"

namespace contrail::tool {

class RowOutput {
 public:
  RowOutput() : file_(stdout) {}
  // Created, or emptied. kFileAccessDenied and the like when that is not possible.
  static Result<RowOutput> Create(const std::string& path);
  RowOutput(RowOutput&& other) noexcept;
  RowOutput& operator=(RowOutput&&) = delete;
  ~RowOutput();

  // What is to be written is appended here; call Spill after each row.
  std::string& text() { return text_; }
  // Writes when enough has come together. kDiskFull, kDiskIO.
  Status Spill() { return text_.size() < kSpillBytes ? Status::Ok() : Write(); }
  // The first error of writing.
  Status status() const { return status_; }
  // How many bytes have been written.
  uint64_t written() const { return written_; }
  // Writes the rest. To be called at the end: what is left when it is not is lost.
  Status Finish();

 private:
  static constexpr size_t kSpillBytes = 256 << 10;

  explicit RowOutput(std::FILE* file) : file_(file) {}
  Status Write();

  std::FILE* file_;
  std::string text_;
  Status status_;
  uint64_t written_ = 0;
};

}  // namespace contrail::tool
