#include "tests/support/log_stream.h"

#include <random>

namespace contrail::test {

std::vector<std::byte> NumberedPayload(uint64_t number, size_t size) {
  std::vector<std::byte> payload(size < 8 ? 8 : size);
  StoreLittle<uint64_t>(payload.data(), number);
  std::mt19937_64 random(number);
  for (size_t i = 8; i < payload.size(); ++i) payload[i] = static_cast<std::byte>(random());
  return payload;
}

uint64_t FindNumber(Bytes payload) {
  if (payload.size() < 8) return ~uint64_t{0};
  const uint64_t number = LoadLittle<uint64_t>(payload.data());
  const std::vector<std::byte> expected = NumberedPayload(number, payload.size());
  return Compare(payload, expected) == 0 ? number : ~uint64_t{0};
}

LogWriterOptions SmallLogOptions() {
  LogWriterOptions options;
  options.directory = "/log";
  options.generation_bytes = 128 << 10;
  options.buffer_bytes = 64 << 10;
  options.background_thread = false;
  return options;
}

ReadStream ReadAll(FileSystem& files, EventSink& events, const LogWriterOptions& options,
                   Lgpos start, bool last_may_be_torn) {
  ReadStream stream;
  Result<LogListing> listing = ListLogFiles(files, events, options.directory, options.base_name);
  stream.status = listing.status();
  if (!listing.ok()) return stream;
  LogSource source;
  source.files = listing->archived;
  if (listing->has_current) source.files.push_back(listing->current);
  source.last_may_be_torn = last_may_be_torn;
  if (source.files.empty()) {
    stream.status = Error::kMissingLogFile;
    return stream;
  }
  if (start.IsNull()) start = {source.files.front().generation, 0, 0};
  auto reader = LogReader::Open(files, events, source, start, nullptr);
  stream.status = reader.status();
  if (!reader.ok()) return stream;
  LogRecord record;
  for (;;) {
    const Result<bool> more = (*reader)->Next(&record);
    stream.status = more.status();
    if (!more.ok()) return stream;
    if (!*more) break;
    stream.records.push_back(
        {record.position, record.type,
         std::vector<std::byte>(record.payload.begin(), record.payload.end())});
  }
  stream.end = (*reader)->end();
  return stream;
}

Result<std::unique_ptr<LogWriter>> ResumeStream(FileSystem& files, EventSink& events,
                                                const LogWriterOptions& options) {
  const ReadStream stream = ReadAll(files, events, options);
  if (!stream.status.ok()) return stream.status;
  return LogWriter::Resume(files, events, options, stream.end, {});
}

}  // namespace contrail::test
