// BackupStreamReader: takes a backup stream apart, and lets nothing through that is not as it was
// written. Memory: a chunk, and the descriptions of the files.
//
//   kBegin (kFile kContent* kFileEnd)* kEnd   once for each backup in the stream, then kNothing
//
// Backups may follow each other: what `cat full incremental` gives. Any byte that is wrong, missing
// or too much ends with kReadVerifyFailure and an event; content has been verified when it is
// given, but only kEnd says that the backup is whole.
//
// Thread rule: one thread.

#pragma once

#include <string>
#include <vector>

#include "backup/set/byte_stream.h"
#include "backup/set/set_manifest.h"
#include "backup/set/stream_format.h"
#include "storage/event.h"

namespace contrail {

class BackupStreamReader {
 public:
  enum class Part { kBegin, kFile, kContent, kFileEnd, kEnd, kNothing };

  // Both outlive the reader. `name` is for events.
  BackupStreamReader(ByteSource& source, EventSink& events, std::string name);

  // After an error every call returns it.
  Result<Part> Next();

  // From kBegin on without files and range of logs; at kEnd the whole of it.
  const SetManifest& manifest() const { return manifest_; }
  // The one being read; at kFileEnd with its hash.
  const SetFile& file() const { return file_; }
  // Of kContent, until the next call.
  Bytes content() const { return content_; }
  // At kEnd: the last hash of the backup, 32 hexadecimal digits.
  std::string hash() const { return chain_.Text(); }
  uint64_t bytes_read() const { return position_; }

 private:
  enum class State { kBetween, kFiles, kInFile, kEnded };

  Result<Part> Read();
  Result<Part> BeginBackup();
  Result<Part> TakeContent(const StreamRecordHeader& header);
  Result<Part> TakeFile();
  Result<Part> TakeFileEnd();
  Result<Part> TakeTail();
  Status ReadRecord(StreamRecordHeader* header);
  // All of it, or an error; `*at_end` (may be null): false unless nothing at all was there.
  Status ReadBytes(MutableBytes buffer, bool* at_end = nullptr);
  Status Refuse(const std::string& what, std::string expected = {}, std::string found = {});
  std::string PayloadText() const { return std::string(AsText(payload_)); }

  ByteSource& source_;
  EventSink& events_;
  const std::string name_;
  State state_ = State::kBetween;
  Status status_;
  uint64_t position_ = 0;      // In the stream.
  uint64_t record_start_ = 0;  // Of the record being read.
  uint32_t sequence_ = 0;
  StreamChain chain_;
  std::vector<std::byte> payload_;
  std::vector<std::byte> decompressed_;
  Bytes content_;
  SetManifest manifest_;
  std::vector<SetFile> files_;  // Read whole.
  SetFile file_;
  ContentHash file_hash_;
  uint64_t file_bytes_ = 0;
  bool begun_ = false;  // A backup of the stream has been read.
};

}  // namespace contrail
