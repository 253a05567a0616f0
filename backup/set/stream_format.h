// The outline of a backup stream: a header, then records, each with a hash that is chained to the
// record before. docs/format/set_stream.md.

#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "backup/set/content_hash.h"
#include "storage/bytes.h"

namespace contrail {

inline constexpr char kStreamMagic[] = "CONTRAIL BACKUP\n";
inline constexpr size_t kStreamMagicBytes = 16;
inline constexpr uint32_t kStreamVersion = 1;
inline constexpr size_t kStreamHeaderBytes = 32;
inline constexpr size_t kStreamRecordHeaderBytes = 32;
// Of a record that is no content.
inline constexpr uint32_t kLargestDescription = 64 << 20;

// Four letters each, as they stand in the stream.
enum class StreamRecordType : uint32_t {
  kHead = 0x44414548,     // "HEAD": the manifest, without files and range of logs.
  kFile = 0x454c4946,     // "FILE": a file's description; its content follows.
  kContent = 0x41544144,  // "DATA": up to kChunkBytes of content.
  kFileEnd = 0x444e4546,  // "FEND": the description again, with size and hash.
  kTail = 0x4c494154,     // "TAIL": the whole manifest. Nothing of this backup follows.
};

struct StreamRecordHeader {
  StreamRecordType type = StreamRecordType::kHead;
  uint32_t stored_bytes = 0;   // Of the payload that follows.
  uint32_t content_bytes = 0;  // Of the payload decompressed; the same number: not compressed.
  uint32_t sequence = 0;       // Counts the records of the stream from 0.
};

// The hashes of a stream, one after the other: each is over the one before, the record's header up
// to the hash, and its payload. So no record can be changed, left out, added, or come from another
// stream.
class StreamChain {
 public:
  using Hash = std::array<std::byte, 16>;

  // From the stream's header.
  void Begin(Bytes header);
  // The next record's: of its header's first 16 bytes and its payload.
  const Hash& Add(Bytes header, Bytes payload);
  std::string Text() const;

 private:
  void Take();
  ContentHash hash_;
  Hash last_{};
};

// `random` tells streams apart.
std::array<std::byte, kStreamHeaderBytes> EncodeStreamHeader(uint64_t random);
// Of this version, with chunks of our size. What is wrong, or empty.
std::string CheckStreamHeader(Bytes header);

// Without the hash.
void EncodeStreamRecordHeader(const StreamRecordHeader& header, std::byte* to);
StreamRecordHeader DecodeStreamRecordHeader(const std::byte* from);
// Whether type and sizes go together; nothing larger is to be read.
bool IsPossible(const StreamRecordHeader& header);

}  // namespace contrail
