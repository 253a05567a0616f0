#include "backup/set/direct_writer.h"

#include <algorithm>
#include <cstring>

namespace contrail {

Result<std::unique_ptr<DirectWriter>> DirectWriter::Open(FileSystem& files, const std::string& path,
                                                         FileMode mode) {
  ASSIGN_OR_RETURN(std::unique_ptr<File> file, files.Open(path, {.mode = mode, .direct = true}));
  return std::unique_ptr<DirectWriter>(new DirectWriter(std::move(file)));
}

Status DirectWriter::Add(Bytes bytes) {
  while (!bytes.empty()) {
    const size_t count = std::min(bytes.size(), kWriteBytes - held_);
    std::memcpy(buffer_.data() + held_, bytes.data(), count);
    held_ += count;
    bytes = bytes.subspan(count);
    if (held_ == kWriteBytes) RETURN_IF_ERROR(WriteOut());
  }
  return Status::Ok();
}

Status DirectWriter::Finish() {
  const uint64_t size = written_ + held_;
  // Direct writes are of whole blocks; what is too much is cut off again.
  const size_t whole = (held_ + kDirectIoAlignment - 1) / kDirectIoAlignment * kDirectIoAlignment;
  std::memset(buffer_.data() + held_, 0, whole - held_);
  held_ = whole;
  if (held_ > 0) RETURN_IF_ERROR(WriteOut());
  if (written_ != size) RETURN_IF_ERROR(file_->Resize(size));
  return file_->Sync();
}

Status DirectWriter::WriteOut() {
  RETURN_IF_ERROR(file_->Write(written_, buffer_.span().first(held_)));
  written_ += held_;
  held_ = 0;
  return Status::Ok();
}

}  // namespace contrail
