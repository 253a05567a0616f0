#include "engine/undo_record.h"

#include "storage/check.h"

namespace contrail {
namespace {

constexpr size_t kHeadSize = 1 + 8;
constexpr size_t kTreeSize = 4 + 4;
constexpr size_t kNodeSize = 1 + 2 + 2 + 4;
constexpr uint8_t kUniqueFlag = 1;
constexpr uint8_t kImageFlag = 2;

bool IsNodeChange(UndoRecord::Type type) {
  return type == UndoRecord::Type::kInsert || type == UndoRecord::Type::kReplace ||
         type == UndoRecord::Type::kDelete || type == UndoRecord::Type::kAdd;
}

bool IsKnown(UndoRecord::Type type) {
  switch (type) {
    case UndoRecord::Type::kInsert:
    case UndoRecord::Type::kReplace:
    case UndoRecord::Type::kDelete:
    case UndoRecord::Type::kCreateTree:
    case UndoRecord::Type::kDropTree:
    case UndoRecord::Type::kTreeFreed:
    case UndoRecord::Type::kAdd:
    case UndoRecord::Type::kCompensation:
      return true;
  }
  return false;
}

void AppendBytes(Bytes bytes, std::vector<std::byte>* out) {
  out->insert(out->end(), bytes.begin(), bytes.end());
}

Status ParseNode(Bytes rest, UndoRecord* record) {
  if (rest.size() < kNodeSize) return Error::kLogFileCorrupt;
  const uint8_t flags = LoadLittle<uint8_t>(rest.data());
  const size_t key_size = LoadLittle<uint16_t>(rest.data() + 1);
  const size_t data_size = LoadLittle<uint16_t>(rest.data() + 3);
  const size_t image_size = LoadLittle<uint32_t>(rest.data() + 5);
  rest = rest.subspan(kNodeSize);
  if (rest.size() != key_size + data_size + image_size) return Error::kLogFileCorrupt;
  record->unique = (flags & kUniqueFlag) != 0;
  record->has_image = (flags & kImageFlag) != 0;
  record->key = rest.first(key_size);
  record->data = rest.subspan(key_size, data_size);
  record->image = rest.subspan(key_size + data_size);
  return Status::Ok();
}

}  // namespace

void AppendUndoRecord(const UndoRecord& record, std::vector<std::byte>* out) {
  std::byte head[kHeadSize + kTreeSize + kNodeSize];
  StoreLittle(head, static_cast<uint8_t>(record.type));
  StoreLittle(head + 1, record.transaction);
  if (record.type == UndoRecord::Type::kCompensation) {
    AppendBytes({head, kHeadSize}, out);
    return;
  }
  StoreLittle(head + kHeadSize, record.root);
  StoreLittle(head + kHeadSize + 4, record.object_id);
  if (!IsNodeChange(record.type)) {
    AppendBytes({head, kHeadSize + kTreeSize}, out);
    return;
  }
  DCHECK(record.key.size() <= UINT16_MAX && record.data.size() <= UINT16_MAX);
  std::byte* node = head + kHeadSize + kTreeSize;
  StoreLittle(node, static_cast<uint8_t>((record.unique ? kUniqueFlag : 0) |
                                         (record.has_image ? kImageFlag : 0)));
  StoreLittle(node + 1, static_cast<uint16_t>(record.key.size()));
  StoreLittle(node + 3, static_cast<uint16_t>(record.data.size()));
  StoreLittle(node + 5, static_cast<uint32_t>(record.image.size()));
  AppendBytes({head, sizeof head}, out);
  AppendBytes(record.key, out);
  AppendBytes(record.data, out);
  AppendBytes(record.image, out);
}

Result<UndoRecord> ParseUndoRecord(Bytes annotation) {
  if (annotation.size() < kHeadSize) return Error::kLogFileCorrupt;
  UndoRecord record;
  record.type = static_cast<UndoRecord::Type>(LoadLittle<uint8_t>(annotation.data()));
  record.transaction = LoadLittle<uint64_t>(annotation.data() + 1);
  if (!IsKnown(record.type) || record.transaction == 0) return Error::kLogFileCorrupt;
  Bytes rest = annotation.subspan(kHeadSize);
  if (record.type != UndoRecord::Type::kCompensation) {
    if (rest.size() < kTreeSize) return Error::kLogFileCorrupt;
    record.root = LoadLittle<uint32_t>(rest.data());
    record.object_id = LoadLittle<uint32_t>(rest.data() + 4);
    rest = rest.subspan(kTreeSize);
  }
  if (IsNodeChange(record.type)) {
    RETURN_IF_ERROR(ParseNode(rest, &record));
    if (record.type == UndoRecord::Type::kAdd &&
        !(record.unique && record.has_image && LoadAddition(record.image).ok())) {
      return Error::kLogFileCorrupt;
    }
  } else if (!rest.empty()) {
    return Error::kLogFileCorrupt;
  }
  return record;
}

void StoreCommitRecord(const CommitRecord& record, std::byte* to) {
  StoreLittle(to, record.transaction);
  StoreLittle(to + 8, record.commit_time);
  record.time.Store(to + 16);
}

Result<CommitRecord> ParseCommitRecord(Bytes payload) {
  if (payload.size() != CommitRecord::kSize) return Error::kLogFileCorrupt;
  CommitRecord record;
  record.transaction = LoadLittle<uint64_t>(payload.data());
  record.commit_time = LoadLittle<uint64_t>(payload.data() + 8);
  record.time = LogTime::Load(payload.data() + 16);
  return record;
}

Result<uint64_t> ParseRollbackEnd(Bytes payload) {
  if (payload.size() != kRollbackEndSize) return Error::kLogFileCorrupt;
  return LoadLittle<uint64_t>(payload.data());
}

}  // namespace contrail
