// Log streams for tests: writing records that can be told apart, reading them back.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "log/log_reader.h"
#include "log/log_writer.h"

namespace contrail::test {

// A payload of `size` bytes that says which record it is: FindNumber gives the number back, and
// nothing but this payload at this size is accepted.
std::vector<std::byte> NumberedPayload(uint64_t number, size_t size);
// The number, or ~0 when it is no such payload.
uint64_t FindNumber(Bytes payload);

struct ReadRecord {
  Lgpos position;
  RecordType type = RecordType::kMutation;
  std::vector<std::byte> payload;
};

struct ReadStream {
  Status status;  // Of the last call.
  std::vector<ReadRecord> records;
  LogEnd end;  // When status is ok.
};

// Small generations; no background thread, so that runs are the same each time.
LogWriterOptions SmallLogOptions();

// All files of the directory, from `start` on; a null start is the first record of all.
ReadStream ReadAll(FileSystem& files, EventSink& events, const LogWriterOptions& options,
                   Lgpos start = {}, bool last_may_be_torn = true);

// Reads to the end and goes on there.
Result<std::unique_ptr<LogWriter>> ResumeStream(FileSystem& files, EventSink& events,
                                                const LogWriterOptions& options);

}  // namespace contrail::test
