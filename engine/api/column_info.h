// What JetGetColumnInfo and JetGetTableColumnInfo report of a table's columns.

#pragma once

#include <esent.h>

#include "engine/api/call_scope.h"

namespace contrail::api {

JET_GRBIT ColumnGrbit(const ColumnSchema& column);

// `name` is null for the list levels, and points to a JET_COLUMNID for the levels by id. Char is
// that of the form: names come back in its encoding. kInvalidParameter, kColumnNotFound,
// kBadColumnId, kFeatureNotAvailable.
template <typename Char>
Status ReportColumn(ApiSession& session, const TableDefinition& table, const Char* name, void* to,
                    uint32_t size, uint32_t level);
extern template Status ReportColumn(ApiSession&, const TableDefinition&, const char*, void*,
                                    uint32_t, uint32_t);
extern template Status ReportColumn(ApiSession&, const TableDefinition&, const char16_t*, void*,
                                    uint32_t, uint32_t);

}  // namespace contrail::api
