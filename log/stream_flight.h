// StreamFlight: what a flight does. Writes the sealed frames, syncs, and begins the next generation
// where one has ended.
//
// A failed write or sync is final (log/log_writer.h, invariant 3): it is reported here, once, and
// the error of the flight takes the log down.

#pragma once

#include <atomic>
#include <functional>
#include <mutex>

#include "log/flight_schedule.h"
#include "log/frame_writer.h"
#include "log/generation_files.h"
#include "log/log_writer.h"

namespace contrail {

class StreamFlight final : public Flight {
 public:
  // `header` is that of the current generation, open in `files`.
  StreamFlight(LogBuffer& buffer, GenerationFiles& files, EventSink& events, LogFileHeader header,
               uint64_t chain_hash);

  // Before the first flight.
  void Attach(FlightSchedule* schedule, std::function<void(uint32_t)> generation_begun);
  // The first frame goes to `offset` of the current file; `tail` is its block's front part.
  void Begin(uint32_t offset, Bytes tail);

  Lgpos Board() override;
  Status Fly() override;

  // Zero for generations other than the current one.
  LogTime Created(uint32_t generation) const;
  LogWriter::Statistics statistics() const;

  // The header of the generation after `ended`, whose last frame has the hash `chain_hash`.
  static LogFileHeader NextHeader(const LogFileHeader& ended, uint64_t chain_hash,
                                  std::vector<std::byte> state);
  // What a failure of the file system means for the log: kLogDiskFull or kLogWriteFail.
  static Error LogError(Status failure);

 private:
  Status WriteFrame(const LogBuffer::Frame& frame);
  Status BeginGeneration(const LogBuffer::Frame& last);
  void ReportDown(Status failure, Error error, const LogBuffer::Frame& frame);

  LogBuffer& buffer_;
  GenerationFiles& files_;
  EventSink& events_;
  FrameWriter writer_;
  FlightSchedule* schedule_ = nullptr;
  std::function<void(uint32_t)> generation_begun_;
  uint64_t last_boarded_ = 0;

  mutable std::mutex header_mutex_;
  LogFileHeader header_;  // Guarded by header_mutex_.

  std::atomic<uint64_t> records_{0};
  std::atomic<uint64_t> bytes_{0};
  std::atomic<uint64_t> flushes_{0};
  std::atomic<uint64_t> blocks_{0};
};

}  // namespace contrail
