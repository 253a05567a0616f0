// Pages for tests that need content and no meaning: well-formed leaves whose nodes all hold one
// number, so that a torn or mixed page shows.

#pragma once

#include <optional>
#include <vector>

#include "storage/page_view.h"

namespace contrail::test {

// Writes the whole page, without a checksum.
void FormatCounterPage(MutableBytes page, uint64_t counter);
// The number; nothing when the nodes do not agree or it is no such page.
std::optional<uint64_t> CounterOf(const PageView& page);
// A database file's worth of sealed counter pages: two empty header pages, then pages 1..count with
// `counter` + page number.
std::vector<std::byte> CounterFile(uint32_t page_size, PageNumber count, uint64_t counter);

}  // namespace contrail::test
