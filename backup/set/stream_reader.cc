#include "backup/set/stream_reader.h"

#include <absl/strings/str_cat.h>
#include <lz4.h>

#include <algorithm>
#include <cstring>

#include "backup/backup_events.h"

namespace contrail {
namespace {

constexpr size_t kReadBytes = 1 << 20;

std::string TypeText(StreamRecordType type) {
  const auto letters = static_cast<uint32_t>(type);
  return std::string(reinterpret_cast<const char*>(&letters), sizeof letters);
}

// What the head says and the tail repeats.
bool IsHeadOf(const SetManifest& head, const SetManifest& tail) {
  return head.kind == tail.kind && head.created == tail.created &&
         head.base_name == tail.base_name && head.log_signature == tail.log_signature &&
         head.page_size == tail.page_size && head.number == tail.number;
}

}  // namespace

BackupStreamReader::BackupStreamReader(ByteSource& source, EventSink& events, std::string name)
    : source_(source), events_(events), name_(std::move(name)), decompressed_(kChunkBytes) {}

Status BackupStreamReader::Refuse(const std::string& what, std::string expected,
                                  std::string found) {
  events_.Report({.id = event_id::kRestoreFailed,
                  .severity = Severity::kError,
                  .text = what,
                  .file = name_,
                  .offset = static_cast<int64_t>(record_start_),
                  .expected = std::move(expected),
                  .found = std::move(found),
                  .error = static_cast<int32_t>(Error::kReadVerifyFailure)});
  return Error::kReadVerifyFailure;
}

Result<BackupStreamReader::Part> BackupStreamReader::Next() {
  RETURN_IF_ERROR(status_);
  Result<Part> part = Read();
  if (!part.ok()) status_ = part.status();
  return part;
}

Status BackupStreamReader::ReadBytes(MutableBytes buffer, bool* at_end) {
  if (at_end != nullptr) *at_end = false;
  const size_t wanted = buffer.size();
  while (!buffer.empty()) {
    ASSIGN_OR_RETURN(const size_t count, source_.Read(buffer));
    if (count == 0) {
      if (at_end != nullptr && buffer.size() == wanted) {
        *at_end = true;
        return Status::Ok();
      }
      return Refuse("The stream has been cut off.", absl::StrCat(wanted, " bytes more"),
                    absl::StrCat(wanted - buffer.size(), " bytes"));
    }
    position_ += count;
    buffer = buffer.subspan(count);
  }
  return Status::Ok();
}

Result<BackupStreamReader::Part> BackupStreamReader::Read() {
  if (state_ == State::kEnded) return Part::kNothing;
  if (state_ == State::kBetween) return BeginBackup();
  StreamRecordHeader header;
  RETURN_IF_ERROR(ReadRecord(&header));
  if (state_ == State::kInFile) {
    if (header.type == StreamRecordType::kContent) return TakeContent(header);
    if (header.type == StreamRecordType::kFileEnd) return TakeFileEnd();
  } else {
    if (header.type == StreamRecordType::kFile) return TakeFile();
    if (header.type == StreamRecordType::kTail) return TakeTail();
  }
  return Refuse("A record of the stream is not in its place.", {}, TypeText(header.type));
}

Result<BackupStreamReader::Part> BackupStreamReader::BeginBackup() {
  record_start_ = position_;
  std::array<std::byte, kStreamHeaderBytes> header;
  bool at_end = false;
  RETURN_IF_ERROR(ReadBytes(header, begun_ ? &at_end : nullptr));
  if (at_end) {
    state_ = State::kEnded;
    return Part::kNothing;
  }
  if (const std::string wrong = CheckStreamHeader(header); !wrong.empty()) return Refuse(wrong);
  begun_ = true;
  chain_.Begin(header);
  sequence_ = 0;
  files_.clear();
  StreamRecordHeader record;
  RETURN_IF_ERROR(ReadRecord(&record));
  if (record.type != StreamRecordType::kHead) {
    return Refuse("A record of the stream is not in its place.", "HEAD", TypeText(record.type));
  }
  Result<SetManifest> manifest = SetManifest::FromJson(PayloadText());
  if (!manifest.ok() || !manifest->files.empty()) {
    return Refuse("The description of the backup makes no sense.");
  }
  manifest_ = std::move(*manifest);
  state_ = State::kFiles;
  return Part::kBegin;
}

Status BackupStreamReader::ReadRecord(StreamRecordHeader* header) {
  record_start_ = position_;
  std::array<std::byte, kStreamRecordHeaderBytes> bytes;
  RETURN_IF_ERROR(ReadBytes(bytes));
  *header = DecodeStreamRecordHeader(bytes.data());
  if (!IsPossible(*header)) return Refuse("The header of a record is damaged.");
  // In steps: memory is taken for what has come, not for what a damaged header says.
  payload_.clear();
  while (payload_.size() < header->stored_bytes) {
    const size_t had = payload_.size();
    payload_.resize(had + std::min<size_t>(kReadBytes, header->stored_bytes - had));
    RETURN_IF_ERROR(ReadBytes(MutableBytes(payload_).subspan(had)));
  }
  const StreamChain::Hash& hash = chain_.Add(Bytes(bytes).first(16), payload_);
  if (!std::equal(hash.begin(), hash.end(), bytes.begin() + 16)) {
    return Refuse("A record of the stream is damaged.", chain_.Text());
  }
  if (header->sequence != sequence_) {
    return Refuse("A record of the stream is not in its place.", absl::StrCat(sequence_),
                  absl::StrCat(header->sequence));
  }
  ++sequence_;
  return Status::Ok();
}

Result<BackupStreamReader::Part> BackupStreamReader::TakeFile() {
  Result<SetFile> file = SetFile::FromJson(PayloadText());
  if (!file.ok()) return Refuse("The description of a file makes no sense.");
  for (const SetFile& other : files_) {
    if (other.name == file->name) return Refuse("Two files have one name.", {}, file->name);
  }
  file_ = std::move(*file);
  file_hash_.Restart();
  file_bytes_ = 0;
  state_ = State::kInFile;
  return Part::kFile;
}

Result<BackupStreamReader::Part> BackupStreamReader::TakeContent(const StreamRecordHeader& header) {
  content_ = payload_;
  if (header.stored_bytes != header.content_bytes) {
    const int size = LZ4_decompress_safe(reinterpret_cast<const char*>(payload_.data()),
                                         reinterpret_cast<char*>(decompressed_.data()),
                                         static_cast<int>(payload_.size()),
                                         static_cast<int>(decompressed_.size()));
    if (size < 0 || static_cast<uint32_t>(size) != header.content_bytes) {
      return Refuse("Content cannot be decompressed.");
    }
    content_ = Bytes(decompressed_).first(header.content_bytes);
  }
  file_hash_.Add(content_);
  file_bytes_ += content_.size();
  return Part::kContent;
}

Result<BackupStreamReader::Part> BackupStreamReader::TakeFileEnd() {
  Result<SetFile> file = SetFile::FromJson(PayloadText());
  if (!file.ok() || file->name != file_.name || file->kind != file_.kind ||
      file->generation != file_.generation || file->signature != file_.signature) {
    return Refuse("The end of a file is that of another one.", file_.name);
  }
  if (file->bytes != file_bytes_ || file->hash != file_hash_.Text()) {
    return Refuse("The content of a file is not what its end says.",
                  absl::StrCat(file->bytes, " bytes, ", file->hash),
                  absl::StrCat(file_bytes_, " bytes, ", file_hash_.Text()));
  }
  file_ = std::move(*file);
  files_.push_back(file_);
  state_ = State::kFiles;
  return Part::kFileEnd;
}

Result<BackupStreamReader::Part> BackupStreamReader::TakeTail() {
  Result<SetManifest> manifest = SetManifest::FromJson(PayloadText());
  if (!manifest.ok() || !IsHeadOf(manifest_, *manifest)) {
    return Refuse("The end of the backup is that of another one.");
  }
  if (manifest->files != files_) {
    return Refuse("The end of the backup names other files than the stream had.",
                  absl::StrCat(manifest->files.size(), " files"),
                  absl::StrCat(files_.size(), " files"));
  }
  manifest_ = std::move(*manifest);
  state_ = State::kBetween;
  return Part::kEnd;
}

}  // namespace contrail
