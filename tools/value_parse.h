// Values as a user writes them on a command line, by the type of the column: the forms that
// tools/value_text.h prints.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/schema.h"
#include "storage/status.h"

namespace contrail::tool {

// Integers in decimal, Currency as its 64-bit number, floating point, Bit as true, false, 1 or 0,
// DateTime as "2026-11-22", "2026-11-22 10:30" (or with seconds) or as days since 1899-12-30, text
// in UTF-8, binary as hexadecimal digits, a GUID in its usual form with or without braces.
// kInvalidParameter when it is none of that.
Result<std::vector<std::byte>> ParseValue(const ColumnSchema& column, std::string_view text);

}  // namespace contrail::tool
