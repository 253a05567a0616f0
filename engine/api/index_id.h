// JET_INDEXID: which index of which table, as a client keeps it between JetGetTableIndexInfo and
// JetSetCurrentIndex4. Opaque to clients.

#pragma once

#include <esent.h>

#include <cstring>

#include "engine/table.h"

namespace contrail::api {

struct IndexIdentity {
  uint32_t mark = kMark;
  uint32_t database = 0;
  ObjectId table = 0;
  ObjectId index = 0;  // The table's for its primary index.
  static constexpr uint32_t kMark = 0x4a784964;
};
static_assert(sizeof(IndexIdentity) == sizeof(JET_INDEXID::rgbIndexId));

inline JET_INDEXID ToJetIndexId(const IndexIdentity& identity) {
  JET_INDEXID id = {};
  id.cbStruct = sizeof(id);
  std::memcpy(id.rgbIndexId, &identity, sizeof(identity));
  return id;
}

// The name of the index, empty for the primary one. kInvalidIndexId: not one of this table.
inline Result<std::string> NameOfIndex(const JET_INDEXID& id, const TableDefinition& table) {
  IndexIdentity identity;
  std::memcpy(&identity, id.rgbIndexId, sizeof(identity));
  if (id.cbStruct != sizeof(id) || identity.mark != IndexIdentity::kMark ||
      identity.database != table.database().id() || identity.table != table.schema().object_id) {
    return Error::kInvalidIndexId;
  }
  if (identity.index == identity.table) return std::string();
  const TableDefinition::SecondaryIndex* index = table.FindSecondary(identity.index);
  if (index == nullptr) return Error::kInvalidIndexId;
  return index->schema->name;
}

}  // namespace contrail::api
