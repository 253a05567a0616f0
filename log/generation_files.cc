#include "log/generation_files.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "log/log_event.h"
#include "log/log_format.h"
#include "storage/check.h"

namespace contrail {
namespace {
constexpr uint32_t kZeroStepBytes = 1 << 20;
}  // namespace

GenerationFiles::GenerationFiles(FileSystem& files, std::string directory, std::string base,
                                 uint32_t generation_bytes)
    : files_(files),
      directory_(std::move(directory)),
      base_(std::move(base)),
      generation_bytes_(generation_bytes) {
  CHECK(generation_bytes % kLogBlockSize == 0);
}

std::string GenerationFiles::current_path() const {
  return PathIn(directory_, CurrentLogFileName(base_));
}

std::string GenerationFiles::prepared_path() const {
  return PathIn(directory_, PreparedLogFileName(base_));
}

Result<bool> GenerationFiles::PrepareStep() {
  const std::lock_guard lock(mutex_);
  return PrepareLocked();
}

Result<bool> GenerationFiles::PrepareLocked() {
  if (ready_) return true;
  if (prepared_ == nullptr) {
    ASSIGN_OR_RETURN(prepared_, files_.Open(prepared_path(), {.mode = FileMode::kCreateOrTruncate,
                                                              .direct = true,
                                                              .exclusive = true}));
    zeroed_ = 0;
  }
  const Status status = ZeroFill();
  if (!status.ok()) {
    // Most likely the disk is full: give back what has been taken. The file is begun again from
    // nothing, so that its being left behind would do no harm.
    prepared_.reset();
    files_.Remove(prepared_path()).Ignore();
    return status;
  }
  return ready_;
}

Status GenerationFiles::ZeroFill() {
  DCHECK(!ready_ && zeroed_ < generation_bytes_);
  if (zeroed_ == 0) RETURN_IF_ERROR(prepared_->Resize(generation_bytes_));
  const uint32_t step = std::min(kZeroStepBytes, generation_bytes_ - zeroed_);
  const AlignedBuffer zeros(step);
  RETURN_IF_ERROR(prepared_->Write(zeroed_, zeros.span().first(step)));
  zeroed_ += step;
  if (zeroed_ < generation_bytes_) return Status::Ok();
  RETURN_IF_ERROR(prepared_->Sync());
  ready_ = true;
  return Status::Ok();
}

Result<std::unique_ptr<File>> GenerationFiles::TakePrepared(const LogFileHeader& header) {
  CHECK(header.file_bytes == generation_bytes_);
  const std::lock_guard lock(mutex_);
  while (!ready_) RETURN_IF_ERROR(PrepareLocked().status());
  const std::vector<std::byte> bytes = EncodeLogFileHeader(header);
  const AlignedBuffer aligned(bytes.size());
  std::memcpy(aligned.data(), bytes.data(), bytes.size());
  ready_ = false;
  RETURN_IF_ERROR(prepared_->Write(0, aligned.span()));
  RETURN_IF_ERROR(prepared_->Sync());
  return std::move(prepared_);
}

Status GenerationFiles::CreateFirst(const LogFileHeader& header) {
  CHECK(current_ == nullptr);
  ASSIGN_OR_RETURN(std::unique_ptr<File> file, TakePrepared(header));
  RETURN_IF_ERROR(files_.Rename(prepared_path(), current_path()));
  RETURN_IF_ERROR(files_.SyncDirectory(directory_));
  current_ = std::move(file);
  generation_.store(header.generation, std::memory_order_release);
  return Status::Ok();
}

Status GenerationFiles::Switch(const LogFileHeader& next) {
  CHECK(current_ != nullptr && next.generation == generation() + 1);
  ASSIGN_OR_RETURN(std::unique_ptr<File> file, TakePrepared(next));
  const std::string archive = PathIn(directory_, LogFileName(base_, generation()));
  RETURN_IF_ERROR(files_.Rename(current_path(), archive));
  RETURN_IF_ERROR(files_.Rename(prepared_path(), current_path()));
  RETURN_IF_ERROR(files_.SyncDirectory(directory_));
  current_ = std::move(file);
  generation_.store(next.generation, std::memory_order_release);
  return Status::Ok();
}

Status GenerationFiles::OpenCurrent(EventSink& events, const LogFileHeader& header) {
  CHECK(current_ == nullptr && header.file_bytes == generation_bytes_);
  ASSIGN_OR_RETURN(const bool exists, files_.Exists(current_path()));
  if (!exists) {
    Result<LogFileHeader> prepared = ReadLogFileHeader(files_, DiscardEvents(), prepared_path());
    if (!prepared.ok() || prepared->generation != header.generation) {
      return ReportLogError(events, kEventLogMissing, Error::kMissingCurrentLogFiles,
                            "The current log file is missing.", current_path(), -1,
                            absl::StrCat("generation ", header.generation), "no file");
    }
    // The switch to this generation was cut short between its two renames.
    RETURN_IF_ERROR(files_.Rename(prepared_path(), current_path()));
    RETURN_IF_ERROR(files_.SyncDirectory(directory_));
  }
  ASSIGN_OR_RETURN(const LogFileHeader found, ReadLogFileHeader(files_, events, current_path()));
  if (found.generation != header.generation || found.signature != header.signature) {
    return ReportLogError(events, kEventLogSequence, Error::kLogGenerationMismatch,
                          "The current log file is not the one that recovery has read.",
                          current_path(), 12, absl::StrCat("generation ", header.generation),
                          absl::StrCat("generation ", found.generation));
  }
  ASSIGN_OR_RETURN(current_,
                   files_.Open(current_path(),
                               {.mode = FileMode::kReadWrite, .direct = true, .exclusive = true}));
  generation_.store(header.generation, std::memory_order_release);
  return Status::Ok();
}

}  // namespace contrail
