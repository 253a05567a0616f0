// Types of columns in words.

#pragma once

#include <string>

#include "engine/schema.h"

namespace contrail::tool {

// "Long", "Text(255) unicode", "LongBinary multi-valued compressed", ...
std::string ColumnTypeText(const ColumnSchema& column);

}  // namespace contrail::tool
