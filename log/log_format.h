// The bytes of a log file: file header, frame header, record header. docs/format/log.md.
//
// A generation is a file header of whole blocks and then frames, one directly after the other. A
// frame is a frame header and the records of one flush. Positions of records are known when they
// are appended, because a flush begins by reserving the place of the next frame's header.

#pragma once

#include "log/log_files.h"
#include "log/record.h"

namespace contrail {

inline constexpr size_t kFrameHeaderBytes = 40;
inline constexpr size_t kRecordHeaderBytes = 4;
inline constexpr uint32_t kFrameMagic = 0x314d5246;  // "FRM1"
inline constexpr uint32_t kLogFormatVersion = 1;
inline constexpr size_t kLogHeaderFixedBytes = 96;
// Largest header of a generation, so that a generation's room for records has a lower bound.
inline constexpr uint32_t kMaxLogHeaderBytes = 64 << 10;
inline constexpr size_t kMaxLogStateBytes = kMaxLogHeaderBytes - kLogHeaderFixedBytes;
// Lgpos counts blocks in 16 bits, and the end of a file must still be a position.
inline constexpr uint32_t kMaxGenerationBytes = 65535u * kLogBlockSize;
// No record is larger, however large the generations are: two must fit into the buffer.
inline constexpr size_t kMaxRecordBytes = 1 << 20;
inline constexpr uint32_t kMaxGeneration = 0x7ffffffe;

static_assert(kMaxRecordBytes < (1u << 24), "a record header holds the size in 24 bits");
static_assert(kLogBlockSize == kDirectIoAlignment, "a block is what direct I/O can write");
static_assert(kMaxLogHeaderBytes % kLogBlockSize == 0, "records begin at a block");

// The smallest file a generation may have: room for the largest header and for a mutation that
// touches sixteen pages whole. 128 KiB for 4 KiB pages, 576 KiB for 32 KiB pages.
constexpr uint32_t MinimumGenerationBytes(uint32_t page_size) {
  return kMaxLogHeaderBytes + 16 * page_size;
}
// Largest payload of a record in generations of this size.
constexpr size_t MaxRecordPayload(uint32_t generation_bytes) {
  const size_t room =
      generation_bytes - kMaxLogHeaderBytes - 2 * kFrameHeaderBytes - kRecordHeaderBytes;
  return room < kMaxRecordBytes ? room : kMaxRecordBytes;
}
constexpr uint32_t LogHeaderBytes(size_t state_bytes) {
  return static_cast<uint32_t>((kLogHeaderFixedBytes + state_bytes + kLogBlockSize - 1) /
                               kLogBlockSize * kLogBlockSize);
}
constexpr Lgpos MakeLgpos(uint32_t generation, uint32_t file_offset) {
  return {generation, static_cast<uint16_t>(file_offset / kLogBlockSize),
          static_cast<uint16_t>(file_offset % kLogBlockSize)};
}

// A number every frame hash of the stream depends on: frames of another stream never verify.
uint64_t StreamSeed(const Signature& signature);

struct FrameHeader {
  Lgpos position;             // Of the frame header itself.
  uint32_t length = 0;        // Bytes of records that follow.
  bool final = false;         // The last frame of its generation.
  uint64_t previous = 0;      // Hash of the frame before; of a generation's first: its chain seed.
  uint64_t content_hash = 0;  // xxh3-64 of the records.
};

// What FrameHeader::content_hash is made with.
uint64_t ContentHash(Bytes records);
// Writes kFrameHeaderBytes and returns the frame's hash, which the next frame carries on.
uint64_t EncodeFrameHeader(const FrameHeader& frame, uint64_t stream_seed, std::byte* to);

// The hash that the frame header at `from` should end with.
uint64_t FrameHeaderHash(const std::byte* from, uint64_t stream_seed);

enum class FrameFault { kNone, kMagic, kHash, kPosition, kChain, kLength, kContent };
// Looks at kFrameHeaderBytes at `from`. The header's own hash is verified first; `hash` gets the
// stored one. Neither the chain nor the content is looked at.
FrameFault DecodeFrameHeader(const std::byte* from, uint64_t stream_seed, FrameHeader* frame,
                             uint64_t* hash);

inline uint32_t EncodeRecordHeader(RecordType type, size_t payload) {
  return static_cast<uint32_t>(payload) | static_cast<uint32_t>(type) << 24;
}
// Takes one record off the front of *content. False when what is there is no record.
bool TakeRecord(Bytes* content, RecordType* type, Bytes* payload);

// The whole header in blocks, hash included. `state` must fit (kMaxLogStateBytes).
std::vector<std::byte> EncodeLogFileHeader(const LogFileHeader& header);
enum class LogHeaderFault { kNone, kWindows, kNewerVersion, kForeign, kHash, kMalformed };
// `bytes` begins at the file's first byte; with fewer bytes than the header has: kMalformed.
LogHeaderFault DecodeLogFileHeader(Bytes bytes, LogFileHeader* header);
// Decodes and reports what is wrong: kBadLogVersion, kLogFileCorrupt, kLogReadVerifyFailure.
Result<LogFileHeader> DecodeLogFileHeaderOrReport(EventSink& events, const std::string& path,
                                                  Bytes bytes);

// True for the header of a log file of Windows' ESE (fields at fixed offsets; nothing is verified
// by checksum, because formats differ in how they make it). *version becomes "7.3704.20" or the
// like.
bool IsWindowsLogHeader(Bytes bytes, std::string* version);

}  // namespace contrail
