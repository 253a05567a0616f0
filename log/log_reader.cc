#include "log/log_reader.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "log/frame_check.h"
#include "log/generation_image.h"
#include "log/log_event.h"
#include "storage/check.h"

namespace contrail {
namespace {

// Beyond this size only one generation is held in memory at a time.
constexpr uint32_t kLargestPrefetch = 32 << 20;

class LogReaderImpl final : public LogReader {
 public:
  LogReaderImpl(FileSystem& files, EventSink& events, LogSource source, size_t first, Lgpos start)
      : files_(files), events_(events), source_(std::move(source)), index_(first), start_(start) {}

  Status OpenFirst(const Signature* expected);
  Result<bool> Next(LogRecord* record) override;
  LogEnd end() const override;
  uint64_t bytes_read() const override { return bytes_before_ + offset_; }
  uint64_t bytes_total() const override {
    return bytes_before_ + uint64_t{source_.files.size() - index_} * image_->size();
  }
  const LogFileHeader& header() const override { return image_->header(); }

 private:
  bool last() const { return index_ + 1 == source_.files.size(); }
  void BeginGeneration();
  void Prefetch();
  // The next frame's records become content_; false at the end of the stream.
  Result<bool> NextFrame();
  Result<bool> AfterLastFrame(const FrameCheck& check);
  Status GoToNextGeneration(const FrameCheck& check);
  Status CheckLink(const LogFileHeader& next, const std::string& path, const FrameCheck& check);
  Status CheckStartReached();
  Status ReportFrame(const FrameCheck& check, const std::string& why);

  FileSystem& files_;
  EventSink& events_;
  const LogSource source_;
  size_t index_;
  const Lgpos start_;
  Signature signature_;
  uint64_t stream_seed_ = 0;
  std::unique_ptr<GenerationImage> image_;
  std::optional<Result<std::unique_ptr<GenerationImage>>> next_image_;

