// A small sound database of 4 KiB pages for tests that damage it, made by the engine.
//
// Table "cells", three leaves and more: id (Long, primary key, counted from 0), first (Text, 1200),
// second (Binary, at most 10 bytes), number (Long, tagged, three values in row 0), note (LongText,
// 1200), blob (LongBinary: separated in row 0, 300 bytes, and in row 1, three chunks); indexes
// "by first" and "by second". Table "plain": value (Long), no primary index.

#pragma once

#include <filesystem>
#include <string>

namespace contrail::test {

// Writes "cells.edb" into the folder; its path. The same bytes each time in one process.
std::string MakeCellsDatabase(const std::filesystem::path& folder);

}  // namespace contrail::test
