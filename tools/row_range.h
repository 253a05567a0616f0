// "INDEX=LO..HI": which rows of a table, as a user writes it.

#pragma once

#include <string>

#include "engine/offline_reader.h"

namespace contrail::tool {

// INDEX is the name of an index of the table. LO and HI are values of its columns, separated by
// commas, from the first column on; both ends belong to the range, and with fewer values than
// columns everything that begins with them does. One of them may be missing. "null" is null; a
// value may stand in double quotes, with "" for a quote in it. The bounds are those of the values
// whatever way the first column is sorted.
//
// On an error (kIndexNotFound, kInvalidParameter, kUnicodeNormalizationNotSupported: the key of a
// text cannot be computed) *problem says more.
Result<OfflineRange> ParseRowRange(const TableSchema& table, std::string_view text,
                                   std::string* problem);

}  // namespace contrail::tool
