#include "tools/row_output.h"

#include <cerrno>
#include <utility>

#include "storage/posix_error.h"

namespace contrail::tool {
namespace {

Status FromErrno() {
  const Status status = StatusFromErrno(errno);
  // What is not found is the folder.
  return status.Is(Error::kFileNotFound) ? Status(Error::kInvalidPath) : status;
}

}  // namespace

Result<RowOutput> RowOutput::Create(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return FromErrno();
  return RowOutput(file);
}

RowOutput::RowOutput(RowOutput&& other) noexcept
    : file_(std::exchange(other.file_, nullptr)),
      text_(std::move(other.text_)),
      status_(other.status_),
      written_(other.written_) {}

RowOutput::~RowOutput() {
  if (file_ != nullptr && file_ != stdout) std::fclose(file_);
}

Status RowOutput::Write() {
  const bool whole = std::fwrite(text_.data(), 1, text_.size(), file_) == text_.size();
  if (!whole && status_.ok()) status_ = FromErrno();
  written_ += text_.size();
  text_.clear();
  return status_;
}

Status RowOutput::Finish() {
  RETURN_IF_ERROR(Write());
  if (std::fflush(file_) != 0) status_ = FromErrno();
  return status_;
}

}  // namespace contrail::tool
