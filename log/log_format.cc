#include "log/log_format.h"

#include <absl/strings/str_format.h>
#include <xxhash.h>

#include <algorithm>

#include "log/log_event.h"
#include "storage/check.h"

namespace contrail {
namespace {

constexpr uint32_t kFinalFlag = 1u << 31;
constexpr size_t kHashedFrameBytes = 32;  // All but the frame's own hash.
static_assert(kHashedFrameBytes + sizeof(uint64_t) == kFrameHeaderBytes);
static_assert(kMaxGenerationBytes < kFinalFlag, "a length never reaches the flag");

constexpr char kFileMagic[] = "CONTRLOG";
constexpr size_t kMagicBytes = 8;
constexpr size_t kHashOffset = 88;
static_assert(kHashOffset + sizeof(uint64_t) == kLogHeaderFixedBytes);

uint64_t HeaderHash(Bytes header) {
  DCHECK(header.size() >= kLogHeaderFixedBytes);
  // What lies before the hash seeds the hash of what lies behind it.
  const uint64_t front = XXH3_64bits(header.data(), kHashOffset);
  return XXH3_64bits_withSeed(header.data() + kLogHeaderFixedBytes,
                              header.size() - kLogHeaderFixedBytes, front);
}

}  // namespace

uint64_t StreamSeed(const Signature& signature) {
  std::byte bytes[Signature::kSize];
  signature.Store(bytes);
  return XXH3_64bits(bytes, sizeof bytes);
}

uint64_t ContentHash(Bytes records) { return XXH3_64bits(records.data(), records.size()); }

uint64_t EncodeFrameHeader(const FrameHeader& frame, uint64_t stream_seed, std::byte* to) {
  DCHECK(frame.length < kMaxGenerationBytes);
  DCHECK(!frame.position.IsNull());
  StoreLittle<uint32_t>(to, kFrameMagic);
  StoreLittle<uint32_t>(to + 4, frame.length | (frame.final ? kFinalFlag : 0));
  StoreLittle<uint64_t>(to + 8, frame.position.Packed());
  StoreLittle<uint64_t>(to + 16, frame.previous);
  StoreLittle<uint64_t>(to + 24, frame.content_hash);
  const uint64_t hash = FrameHeaderHash(to, stream_seed);
  StoreLittle<uint64_t>(to + 32, hash);
  return hash;
}

uint64_t FrameHeaderHash(const std::byte* from, uint64_t stream_seed) {
  return XXH3_64bits_withSeed(from, kHashedFrameBytes, stream_seed);
}

FrameFault DecodeFrameHeader(const std::byte* from, uint64_t stream_seed, FrameHeader* frame,
                             uint64_t* hash) {
  DCHECK(frame != nullptr && hash != nullptr);
  if (LoadLittle<uint32_t>(from) != kFrameMagic) return FrameFault::kMagic;
  *hash = LoadLittle<uint64_t>(from + 32);
  if (FrameHeaderHash(from, stream_seed) != *hash) return FrameFault::kHash;
  const uint32_t length = LoadLittle<uint32_t>(from + 4);
  frame->length = length & ~kFinalFlag;
  frame->final = (length & kFinalFlag) != 0;
  frame->position = Lgpos::FromPacked(LoadLittle<uint64_t>(from + 8));
  frame->previous = LoadLittle<uint64_t>(from + 16);
  frame->content_hash = LoadLittle<uint64_t>(from + 24);
  return FrameFault::kNone;
}

bool TakeRecord(Bytes* content, RecordType* type, Bytes* payload) {
  DCHECK(content != nullptr);
  if (content->size() < kRecordHeaderBytes) return false;
  const uint32_t header = LoadLittle<uint32_t>(content->data());
  const size_t size = header & 0xffffff;
  if (size > content->size() - kRecordHeaderBytes || (header >> 24) == 0) return false;
  *type = static_cast<RecordType>(header >> 24);
  *payload = content->subspan(kRecordHeaderBytes, size);
  *content = content->subspan(kRecordHeaderBytes + size);
  return true;
}

std::vector<std::byte> EncodeLogFileHeader(const LogFileHeader& header) {
  CHECK(header.state.size() <= kMaxLogStateBytes);
  CHECK(header.generation >= 1 && header.generation <= kMaxGeneration);
  const uint32_t size = LogHeaderBytes(header.state.size());
  std::vector<std::byte> bytes(size);
  std::byte* to = bytes.data();
  std::memcpy(to, kFileMagic, kMagicBytes);
  StoreLittle<uint32_t>(to + 8, kLogFormatVersion);
  StoreLittle<uint32_t>(to + 12, header.generation);
  StoreLittle<uint32_t>(to + 16, header.file_bytes);
  StoreLittle<uint32_t>(to + 20, header.page_size);
  header.signature.Store(to + 24);
  header.created.Store(to + 52);
  header.previous_created.Store(to + 60);
  StoreLittle<uint32_t>(to + 68, static_cast<uint32_t>(header.state.size()));
  StoreLittle<uint64_t>(to + 72, header.chain_seed);
  StoreLittle<uint32_t>(to + 80, size / kLogBlockSize);
  if (!header.state.empty()) {
    std::memcpy(to + kLogHeaderFixedBytes, header.state.data(), header.state.size());
  }
  StoreLittle<uint64_t>(to + kHashOffset, HeaderHash(bytes));
  return bytes;
}

LogHeaderFault DecodeLogFileHeader(Bytes bytes, LogFileHeader* header) {
  DCHECK(header != nullptr);
  if (bytes.size() < kLogHeaderFixedBytes) return LogHeaderFault::kMalformed;
  const std::byte* from = bytes.data();
  if (std::memcmp(from, kFileMagic, kMagicBytes) != 0) {
    return IsWindowsLogHeader(bytes, nullptr) ? LogHeaderFault::kWindows : LogHeaderFault::kForeign;
  }
  if (LoadLittle<uint32_t>(from + 8) != kLogFormatVersion) return LogHeaderFault::kNewerVersion;
  const uint32_t state_bytes = LoadLittle<uint32_t>(from + 68);
  if (state_bytes > kMaxLogStateBytes) return LogHeaderFault::kMalformed;
  const uint32_t size = LogHeaderBytes(state_bytes);
  if (size > bytes.size()) return LogHeaderFault::kMalformed;
  if (HeaderHash(bytes.first(size)) != LoadLittle<uint64_t>(from + kHashOffset)) {
    return LogHeaderFault::kHash;
  }
  header->generation = LoadLittle<uint32_t>(from + 12);
  header->file_bytes = LoadLittle<uint32_t>(from + 16);
  header->page_size = LoadLittle<uint32_t>(from + 20);
  header->signature = Signature::Load(from + 24);
  header->created = LogTime::Load(from + 52);
  header->previous_created = LogTime::Load(from + 60);
  header->chain_seed = LoadLittle<uint64_t>(from + 72);
  const std::byte* state = from + kLogHeaderFixedBytes;
  header->state.assign(state, state + state_bytes);
  const bool sound =
      LoadLittle<uint32_t>(from + 80) == size / kLogBlockSize && header->generation >= 1 &&
      header->generation <= kMaxGeneration && header->file_bytes % kLogBlockSize == 0 &&
      header->file_bytes <= kMaxGenerationBytes && header->file_bytes >= size + kLogBlockSize;
  return sound ? LogHeaderFault::kNone : LogHeaderFault::kMalformed;
}

Result<LogFileHeader> DecodeLogFileHeaderOrReport(EventSink& events, const std::string& path,
                                                  Bytes bytes) {
  LogFileHeader header;
  const auto report = [&](Error error, std::string text, int64_t offset, std::string expected,
                          std::string found) {
    return ReportLogError(events, kEventLogHeaderUnreadable, error, std::move(text), path, offset,
                          std::move(expected), std::move(found));
  };
  std::string version;
  switch (DecodeLogFileHeader(bytes, &header)) {
    case LogHeaderFault::kNone:
      return header;
    case LogHeaderFault::kWindows:
      IsWindowsLogHeader(bytes, &version);
      return report(Error::kBadLogVersion,
                    "The file is a log file of Windows' ESE, which this engine cannot replay.", 0,
                    "a Contrail log file", "an ESE log file of version " + version);
    case LogHeaderFault::kNewerVersion:
      return report(Error::kBadLogVersion, "The log file has a version this engine does not know.",
                    8, absl::StrFormat("version %d", kLogFormatVersion),
                    absl::StrFormat("version %d", LoadLittle<uint32_t>(bytes.data() + 8)));
    case LogHeaderFault::kForeign:
      return report(Error::kLogFileCorrupt, "The file does not begin like a log file.", 0,
                    kFileMagic, HexText(LoadLittle<uint64_t>(bytes.data())));
    case LogHeaderFault::kHash:
      return report(Error::kLogReadVerifyFailure, "The header of the log file is damaged.",
                    kHashOffset,
                    HexText(LoadLittle<uint64_t>(bytes.data() + kHashOffset)) + " as stored",
                    "another hash of the header's bytes");
    case LogHeaderFault::kMalformed:
      return report(Error::kLogFileCorrupt, "The header of the log file is not whole.", 0,
                    "fields within their limits, and the whole header",
                    absl::StrFormat("%d bytes", bytes.size()));
  }
  CHECK(false);
}

bool IsWindowsLogHeader(Bytes bytes, std::string* version) {
  if (bytes.size() < 44) return false;
  const std::byte* from = bytes.data();
  const uint32_t generation = LoadLittle<uint32_t>(from + 4);
  const uint16_t sector = LoadLittle<uint16_t>(from + 8);
  const uint32_t major = LoadLittle<uint32_t>(from + 32);
  const uint32_t minor = LoadLittle<uint32_t>(from + 36);
  const uint32_t update = LoadLittle<uint32_t>(from + 40);
  // Versions 7 and 8 with the same minor number cover Windows 2000 and everything since.
  if (generation == 0 || generation > 0x7fffffff) return false;
  if (sector < 512 || (sector & (sector - 1)) != 0) return false;
  if (major < 5 || major > 9 || minor > 9999 || update > 9999) return false;
  if (version != nullptr) *version = absl::StrFormat("%d.%d.%d", major, minor, update);
  return true;
}

}  // namespace contrail
