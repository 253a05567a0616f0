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
                                                   const Signature& signature, uint32_t page_size,
                                                   const StreamPart& part) {
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
  // Pages can be given alone; what a file has beyond its last whole page goes with that.
  ASSIGN_OR_RETURN(StreamRange range,
                   RangeOfPart(part, page_size, 0, stream->size_ / page_size, 0));
  const bool last = part.section + 1 == part.sections;
  stream->range_ = {range.begin * page_size, last ? stream->size_ : range.end * page_size,
                    range.from * page_size};
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

Status LogStream::Advance(MutableBytes buffer) {
  RETURN_IF_ERROR(ReadAt(offset_, buffer));
  RETURN_IF_ERROR(verifier_->Feed(buffer));
  offset_ += buffer.size();
  return offset_ == size_ ? verifier_->Finish() : Status::Ok();
}

Status LogStream::SkipToPart() {
  if (offset_ >= range_.from) return Status::Ok();
  AlignedBuffer skipped(kBounceBytes);
  while (offset_ < range_.from) {
    const size_t count = std::min<uint64_t>(skipped.size(), range_.from - offset_);
    RETURN_IF_ERROR(Advance(skipped.span().first(count)));
  }
  return Status::Ok();
}

Result<size_t> LogStream::Read(MutableBytes buffer) {
  CHECK(buffer.size() % page_size_ == 0);
  RETURN_IF_ERROR(SkipToPart());
  const size_t count = std::min<uint64_t>(buffer.size(), range_.end - offset_);
  if (count == 0) {
    // An empty file is no log, and must not count as one that has been copied.
    if (size_ == 0) RETURN_IF_ERROR(verifier_->Finish());
    return size_t{0};
  }
  RETURN_IF_ERROR(Advance(buffer.first(count)));
  return count;
}

}  // namespace contrail
