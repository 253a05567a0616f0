#include "engine/instance_state.h"

#include "engine/byte_stream.h"

namespace contrail {
namespace {

inline constexpr uint32_t kStateVersion = 1;

void WriteLgpos(ByteWriter& writer, Lgpos position) { writer.Integer(position.Packed()); }
Lgpos ReadLgpos(ByteReader& reader) { return Lgpos::FromPacked(reader.Integer<uint64_t>()); }

void WriteTime(ByteWriter& writer, const LogTime& time) {
  std::byte bytes[LogTime::kSize];
  time.Store(bytes);
  writer.Raw(bytes);
}

LogTime ReadTime(ByteReader& reader) {
  const Bytes bytes = reader.Raw(LogTime::kSize);
  return bytes.empty() ? LogTime() : LogTime::Load(bytes.data());
}

void WriteSignature(ByteWriter& writer, const Signature& signature) {
  std::byte bytes[Signature::kSize];
  signature.Store(bytes);
  writer.Raw(bytes);
}

Signature ReadSignature(ByteReader& reader) {
  const Bytes bytes = reader.Raw(Signature::kSize);
  return bytes.empty() ? Signature() : Signature::Load(bytes.data());
}

}  // namespace

std::vector<std::byte> EncodeInstanceState(const InstanceState& state) {
  ByteWriter writer;
  writer.Integer(kStateVersion);
  writer.Integer(state.next_transaction);
  for (const BackupMark& mark : {state.last_full_backup, state.last_incremental_backup}) {
    WriteLgpos(writer, mark.position);
    WriteTime(writer, mark.time);
  }
  writer.Integer(static_cast<uint8_t>(state.attachments.size()));
  for (const Attachment& attachment : state.attachments) {
    writer.Integer(attachment.database_id);
    WriteSignature(writer, attachment.signature);
    WriteLgpos(writer, attachment.position);
    writer.Integer(attachment.dbtime);
    writer.Integer(attachment.last_object_id);
    writer.Text(attachment.path);
  }
  return writer.Take();
}

Result<InstanceState> DecodeInstanceState(Bytes encoded) {
  InstanceState state;
  if (encoded.empty()) return state;
  ByteReader reader(encoded);
  if (reader.Integer<uint32_t>() != kStateVersion) return Error::kLogFileCorrupt;
  state.next_transaction = reader.Integer<uint64_t>();
  for (BackupMark* mark : {&state.last_full_backup, &state.last_incremental_backup}) {
    mark->position = ReadLgpos(reader);
    mark->time = ReadTime(reader);
  }
  const size_t count = reader.Integer<uint8_t>();
  for (size_t i = 0; i < count && !reader.failed(); ++i) {
    Attachment attachment;
    attachment.database_id = reader.Integer<uint8_t>();
    attachment.signature = ReadSignature(reader);
    attachment.position = ReadLgpos(reader);
    attachment.dbtime = reader.Integer<DbTime>();
    attachment.last_object_id = reader.Integer<ObjectId>();
    attachment.path = reader.Text();
    if (attachment.database_id == 0 || attachment.database_id > kMaxDatabases) {
      return Error::kLogFileCorrupt;
    }
    state.attachments.push_back(std::move(attachment));
  }
  if (reader.failed()) return Error::kLogFileCorrupt;
  return state;
}

std::vector<std::byte> EncodeAttachRecord(const AttachRecord& record) {
  ByteWriter writer;
  writer.Integer(record.database_id);
  WriteSignature(writer, record.signature);
  writer.Integer(record.page_size);
  writer.Integer(record.initial_pages);
  WriteTime(writer, record.time);
  writer.Text(record.path);
  return writer.Take();
}

Result<AttachRecord> DecodeAttachRecord(Bytes payload) {
  ByteReader reader(payload);
  AttachRecord record;
  record.database_id = reader.Integer<uint8_t>();
  record.signature = ReadSignature(reader);
  record.page_size = reader.Integer<uint32_t>();
  record.initial_pages = reader.Integer<uint32_t>();
  record.time = ReadTime(reader);
  record.path = reader.Text();
  if (reader.failed() || record.database_id == 0 || record.database_id > kMaxDatabases) {
    return Error::kLogFileCorrupt;
  }
  return record;
}

}  // namespace contrail
