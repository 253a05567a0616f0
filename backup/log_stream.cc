#include "backup/log_stream.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstring>

#include "backup/backup_events.h"
#include "storage/check.h"

namespace contrail {
namespace {

constexpr size_t kBounceBytes = 1 << 20;

}  // namespace

Result<std::unique_ptr<LogStream>> LogStream::Open(FileSystem& files, EventSink& events,
                                                   const std::string& path, uint32_t generation,
                                                   const Signature& signature, uint32_t page_size) {
  std::unique_ptr<LogStream> stream(new LogStream());
  Result<std::unique_ptr<File>> file =
      files.Open(path, {.mode = FileMode::kReadOnly, .direct = true});
  if (file.status().Is(Error::kFileNotFound) || file.status().Is(Error::kInvalidPath)) {
    return ReportFailure(events, event_id::kFileToBackUpMissing, Error::kMissingFileToBackup,
                         "A file that the backup needs is missing.", path);
  }
  RETURN_IF_ERROR(file.status());
  stream->file_ = std::move(*file);
  ASSIGN_OR_RETURN(stream->size_, stream->file_->Size());
  stream->verifier_ = LogFileVerifier::New(events, path);
  RETURN_IF_ERROR(stream->CheckIdentity(files, events, path, generation, signature));
  stream->page_size_ = page_size;
  return stream;
}

Status LogStream::CheckIdentity(FileSystem& files, EventSink& events, const std::string& path,
                                uint32_t generation, const Signature& signature) {
  Result<LogFileHeader> header = ReadLogFileHeader(files, events, path);
  if (!header.ok()) return Error::kLogReadVerifyFailure;  // Told with its place.
  header_ = std::move(*header);
  if (header_.generation != generation) {
    return ReportFailure(events, event_id::kLogReadFailed, Error::kLogReadVerifyFailure,
                         "A log file holds another generation than its name says.", path,
                         absl::StrCat("generation ", generation),
                         absl::StrCat("generation ", header_.generation));
  }
  if (header_.signature != signature) {
    return ReportFailure(events, event_id::kLogReadFailed, Error::kLogReadVerifyFailure,
                         "A log file belongs to another log stream.", path, signature.ToText(),
                         header_.signature.ToText());
  }
  return Status::Ok();
}

Status LogStream::ReadAt(uint64_t offset, MutableBytes buffer) {
  // The last block of a file that was cut off: direct reads are of whole blocks.
  const size_t whole = buffer.size() / kDirectIoAlignment * kDirectIoAlignment;
  if (reinterpret_cast<uintptr_t>(buffer.data()) % kDirectIoAlignment == 0 &&
      whole == buffer.size()) {
    return file_->Read(offset, buffer);
  }
  if (whole != buffer.size()) return Error::kLogReadVerifyFailure;
  if (bounce_.size() == 0) bounce_ = AlignedBuffer(kBounceBytes);
  for (size_t done = 0; done < buffer.size();) {
    const size_t part = std::min(buffer.size() - done, bounce_.size());
    RETURN_IF_ERROR(file_->Read(offset + done, bounce_.span().first(part)));
    std::memcpy(buffer.data() + done, bounce_.data(), part);
    done += part;
  }
  return Status::Ok();
}

Result<size_t> LogStream::Read(MutableBytes buffer) {
  CHECK(buffer.size() % page_size_ == 0);
  const size_t count = std::min<uint64_t>(buffer.size(), size_ - offset_);
  if (count == 0) {
    // An empty file is no log, and must not count as one that has been copied.
    if (size_ == 0) RETURN_IF_ERROR(verifier_->Finish());
    return size_t{0};
  }
  RETURN_IF_ERROR(ReadAt(offset_, buffer.first(count)));
  RETURN_IF_ERROR(verifier_->Feed(buffer.first(count)));
  if (offset_ + count == size_) {
    RETURN_IF_ERROR(verifier_->Finish());
  }
  offset_ += count;
  return count;
}

}  // namespace contrail
