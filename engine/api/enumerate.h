// JetEnumerateColumns: all values of a record, or those of the columns asked for, in memory that
// the caller's allocator gives.

#pragma once

#include <esent.h>

#include "engine/table_cursor.h"

namespace contrail::api {

struct EnumerateRequest {
  const JET_ENUMCOLUMNID* columns = nullptr;  // None: all columns of the record.
  uint32_t column_count = 0;
  JET_PFNREALLOC allocate = nullptr;
  void* allocate_context = nullptr;
  uint32_t most_bytes = 0;  // Of one value.
  JET_GRBIT flags = 0;
};

// kNoCurrentRecord, kRecordDeleted, kColumnNotFound, kBadColumnId, kOutOfMemory. After an error
// everything that was allocated has been given back.
Status EnumerateColumns(TableCursor& cursor, const EnumerateRequest& request, uint32_t* count,
                        JET_ENUMCOLUMN** columns);

}  // namespace contrail::api
