#include "backup/set/stream_destination.h"

#include <lz4.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "storage/check.h"

namespace contrail {

StreamDestination::StreamDestination(ByteSink& sink)
    : sink_(sink),
      record_(kStreamRecordHeaderBytes + kChunkBytes),
      content_(static_cast<size_t>(kChunkBytes)) {}

Status StreamDestination::Open(const BackupSummary& summary, SetManifest* head) {
  for (const BackupSummary::Database& database : summary.databases) {
    held_.insert(database.signature.ToText());
  }
  std::random_device random;
  const auto header = EncodeStreamHeader(uint64_t{random()} << 32 | random());
  chain_.Begin(header);
  RETURN_IF_ERROR(sink_.Write(header));
  return WriteText(StreamRecordType::kHead, head->ToJson());
}

Status StreamDestination::WriteText(StreamRecordType type, const std::string& text) {
  if (text.size() > kLargestDescription) return Error::kOutOfMemory;
  record_.resize(std::max(record_.size(), kStreamRecordHeaderBytes + text.size()));
  std::memcpy(payload(), text.data(), text.size());
  return WriteRecord(type, static_cast<uint32_t>(text.size()), text.size());
}

Status StreamDestination::WriteRecord(StreamRecordType type, uint32_t content_bytes,
                                      size_t stored_bytes) {
  const StreamRecordHeader header = {type, static_cast<uint32_t>(stored_bytes), content_bytes,
                                     sequence_++};
  DCHECK(IsPossible(header));
  EncodeStreamRecordHeader(header, record_.data());
  const StreamChain::Hash& hash = chain_.Add(
      Bytes(record_).first(16), Bytes(record_).subspan(kStreamRecordHeaderBytes, stored_bytes));
  std::memcpy(record_.data() + 16, hash.data(), hash.size());
  return sink_.Write(Bytes(record_).first(kStreamRecordHeaderBytes + stored_bytes));
}

// Compressed, unless that makes it no smaller.
Result<uint64_t> StreamDestination::WriteContent(Bytes content) {
  const int size = static_cast<int>(content.size());
  int stored = LZ4_compress_default(reinterpret_cast<const char*>(content.data()),
                                    reinterpret_cast<char*>(payload()), size, size - 1);
  if (stored <= 0) {
    std::memcpy(payload(), content.data(), content.size());
    stored = size;
  }
  RETURN_IF_ERROR(WriteRecord(StreamRecordType::kContent, static_cast<uint32_t>(size),
                              static_cast<size_t>(stored)));
  return static_cast<uint64_t>(stored);
}

Status StreamDestination::Store(const ContentReader& read, SetFile* file) {
  RETURN_IF_ERROR(WriteText(StreamRecordType::kFile, file->ToJson()));
  ContentHash hash;
  file->bytes = file->stored_bytes = 0;
  while (true) {
    ASSIGN_OR_RETURN(const size_t count, read(content_.span()));
    if (count == 0) break;
    const Bytes content = content_.span().first(count);
    hash.Add(content);
    ASSIGN_OR_RETURN(const uint64_t stored, WriteContent(content));
    file->bytes += count;
    file->stored_bytes += stored;
  }
  file->hash = hash.Text();
  return WriteText(StreamRecordType::kFileEnd, file->ToJson());
}

Status StreamDestination::Publish(const SetManifest& manifest) {
  RETURN_IF_ERROR(WriteText(StreamRecordType::kTail, manifest.ToJson()));
  return sink_.Finish();
}

}  // namespace contrail
