#include "log/stream_flight.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "log/log_event.h"
#include "storage/check.h"

namespace contrail {

StreamFlight::StreamFlight(LogBuffer& buffer, GenerationFiles& files, EventSink& events,
                           LogFileHeader header, uint64_t chain_hash)
    : buffer_(buffer),
      files_(files),
      events_(events),
      writer_(StreamSeed(header.signature), chain_hash),
      header_(std::move(header)) {}

void StreamFlight::Attach(FlightSchedule* schedule, std::function<void(uint32_t)> begun) {
  CHECK(schedule != nullptr);
  schedule_ = schedule;
  generation_begun_ = std::move(begun);
}

void StreamFlight::Begin(uint32_t offset, Bytes tail) {
  writer_.Begin(&files_.current(), offset, tail);
}

Error StreamFlight::LogError(Status failure) {
  CHECK(!failure.ok());
  switch (failure.error()) {
    case Error::kDiskFull:
      return Error::kLogDiskFull;
    case Error::kLogSequenceEnd:
      return Error::kLogSequenceEnd;
    default:
      return Error::kLogWriteFail;
  }
}

Lgpos StreamFlight::Board() {
  last_boarded_ = buffer_.Seal();
  return buffer_.EndOfSealed();
}

Status StreamFlight::Fly() {
  DCHECK(schedule_ != nullptr);
  while (const std::optional<LogBuffer::Frame> frame = buffer_.Take(last_boarded_)) {
    Status status = WriteFrame(*frame);
    if (status.ok() && frame->final) status = BeginGeneration(*frame);
    if (!status.ok()) {
      const Error error = LogError(status);
      ReportDown(status, error, *frame);
      return error;
    }
    buffer_.Finish(*frame);
  }
  return Status::Ok();
}

Status StreamFlight::WriteFrame(const LogBuffer::Frame& frame) {
  DCHECK(frame.generation == files_.generation());
  RETURN_IF_ERROR(writer_.Write(buffer_, frame));
  RETURN_IF_ERROR(files_.current().Sync());
  records_.fetch_add(frame.records, std::memory_order_relaxed);
  bytes_.fetch_add(frame.length(), std::memory_order_relaxed);
  flushes_.fetch_add(1, std::memory_order_relaxed);
  blocks_.store(writer_.blocks_written(), std::memory_order_relaxed);
  schedule_->Publish(frame.end_position());
  return Status::Ok();
}

LogFileHeader StreamFlight::NextHeader(const LogFileHeader& ended, uint64_t chain_hash,
                                       std::vector<std::byte> state) {
  LogFileHeader next = ended;
  next.generation = ended.generation + 1;
  next.previous_created = ended.created;
  next.created = LogTime::Now();
  next.chain_seed = chain_hash;
  next.state = std::move(state);
  return next;
}

Status StreamFlight::BeginGeneration(const LogBuffer::Frame& last) {
  CHECK(last.final && last.next_state != nullptr);
  LogFileHeader next;
  {
    const std::lock_guard lock(header_mutex_);
    next = NextHeader(header_, writer_.chain_hash(), *last.next_state);
  }
  RETURN_IF_ERROR(files_.Switch(next));
  const uint32_t first = LogHeaderBytes(next.state.size());
  writer_.Begin(&files_.current(), first, {});
  const uint32_t generation = next.generation;
  {
    const std::lock_guard lock(header_mutex_);
    header_ = std::move(next);
  }
  schedule_->Publish(MakeLgpos(generation, first));
  generation_begun_(generation);
  return Status::Ok();
}

void StreamFlight::ReportDown(Status failure, Error error, const LogBuffer::Frame& frame) {
  ReportLogError(events_, kEventLogDown, error,
                 "Writing the log has failed; the instance stops and must be recovered.",
                 files_.current_path(), frame.begin, "a durable write",
                 absl::StrCat("error ", failure.number()))
      .Ignore();  // The caller has the error.
}

LogTime StreamFlight::Created(uint32_t generation) const {
  const std::lock_guard lock(header_mutex_);
  return header_.generation == generation ? header_.created : LogTime();
}

LogWriter::Statistics StreamFlight::statistics() const {
  LogWriter::Statistics statistics;
  statistics.records = records_.load(std::memory_order_relaxed);
  statistics.bytes = bytes_.load(std::memory_order_relaxed);
  statistics.flushes = flushes_.load(std::memory_order_relaxed);
  statistics.blocks_written = blocks_.load(std::memory_order_relaxed);
  return statistics;
}

}  // namespace contrail
