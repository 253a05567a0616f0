// LogWriter::Resume: going on where recovery found the end of the stream.

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "log/log_event.h"
#include "log/log_writer_impl.h"
#include "storage/check.h"

namespace contrail {
namespace {

constexpr size_t kScanBytes = 1 << 20;

bool AllZero(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

// Makes everything from `end` on zero: the remains of a flush that was never acknowledged. They
// would not verify as frames, but a generation is to be checked byte by byte later on. `tail`
// becomes what the end's block holds in front of it.
Status ClearRest(File& file, uint32_t end, uint32_t file_bytes, std::vector<std::byte>* tail) {
  CHECK(file_bytes % kLogBlockSize == 0 && end <= file_bytes);
  AlignedBuffer buffer(kScanBytes);
  bool changed = false;
  uint32_t keep = end % kLogBlockSize;
  uint32_t offset = end - keep;
  tail->clear();
  while (offset < file_bytes) {
    const size_t size = std::min<size_t>(kScanBytes, file_bytes - offset);
    const MutableBytes piece = buffer.span().first(size);
    RETURN_IF_ERROR(file.Read(offset, piece));
    if (keep > 0) tail->assign(piece.begin(), piece.begin() + keep);
    const MutableBytes rest = piece.subspan(keep);
    if (!AllZero(rest)) {
      std::memset(rest.data(), 0, rest.size());
      RETURN_IF_ERROR(file.Write(offset, piece));
      changed = true;
    }
    keep = 0;
    offset += static_cast<uint32_t>(size);
  }
  return changed ? file.Sync() : Status::Ok();
}

}  // namespace

Result<std::unique_ptr<LogWriter>> LogWriter::Resume(FileSystem& files, EventSink& events,
                                                     const LogWriterOptions& options,
                                                     const LogEnd& end,
                                                     std::vector<std::byte> state) {
  LogWriterOptions actual = options;
  actual.generation_bytes = end.header.file_bytes;
  actual.page_size = end.header.page_size;
  RETURN_IF_ERROR(CheckOptions(events, actual, state.size()));
  CHECK(end.position.generation == end.header.generation);
  auto generations = std::make_unique<GenerationFiles>(files, options.directory, options.base_name,
                                                       actual.generation_bytes);
  RETURN_IF_ERROR(generations->OpenCurrent(events, end.header));

  const auto failed = [&](Status status) {
    return ReportLogError(events, kEventLogDown, StreamFlight::LogError(status),
                          "The log cannot go on where it ended.", generations->current_path(),
                          static_cast<int64_t>(end.position.FileOffset()), "a durable write",
                          absl::StrCat("error ", status.number()));
  };
  LogFileHeader header = end.header;
  uint32_t offset = static_cast<uint32_t>(end.position.FileOffset());
  std::vector<std::byte> tail;
  if (end.generation_ended) {
    header = StreamFlight::NextHeader(end.header, end.chain_hash, state);
    offset = LogHeaderBytes(state.size());
    if (const Status status = generations->Switch(header); !status.ok()) return failed(status);
  } else {
    CHECK(offset >= LogHeaderBytes(header.state.size()));
    CHECK(offset + kFrameHeaderBytes <= header.file_bytes);
    const Status status = ClearRest(generations->current(), offset, header.file_bytes, &tail);
    if (!status.ok()) return failed(status);
  }
  return std::unique_ptr<LogWriter>(
      std::make_unique<LogWriterImpl>(std::move(generations), events, actual, header, offset, tail,
                                      end.chain_hash, std::move(state)));
}

}  // namespace contrail
