#include "log/log_writer.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "log/log_event.h"
#include "log/log_writer_impl.h"
#include "storage/check.h"

namespace contrail {

LogWriterImpl::LogWriterImpl(std::unique_ptr<GenerationFiles> files, EventSink& events,
                             const LogWriterOptions& options, const LogFileHeader& header,
                             uint32_t offset, Bytes tail, uint64_t chain_hash,
                             std::vector<std::byte> state)
    : events_(events),
      signature_(header.signature),
      has_thread_(options.background_thread),
      files_(std::move(files)),
      buffer_(header.file_bytes, options.buffer_bytes, header.generation, offset,
              std::make_shared<const std::vector<std::byte>>(std::move(state))),
      flight_(buffer_, *files_, events, header, chain_hash),
      schedule_(flight_, MakeLgpos(header.generation, offset)),
      thread_(buffer_, *files_, schedule_,
              std::chrono::milliseconds(options.lazy_flush_milliseconds)) {
  CHECK(header.generation == files_->generation());
  flight_.Attach(&schedule_, [this](uint32_t generation) { thread_.GenerationBegun(generation); });
  flight_.Begin(offset, tail);
  if (has_thread_) thread_.Start();
}

LogWriterImpl::~LogWriterImpl() { Abandon(); }

Result<Lgpos> LogWriterImpl::AppendRecord(RecordType type, Bytes payload) {
  if (payload.size() > buffer_.max_payload()) return Error::kInvalidParameter;
  Lgpos position;
  for (;;) {
    if (schedule_.down()) return schedule_.health();
    const LogBuffer::Outcome outcome = buffer_.Append(type, payload, &position);
    if (outcome == LogBuffer::Outcome::kDone) break;
    RETURN_IF_ERROR(MakeRoom(outcome));
  }
  if (has_thread_ && buffer_.HalfFull()) thread_.RequestFlush();
  return position;
}

Status LogWriterImpl::MakeRoom(LogBuffer::Outcome outcome) {
  DCHECK(outcome != LogBuffer::Outcome::kDone);
  if (outcome == LogBuffer::Outcome::kGenerationFull) {
    return EndGeneration(buffer_.Tip().generation);
  }
  // The flight under way may have left before anything was in the buffer, so this can take two
  // turns.
  return schedule_.WaitForLanding();
}

Status LogWriterImpl::EndGeneration(uint32_t generation) {
  for (;;) {
    switch (buffer_.SealGeneration(generation)) {
      case LogBuffer::SealOutcome::kSealed:
      case LogBuffer::SealOutcome::kAlreadySealed:
        return Status::Ok();
      case LogBuffer::SealOutcome::kSequenceEnd:
        return ReportLogError(events_, kEventLogDown, Error::kLogSequenceEnd,
                              "The numbers of log generations have run out.",
                              files_->current_path());
      case LogBuffer::SealOutcome::kNoRoom:
        RETURN_IF_ERROR(schedule_.WaitForLanding());
    }
  }
}

Status LogWriterImpl::WaitUntil(Lgpos end) {
  const Status status = schedule_.WaitUntil(end);
  if (!has_thread_) thread_.TellListener();
  return status;
}

Status LogWriterImpl::EnsureDurable() {
  RETURN_IF_ERROR(WaitUntil(buffer_.EndOfRecords()));
  // Even when nothing was left to do: whoever goes on writing has to know.
  return schedule_.down() ? schedule_.health() : Status::Ok();
}

Status LogWriterImpl::FlushNow() { return EnsureDurable(); }

Status LogWriterImpl::WaitDurable(Lgpos position) {
  DCHECK(position < buffer_.Tip());
  // Frames are durable whole, so the first byte of a record stands for all of it.
  return WaitUntil(Lgpos::FromPacked(position.Packed() + 1));
}

void LogWriterImpl::FlushSoon(Lgpos position) {
  if (has_thread_ && position >= schedule_.durable()) thread_.RequestLazyFlush();
}

Result<uint32_t> LogWriterImpl::ForceNewGeneration() {
  if (schedule_.down()) return schedule_.health();
  const uint32_t ending = buffer_.Tip().generation;
  RETURN_IF_ERROR(EndGeneration(ending));
  RETURN_IF_ERROR(WaitUntil(Lgpos{ending + 1, 0, 0}));
  DCHECK(files_->generation() > ending);
  return ending + 1;
}

void LogWriterImpl::SetState(std::vector<std::byte> state) {
  buffer_.SetState(std::make_shared<const std::vector<std::byte>>(std::move(state)));
}

void LogWriterImpl::SetGenerationListener(std::function<void(uint32_t)> listener) {
  thread_.SetListener(std::move(listener));
}

LogTime LogWriterImpl::GenerationCreated(uint32_t generation) const {
  return flight_.Created(generation);
}

Status LogWriterImpl::Close() {
  const Status flushed = EnsureDurable();
  Abandon();
  return flushed;
}

void LogWriterImpl::Abandon() {
  schedule_.TakeDown(Error::kLogWriteFail);
  thread_.Stop();
}

Status CheckOptions(EventSink& events, const LogWriterOptions& options, size_t state_bytes) {
  const uint32_t minimum = MinimumGenerationBytes(options.page_size);
  if (options.generation_bytes < minimum || options.generation_bytes > kMaxGenerationBytes ||
      options.generation_bytes % kLogBlockSize != 0) {
    return ReportLogError(
        events, kEventLogDown, Error::kInvalidParameter, "The size of log files is not possible.",
        absl::StrCat(options.directory, "/", CurrentLogFileName(options.base_name)), -1,
        absl::StrCat(minimum, " to ", kMaxGenerationBytes, ", in blocks of ", kLogBlockSize),
        absl::StrCat(options.generation_bytes));
  }
  if (state_bytes > kMaxLogStateBytes) return Error::kInvalidParameter;
  return Status::Ok();
}

Result<std::unique_ptr<LogWriter>> LogWriter::Create(FileSystem& files, EventSink& events,
                                                     const LogWriterOptions& options,
                                                     const Signature& signature,
                                                     std::vector<std::byte> state,
                                                     uint32_t first_generation,
                                                     const LogEnd* previous) {
  CHECK(first_generation >= 1 && first_generation <= kMaxGeneration);
  RETURN_IF_ERROR(CheckOptions(events, options, state.size()));
  auto generations = std::make_unique<GenerationFiles>(files, options.directory, options.base_name,
                                                       options.generation_bytes);
  ASSIGN_OR_RETURN(const bool exists, files.Exists(generations->current_path()));
  if (exists) {
    return ReportLogError(events, kEventLogOpenFailed, Error::kFileAlreadyExists,
                          "A new log stream would begin where a log file lies already.",
                          generations->current_path());
  }
  LogFileHeader header;
  header.generation = first_generation;
  header.file_bytes = options.generation_bytes;
  header.signature = signature;
  header.created = LogTime::Now();
  header.page_size = options.page_size;
  header.state = state;
  if (previous != nullptr) {
    header.previous_created = previous->header.created;
    header.chain_seed = previous->chain_hash;
  }
  if (const Status status = generations->CreateFirst(header); !status.ok()) {
    return ReportLogError(events, kEventLogDown, StreamFlight::LogError(status),
                          "The first log file cannot be created.", generations->current_path(), -1,
                          "a new file", absl::StrCat("error ", status.number()));
  }
  const uint32_t offset = LogHeaderBytes(state.size());
  return std::unique_ptr<LogWriter>(
      std::make_unique<LogWriterImpl>(std::move(generations), events, options, header, offset,
                                      Bytes(), header.chain_seed, std::move(state)));
}

}  // namespace contrail
