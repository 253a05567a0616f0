// LogReader: the records of a stream in order, across generations. docs/format/log.md.
//
// It verifies frames (hash, position, chain), signatures and the link of each generation to the one
// before. The end of the stream is a frame that does not verify in the last generation, when
// nothing that follows it verifies either; the same inside an archived generation is corruption.

#pragma once

#include <memory>

#include "log/log_writer.h"

namespace contrail {

struct LogSource {
  // Files in rising generation order without gaps (the caller has checked the listing).
  std::vector<LogFileInfo> files;
  // The last file is the end of the stream: a torn tail there is normal. False: every file must be
  // whole (a backup set): kLogFileCorrupt otherwise.
  bool last_may_be_torn = true;
};

class LogReader {
 public:
  // Begins at the first record at or after `start`, whose generation must be among the files; block
  // 0 offset 0 means the generation's first record. `start` may be whatever a record's position or
  // LogWriter::DurableEnd has been; the start's generation is verified from its beginning. Errors:
  // kMissingLogFile, kBadLogSignature (differs from `expected` when not null), kLogFileCorrupt,
  // kLogGenerationMismatch, kMissingPreviousLogFile (creation times do not link).
  static Result<std::unique_ptr<LogReader>> Open(FileSystem&, EventSink&, LogSource, Lgpos start,
                                                 const Signature* expected);
  virtual ~LogReader() = default;
  // False at the end of the stream.
  virtual Result<bool> Next(LogRecord* record) = 0;
  // After Next returned false: where the stream ends.
  virtual LogEnd end() const = 0;
  // Bytes read so far and in all, for progress.
  virtual uint64_t bytes_read() const = 0;
  virtual uint64_t bytes_total() const = 0;
  virtual const LogFileHeader& header() const = 0;  // Of the generation being read.
};

// Verifies a generation's file whole (header, every frame, zero tail): what a backup does on the
// way. `data` may arrive in pieces of whole blocks.
class LogFileVerifier {
 public:
  virtual ~LogFileVerifier() = default;
  static std::unique_ptr<LogFileVerifier> New(EventSink&, const std::string& path);
  virtual Status Feed(Bytes blocks) = 0;
  virtual Status
  Finish() = 0;  // kLogReadVerifyFailure when the file ended early or a frame is wrong.
};

}  // namespace contrail
