// LogWriter: orders records and makes them durable. One per instance.
//
// Appending copies into a buffer and returns. A flush turns what is in the buffer into a frame: the
// first session that waits makes it itself, and while it is on the disk the next one is being
// filled, so sessions that commit together share a flush (group commit). What nobody waits for is
// flushed by a background thread.
//
// Invariants
// 1. Records become durable in order: if a record is durable, so is everything appended before it.
// 2. A block that has been acknowledged is only ever rewritten with the same bytes in front.
// 3. A failed write or sync is final: the log is down, every later call returns kLogWriteFail. What
//    the disk holds of the failed flush is unknown, so retrying could acknowledge a lost record.
// 4. The next generation's file exists, zero-filled, before it is needed.
// 5. A record never spans generations.
//
// Thread rule: all functions are thread safe.

#pragma once

#include <functional>
#include <memory>
#include <string>

#include "log/log_files.h"
#include "log/record.h"
#include "storage/redo_sink.h"

namespace contrail {

struct LogWriterOptions {
  std::string directory;
  std::string base_name = "edb";
  uint32_t generation_bytes = 5 << 20;  // Of a file, header included.
  size_t buffer_bytes = 4 << 20;
  uint32_t page_size = 4096;
  // A record of a lazy commit is durable after this many milliseconds at the latest.
  uint32_t lazy_flush_milliseconds = 30;
  bool background_thread = true;  // False: tests run steps themselves with FlushNow.
};

// Where an existing stream ends, as found by recovery (log/recovery.h); Resume goes on from there.
struct LogEnd {
  Lgpos position;           // First byte after the last whole record.
  uint64_t chain_hash = 0;  // Of the last whole frame.
  LogFileHeader header;     // Of the generation that holds `position`.
  // The generation was ended on purpose: nothing may follow in its file. Resume begins the next.
  bool generation_ended = false;
};

class LogWriter : public RedoSink {
 public:
  // Starts a stream at `first_generation` (1 unless restoring). No current log of the base name may
  // exist in the directory (kFileAlreadyExists). With `previous`, the stream goes on behind that
  // end: the first generation links to it (previous_created, chain_seed) as after a roll-over.
  static Result<std::unique_ptr<LogWriter>> Create(FileSystem&, EventSink&, const LogWriterOptions&,
                                                   const Signature&, std::vector<std::byte> state,
                                                   uint32_t first_generation = 1,
                                                   const LogEnd* previous = nullptr);
  // Goes on after `end` in the current generation. The size of the stream's files stays what it is,
  // whatever `options` says. kMissingCurrentLogFiles, kLogGenerationMismatch (the current file is
  // not the one of `end`), each with an event.
  static Result<std::unique_ptr<LogWriter>> Resume(FileSystem&, EventSink&, const LogWriterOptions&,
                                                   const LogEnd& end, std::vector<std::byte> state);

  // RedoSink: a kMutation record.
  Result<Lgpos> Append(Bytes mutation) final {
    return AppendRecord(RecordType::kMutation, mutation);
  }
  virtual Result<Lgpos> AppendRecord(RecordType type, Bytes payload) = 0;

  // Waits until the record at `position` (as returned by Append) is durable.
  virtual Status WaitDurable(Lgpos position) = 0;
  // Makes sure the record becomes durable within the lazy interval; returns at once.
  virtual void FlushSoon(Lgpos position) = 0;
  // Everything up to here (exclusive) is durable.
  virtual Lgpos DurableEnd() const = 0;

  // Ends the current generation after the records appended so far and begins the next one; returns
  // the new current generation when the ended one is durable under its archived name.
  virtual Result<uint32_t> ForceNewGeneration() = 0;
  virtual uint32_t CurrentGeneration() const = 0;

  // The state that headers of generations begun from now on carry (attached databases).
  virtual void SetState(std::vector<std::byte> state) = 0;
  // Called on the writer thread after a new generation has begun; without a background thread, on
  // the thread whose call made it begin.
  virtual void SetGenerationListener(std::function<void(uint32_t generation)> listener) = 0;

  virtual const Signature& signature() const = 0;
  virtual LogTime GenerationCreated(
      uint32_t generation) const = 0;  // Current one; zero when unknown.
  // Ok, or the error that took the log down.
  virtual Status health() const = 0;
  // Flushes everything and stops the thread. The object answers kLogWriteFail afterwards.
  virtual Status Close() = 0;
  // Stops without flushing what has not been flushed: the end of a process, for tests.
  virtual void Abandon() = 0;
  // For tests without background thread: writes out all that was appended.
  virtual Status FlushNow() = 0;

  // Of what has been flushed since Create or Resume.
  struct Statistics {
    uint64_t records = 0, bytes = 0, flushes = 0, blocks_written = 0;
  };
  virtual Statistics statistics() const = 0;
};

}  // namespace contrail
