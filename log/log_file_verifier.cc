// LogFileVerifier: a generation's file, verified while it streams by.

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "log/frame_check.h"
#include "log/log_event.h"
#include "log/log_reader.h"
#include "storage/check.h"

namespace contrail {
namespace {

class LogFileVerifierImpl final : public LogFileVerifier {
 public:
  LogFileVerifierImpl(EventSink& events, std::string path)
      : events_(events), path_(std::move(path)) {}

  Status Feed(Bytes blocks) override;
  Status Finish() override;

 private:
  Status Advance(bool whole_file);
  Status TakeHeader(bool whole_file);
  // False when the frame is not all there yet.
  Result<bool> TakeFrame(bool whole_file);
  Status CheckTail();
  void Drop(size_t bytes);
  Status Fail(std::string text, std::string expected, std::string found);

  EventSink& events_;
  const std::string path_;
  Status failed_;  // Once wrong, always wrong.
  Bytes pending() const { return Bytes(held_).subspan(dropped_); }

  // What has not been verified yet, behind `dropped_` bytes that have been.
  std::vector<std::byte> held_;
  size_t dropped_ = 0;
  uint64_t offset_ = 0;  // Of pending() in the file.
  std::optional<LogFileHeader> header_;
  uint64_t stream_seed_ = 0;
  uint64_t chain_ = 0;
  bool final_seen_ = false;
};

Status LogFileVerifierImpl::Feed(Bytes blocks) {
  RETURN_IF_ERROR(failed_);
  held_.erase(held_.begin(), held_.begin() + static_cast<ptrdiff_t>(dropped_));
  dropped_ = 0;
  held_.insert(held_.end(), blocks.begin(), blocks.end());
  failed_ = Advance(false);
  return failed_;
}

Status LogFileVerifierImpl::Finish() {
  RETURN_IF_ERROR(failed_);
  failed_ = Advance(true);
  RETURN_IF_ERROR(failed_);
  CHECK(header_.has_value() && pending().empty());
  if (!final_seen_) {
    failed_ = Fail("The log file ends before its generation does.", "the generation's last frame",
                   "the end of the file");
  } else if (offset_ != header_->file_bytes) {
    failed_ = Fail("The log file has not the size its header says.",
                   absl::StrCat(header_->file_bytes, " bytes"), absl::StrCat(offset_, " bytes"));
  }
  return failed_;
}

Status LogFileVerifierImpl::Advance(bool whole_file) {
  if (!header_.has_value()) {
    if (pending().size() < kMaxLogHeaderBytes && !whole_file) return Status::Ok();
    RETURN_IF_ERROR(TakeHeader(whole_file));
  }
  while (!final_seen_ && !pending().empty()) {
    ASSIGN_OR_RETURN(const bool taken, TakeFrame(whole_file));
    if (!taken) return Status::Ok();
  }
  return final_seen_ ? CheckTail() : Status::Ok();
}

Status LogFileVerifierImpl::TakeHeader(bool whole_file) {
  DCHECK(whole_file || pending().size() >= kMaxLogHeaderBytes);
  ASSIGN_OR_RETURN(header_, DecodeLogFileHeaderOrReport(events_, path_, pending()));
  stream_seed_ = StreamSeed(header_->signature);
  chain_ = header_->chain_seed;
  Drop(LogHeaderBytes(header_->state.size()));
  return Status::Ok();
}

Result<bool> LogFileVerifierImpl::TakeFrame(bool whole_file) {
  if (pending().size() < kFrameHeaderBytes && !whole_file) return false;
  if (offset_ >= header_->file_bytes) {
    return Fail("The log file is longer than its header says.",
                absl::StrCat(header_->file_bytes, " bytes"), "more");
  }
  FrameExpectation expected;
  expected.position = MakeLgpos(header_->generation, static_cast<uint32_t>(offset_));
  expected.stream_seed = stream_seed_;
  expected.previous = chain_;
  expected.room = static_cast<uint32_t>(header_->file_bytes - offset_);
  const Bytes pending = this->pending();
  FrameCheck check =
      CheckFrameHeader(pending.first(std::min(pending.size(), kFrameHeaderBytes)), expected);
  if (check.ok()) {
    const size_t size = kFrameHeaderBytes + check.header.length;
    if (pending.size() >= size) {
      CheckFrameContent(pending.subspan(kFrameHeaderBytes, check.header.length), &check);
    } else if (whole_file) {
      return Fail("The log file ends within a frame.", absl::StrCat(size, " bytes"),
                  absl::StrCat(pending.size(), " bytes"));
    } else {
      return false;
    }
  }
  if (!check.ok()) {
    return Fail(absl::StrCat("The log file is damaged: ", FaultText(check.fault), "."),
                HexText(check.expected), HexText(check.found));
  }
  chain_ = check.hash;
  final_seen_ = check.header.final;
  Drop(kFrameHeaderBytes + check.header.length);
  return true;
}

Status LogFileVerifierImpl::CheckTail() {
  const Bytes tail = pending();
  const auto wrong =
      std::find_if(tail.begin(), tail.end(), [](std::byte b) { return b != std::byte{0}; });
  const size_t zeros = static_cast<size_t>(wrong - tail.begin());
  const bool sound = wrong == tail.end();
  const std::string found = sound ? "" : absl::StrCat(static_cast<int>(*wrong));
  Drop(zeros);
  return sound ? Status::Ok()
               : Fail("The log file goes on behind its generation's last frame.", "0", found);
}

void LogFileVerifierImpl::Drop(size_t bytes) {
  DCHECK(bytes <= held_.size() - dropped_);
  dropped_ += bytes;
  offset_ += bytes;
}

Status LogFileVerifierImpl::Fail(std::string text, std::string expected, std::string found) {
  return ReportLogError(events_, kEventLogReadVerify, Error::kLogReadVerifyFailure, std::move(text),
                        path_, static_cast<int64_t>(offset_), std::move(expected),
                        std::move(found));
}

}  // namespace

std::unique_ptr<LogFileVerifier> LogFileVerifier::New(EventSink& events, const std::string& path) {
  return std::make_unique<LogFileVerifierImpl>(events, path);
}

}  // namespace contrail
