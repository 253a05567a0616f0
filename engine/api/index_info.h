// What JetGetIndexInfo and JetGetTableIndexInfo report of a table's indexes.

#pragma once

#include <esent.h>

#include "engine/api/call_scope.h"

namespace contrail::api {

// `name` is null or empty for all indexes, and for the primary one where a level speaks of one.
// kInvalidParameter, kIndexNotFound, kInvalidBufferSize, kFeatureNotAvailable.
template <typename Char>
Status ReportIndex(ApiSession& session, const TableDefinition& table, const Char* name, void* to,
                   uint32_t size, uint32_t level);
extern template Status ReportIndex(ApiSession&, const TableDefinition&, const char*, void*,
                                   uint32_t, uint32_t);
extern template Status ReportIndex(ApiSession&, const TableDefinition&, const char16_t*, void*,
                                   uint32_t, uint32_t);

}  // namespace contrail::api
