// The LogWriter behind Create and Resume (log/log_writer.h): puts the parts together.
//
//   LogBuffer        places for records, frames sealed
//   FlightSchedule   who flushes, who waits
//   StreamFlight     frames to disk, generations begun
//   GenerationFiles  the files
//   FlushThread      lazy flushes, prepared files, the listener

#pragma once

#include <memory>

#include "log/flush_thread.h"
#include "log/stream_flight.h"

namespace contrail {

class LogWriterImpl final : public LogWriter {
 public:
  // `files` has the current generation open, whose header is given; the next frame goes to
  // `offset`, in front of which the block holds `tail`; `chain_hash` is that of the frame before.
  LogWriterImpl(std::unique_ptr<GenerationFiles> files, EventSink& events,
                const LogWriterOptions& options, const LogFileHeader& header, uint32_t offset,
                Bytes tail, uint64_t chain_hash, std::vector<std::byte> state);
  ~LogWriterImpl() override;

  Result<Lgpos> AppendRecord(RecordType type, Bytes payload) override;
  Lgpos Tip() const override { return buffer_.Tip(); }
  Status EnsureDurable() override;
  size_t MaxRecordSize() const override { return buffer_.max_payload(); }

  Status WaitDurable(Lgpos position) override;
  void FlushSoon(Lgpos position) override;
  Lgpos DurableEnd() const override { return schedule_.durable(); }
  Result<uint32_t> ForceNewGeneration() override;
  uint32_t CurrentGeneration() const override { return files_->generation(); }
  void SetState(std::vector<std::byte> state) override;
  void SetGenerationListener(std::function<void(uint32_t)> listener) override;
  const Signature& signature() const override { return signature_; }
  LogTime GenerationCreated(uint32_t generation) const override;
  Status health() const override { return schedule_.health(); }
  Status Close() override;
  void Abandon() override;
  Status FlushNow() override;
  Statistics statistics() const override { return flight_.statistics(); }

 private:
  // What to do before another try when the record found no place.
  Status MakeRoom(LogBuffer::Outcome outcome);
  Status EndGeneration(uint32_t generation);
  Status WaitUntil(Lgpos end);

  EventSink& events_;
  const Signature signature_;
  const bool has_thread_;
  std::unique_ptr<GenerationFiles> files_;
  LogBuffer buffer_;
  StreamFlight flight_;
  FlightSchedule schedule_;
  FlushThread thread_;
};

// kInvalidParameter, with an event, when the options make no sense together.
Status CheckOptions(EventSink& events, const LogWriterOptions& options, size_t state_bytes);

}  // namespace contrail
