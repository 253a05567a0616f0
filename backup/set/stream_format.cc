#include "backup/set/stream_format.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include <cstring>

namespace contrail {

void StreamChain::Take() {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash_.Value());
  static_assert(sizeof canonical.digest == sizeof(Hash));
  std::memcpy(last_.data(), canonical.digest, last_.size());
}

void StreamChain::Begin(Bytes header) {
  hash_.Restart();
  hash_.Add(header);
  Take();
}

const StreamChain::Hash& StreamChain::Add(Bytes header, Bytes payload) {
  hash_.Restart();
  hash_.Add(last_);
  hash_.Add(header);
  hash_.Add(payload);
  Take();
  return last_;
}

std::string StreamChain::Text() const {
  return absl::BytesToHexString({reinterpret_cast<const char*>(last_.data()), last_.size()});
}

std::array<std::byte, kStreamHeaderBytes> EncodeStreamHeader(uint64_t random) {
  std::array<std::byte, kStreamHeaderBytes> header{};
  std::memcpy(header.data(), kStreamMagic, kStreamMagicBytes);
  StoreLittle(header.data() + 16, kStreamVersion);
  StoreLittle(header.data() + 20, static_cast<uint32_t>(kChunkBytes));
  StoreLittle(header.data() + 24, random);
  return header;
}

std::string CheckStreamHeader(Bytes header) {
  if (std::memcmp(header.data(), kStreamMagic, kStreamMagicBytes) != 0) {
    return "This is no backup stream.";
  }
  const auto version = LoadLittle<uint32_t>(header.data() + 16);
  if (version != kStreamVersion) {
    return absl::StrCat("The stream is of version ", version, "; known is ", kStreamVersion, ".");
  }
  const auto chunk = LoadLittle<uint32_t>(header.data() + 20);
  if (chunk != kChunkBytes) return absl::StrCat("The stream has chunks of ", chunk, " bytes.");
  return {};
}

void EncodeStreamRecordHeader(const StreamRecordHeader& header, std::byte* to) {
  StoreLittle(to, static_cast<uint32_t>(header.type));
  StoreLittle(to + 4, header.stored_bytes);
  StoreLittle(to + 8, header.content_bytes);
  StoreLittle(to + 12, header.sequence);
}

StreamRecordHeader DecodeStreamRecordHeader(const std::byte* from) {
  return {static_cast<StreamRecordType>(LoadLittle<uint32_t>(from)), LoadLittle<uint32_t>(from + 4),
          LoadLittle<uint32_t>(from + 8), LoadLittle<uint32_t>(from + 12)};
}

bool IsPossible(const StreamRecordHeader& header) {
  switch (header.type) {
    case StreamRecordType::kHead:
    case StreamRecordType::kFile:
    case StreamRecordType::kFileEnd:
    case StreamRecordType::kTail:
      return header.stored_bytes == header.content_bytes &&
             header.stored_bytes <= kLargestDescription;
    case StreamRecordType::kContent:
      return header.content_bytes > 0 && header.content_bytes <= kChunkBytes &&
             header.stored_bytes > 0 && header.stored_bytes <= header.content_bytes;
  }
  return false;
}

}  // namespace contrail
