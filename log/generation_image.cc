#include "log/generation_image.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "log/log_event.h"
#include "log/log_format.h"
#include "storage/check.h"

namespace contrail {
namespace {
constexpr size_t kPieceBytes = 1 << 20;
constexpr size_t kPiecesAhead = 4;
}  // namespace

GenerationImage::GenerationImage(EventSink& events, LogFileHeader header, std::string path)
    : events_(events),
      header_(std::move(header)),
      path_(std::move(path)),
      buffer_(header_.file_bytes),
      piece_done_((header_.file_bytes + kPieceBytes - 1) / kPieceBytes) {}

GenerationImage::~GenerationImage() = default;

Result<std::unique_ptr<GenerationImage>> GenerationImage::Open(FileSystem& files, EventSink& events,
                                                               const LogFileInfo& info) {
  ASSIGN_OR_RETURN(LogFileHeader header, ReadLogFileHeader(files, events, info.path));
  if (header.generation != info.generation) {
    return ReportLogError(events, kEventLogSequence, Error::kLogGenerationMismatch,
                          "The log file holds another generation than its name says.", info.path,
                          12, absl::StrCat("generation ", info.generation),
                          absl::StrCat("generation ", header.generation));
  }
  ASSIGN_OR_RETURN(std::unique_ptr<File> file,
                   files.Open(info.path, {.mode = FileMode::kReadOnly, .direct = true}));
  ASSIGN_OR_RETURN(const uint64_t size, file->Size());
  if (size != header.file_bytes) {
    return ReportLogError(events, kEventLogCorrupt, Error::kLogFileCorrupt,
                          "The log file has not the size its header says.", info.path,
                          static_cast<int64_t>(size), absl::StrCat(header.file_bytes, " bytes"),
                          absl::StrCat(size, " bytes"));
  }
  std::unique_ptr<GenerationImage> image(new GenerationImage(events, std::move(header), info.path));
  image->file_ = std::move(file);
  image->queue_ = files.NewQueue(kPiecesAhead);
  for (size_t i = 0; i < kPiecesAhead; ++i) image->SubmitNext();
  return image;
}

uint32_t GenerationImage::first_offset() const { return LogHeaderBytes(header_.state.size()); }

void GenerationImage::SubmitNext() {
  if (submitted_ >= header_.file_bytes) return;
  IoRequest request;
  request.kind = IoRequest::Kind::kRead;
  request.file = file_.get();
  request.offset = submitted_;
  request.buffer = buffer_.data() + submitted_;
  request.length = std::min<uint64_t>(kPieceBytes, header_.file_bytes - submitted_);
  request.done = [this, offset = submitted_](Status status) {
    piece_done_[offset / kPieceBytes] = true;
    if (status.ok() || !failure_.ok()) return;
    failure_ = status;
    failed_offset_ = offset;
  };
  submitted_ += request.length;
  queue_->Submit(std::move(request));
}

Status GenerationImage::Await(uint64_t end) {
  const uint64_t limit = std::min<uint64_t>(end, header_.file_bytes);
  const uint64_t pieces = (limit + kPieceBytes - 1) / kPieceBytes;
  while (finished_pieces_ < pieces) {
    if (piece_done_[finished_pieces_]) {
      ++finished_pieces_;
      SubmitNext();
    } else if (queue_->Wait(1) == 0) {
      SubmitNext();
    }
  }
  if (failure_.ok()) return Status::Ok();
  return ReportLogError(events_, kEventLogCorrupt, failure_.error(), "The log file cannot be read.",
                        path_, static_cast<int64_t>(failed_offset_));
}

}  // namespace contrail