  uint32_t offset_ = 0;  // Where the next frame begins.
  uint64_t chain_ = 0;   // Hash of the frame before.
  bool generation_ended_ = false;
  bool at_end_ = false;
  Bytes content_;                // Records of the frame that have not been given yet.
  uint32_t content_offset_ = 0;  // Of content_, in the file.
  uint64_t bytes_before_ = 0;    // Of the generations read whole.
};

Status LogReaderImpl::OpenFirst(const Signature* expected) {
  ASSIGN_OR_RETURN(image_, GenerationImage::Open(files_, events_, source_.files[index_]));
  signature_ = image_->header().signature;
  stream_seed_ = StreamSeed(signature_);
  if (expected != nullptr && signature_ != *expected) {
    return ReportLogError(events_, kEventLogSignature, Error::kBadLogSignature,
                          "The log file belongs to another stream.", image_->path(), 24,
                          expected->ToText(), signature_.ToText());
  }
  BeginGeneration();
  return Status::Ok();
}

void LogReaderImpl::BeginGeneration() {
  offset_ = image_->first_offset();
  chain_ = image_->header().chain_seed;
  generation_ended_ = false;
  content_ = {};
  Prefetch();
}

void LogReaderImpl::Prefetch() {
  if (last() || image_->size() > kLargestPrefetch) return;
  next_image_ = GenerationImage::Open(files_, events_, source_.files[index_ + 1]);
}

Result<bool> LogReaderImpl::Next(LogRecord* record) {
  for (;;) {
    while (!content_.empty()) {
      const Lgpos position = MakeLgpos(image_->header().generation, content_offset_);
      const size_t before = content_.size();
      if (!TakeRecord(&content_, &record->type, &record->payload)) {
        return ReportLogError(events_, kEventLogCorrupt, Error::kLogFileCorrupt,
                              "A frame of the log is whole, but holds no sound record.",
                              image_->path(), content_offset_, "a record",
                              absl::StrCat(before, " bytes that are none"));
      }
      content_offset_ += static_cast<uint32_t>(before - content_.size());
      if (position < start_) continue;
      record->position = position;
      return true;
    }
    if (at_end_) return false;
    ASSIGN_OR_RETURN(const bool more, NextFrame());
    if (more) continue;
    at_end_ = true;
    RETURN_IF_ERROR(CheckStartReached());
  }
}

Result<bool> LogReaderImpl::NextFrame() {
  const uint32_t room = image_->size() - offset_;
  FrameExpectation expected;
  expected.position = MakeLgpos(image_->header().generation, offset_);
  expected.stream_seed = stream_seed_;
  expected.previous = chain_;
  expected.room = room;
  FrameCheck check;
  if (generation_ended_ || room == 0) {
    check.fault = FrameFault::kMagic;
    return AfterLastFrame(check);
  }
  RETURN_IF_ERROR(image_->Await(offset_ + kFrameHeaderBytes));
  const Bytes rest = image_->bytes().subspan(offset_);
  check = CheckFrameHeader(rest.first(std::min<size_t>(room, kFrameHeaderBytes)), expected);
  if (check.ok()) {
    RETURN_IF_ERROR(image_->Await(offset_ + kFrameHeaderBytes + check.header.length));
    CheckFrameContent(rest.subspan(kFrameHeaderBytes, check.header.length), &check);
  }
  if (!check.ok()) return AfterLastFrame(check);
  content_ = rest.subspan(kFrameHeaderBytes, check.header.length);
  content_offset_ = offset_ + static_cast<uint32_t>(kFrameHeaderBytes);
  offset_ = content_offset_ + check.header.length;
  chain_ = check.hash;
  generation_ended_ = check.header.final;
  return true;
}

Result<bool> LogReaderImpl::AfterLastFrame(const FrameCheck& check) {
  if (!last()) {
    RETURN_IF_ERROR(GoToNextGeneration(check));
    return true;
  }
  if (generation_ended_) return false;
  if (!source_.last_may_be_torn) return ReportFrame(check, "the file ends too early");
  RETURN_IF_ERROR(image_->Await(image_->size()));
  const uint32_t later =
      FindFrame(image_->bytes(), offset_ + 1, image_->header().generation, stream_seed_);
  if (later == 0) return false;
  return ReportFrame(check, absl::StrCat("a sound frame follows at offset ", later));
}

Status LogReaderImpl::GoToNextGeneration(const FrameCheck& check) {
  const LogFileInfo& next = source_.files[index_ + 1];
  if (next.generation != image_->header().generation + 1) {
    return ReportLogError(events_, kEventLogMissing, Error::kMissingLogFile,
                          "A generation of the log is missing.", next.path, -1,
                          absl::StrCat("generation ", image_->header().generation + 1),
                          absl::StrCat("generation ", next.generation));
  }
  if (!next_image_.has_value()) next_image_ = GenerationImage::Open(files_, events_, next);
  if (!next_image_->ok()) return next_image_->status();
  std::unique_ptr<GenerationImage> image = std::move(*next_image_).value();
  next_image_.reset();
  RETURN_IF_ERROR(CheckLink(image->header(), next.path, check));
  bytes_before_ += image_->size();
  image_ = std::move(image);
  ++index_;
  BeginGeneration();
  return Status::Ok();
}

Status LogReaderImpl::CheckLink(const LogFileHeader& next, const std::string& path,
                                const FrameCheck& check) {
  if (next.signature != signature_) {
    return ReportLogError(events_, kEventLogSignature, Error::kBadLogSignature,
                          "The log file belongs to another stream.", path, 24, signature_.ToText(),
                          next.signature.ToText());
  }
  if (next.previous_created != image_->header().created) {
    return ReportLogError(events_, kEventLogSequence, Error::kMissingPreviousLogFile,
                          "The log file does not follow the generation before.", path, 60,
                          image_->header().created.ToText(), next.previous_created.ToText());
  }
  // The next generation knows the last frame of this one: what does not verify before that frame
  // has been reached is damage.
  if (next.chain_seed != chain_) return ReportFrame(check, "the generation goes on behind it");
  return Status::Ok();
}

Status LogReaderImpl::CheckStartReached() {
  const LogEnd found = end();
  // A start may have been taken as the place of a record to come: behind the next frame's header.
  const uint64_t limit = found.position.FileOffset() + kFrameHeaderBytes;
  if (start_.generation < found.position.generation || start_.FileOffset() <= limit) {
    return Status::Ok();
  }
  return ReportLogError(events_, kEventLogCorrupt, Error::kLogFileCorrupt,
                        "The log ends before the position where reading had to begin.",
                        image_->path(), static_cast<int64_t>(found.position.FileOffset()),
                        absl::StrCat("at least offset ", start_.FileOffset()),
                        absl::StrCat("offset ", found.position.FileOffset()));
}

Status LogReaderImpl::ReportFrame(const FrameCheck& check, const std::string& why) {
  return ReportLogError(
      events_, kEventLogCorrupt, Error::kLogFileCorrupt,
      absl::StrCat("The log file is damaged: ", FaultText(check.fault), ", and ", why, "."),
      image_->path(), offset_, HexText(check.expected), HexText(check.found));
}

LogEnd LogReaderImpl::end() const {
  DCHECK(at_end_);
  LogEnd end;
  end.position = MakeLgpos(image_->header().generation, offset_);
  end.chain_hash = chain_;
  end.header = image_->header();
  end.generation_ended = generation_ended_;
  return end;
}

}  // namespace

Result<std::unique_ptr<LogReader>> LogReader::Open(FileSystem& files, EventSink& events,
                                                   LogSource source, Lgpos start,
                                                   const Signature* expected) {
  CHECK(!source.files.empty());
  size_t first = 0;
  while (first < source.files.size() && source.files[first].generation != start.generation) ++first;
  if (first == source.files.size()) {
    return ReportLogError(events, kEventLogMissing, Error::kMissingLogFile,
                          "The generation where reading has to begin is missing.",
                          source.files.front().path, -1,
                          absl::StrCat("generation ", start.generation),
                          absl::StrCat("generations ", source.files.front().generation, " to ",
                                       source.files.back().generation));
  }
  auto reader = std::make_unique<LogReaderImpl>(files, events, std::move(source), first, start);
  RETURN_IF_ERROR(reader->OpenFirst(expected));
  return std::unique_ptr<LogReader>(std::move(reader));
}

}  // namespace contrail
