// StreamDestination: a backup as one stream of bytes, made and read in a single pass, with nothing
// kept anywhere. docs/format/set_stream.md.

#pragma once

#include <set>
#include <string>
#include <vector>

#include "backup/set/backup_destination.h"
#include "backup/set/byte_stream.h"
#include "backup/set/stream_format.h"
#include "storage/aligned_buffer.h"

namespace contrail {

class StreamDestination final : public BackupDestination {
 public:
  // The sink outlives the destination.
  explicit StreamDestination(ByteSink& sink);

  Status Open(const BackupSummary& summary, SetManifest* head) override;
  // Whether logs go on from an earlier backup is known when that is restored.
  Status CheckLogs(const SetManifest&) override { return Status::Ok(); }
  Status Store(const ContentReader& read, SetFile* file) override;
  Status Publish(const SetManifest& manifest) override;
  // A stream without its end is refused by whoever reads it.
  void GiveUp() override {}
  bool Holds(const std::string& signature) const override { return held_.contains(signature); }

 private:
  Status WriteText(StreamRecordType type, const std::string& text);
  Result<uint64_t> WriteContent(Bytes content);
  Status WriteRecord(StreamRecordType type, uint32_t content_bytes, size_t stored_bytes);
  std::byte* payload() { return record_.data() + kStreamRecordHeaderBytes; }

  ByteSink& sink_;
  StreamChain chain_;
  uint32_t sequence_ = 0;
  std::vector<std::byte> record_;  // Header and payload of the one being made.
  AlignedBuffer content_;
  std::set<std::string> held_;  // Signatures.
};

}  // namespace contrail
