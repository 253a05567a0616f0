#include "storage/page_wipe.h"

#include <algorithm>

namespace contrail {
namespace {

bool AllZero(const std::byte* from, size_t size) {
  return std::all_of(from, from + size, [](std::byte byte) { return byte == std::byte{0}; });
}

}  // namespace

bool HasLeftovers(const PageView& page) {
  const uint32_t count = page.tag_count();
  const uint32_t data_end = page.data_end();
  const uint32_t capacity = PageCapacity(page.page_size());
  uint32_t used = 0;
  for (uint32_t i = 0; i < count; ++i) used += page.tag(i).size;
  if (used != data_end) return true;
  if (data_end + 4 * count > capacity) return true;  // Torn, or damaged.
  const std::byte* area = page.bytes() + PageHeaderSize(page.page_size());
  return !AllZero(area + data_end, capacity - data_end - 4 * count);
}

bool HasDeletedData(const PageView& page, const NodeView& node) {
  return page.is_leaf() && !page.is_non_unique() && node.valid && node.deleted() &&
         !AllZero(node.data.data(), node.data.size());
}

bool HasDeletedData(const PageView& page) {
  if (!page.is_leaf() || page.is_non_unique()) return false;
  const Bytes prefix = page.prefix();
  const uint32_t lines = page.line_count();
  for (uint32_t line = 0; line < lines; ++line) {
    if (HasDeletedData(page, page.DecodeNode(line, prefix))) return true;
  }
  return false;
}

bool IsBlank(const PageView& page) {
  if ((page.flags() & page_flag::kEmptied) == 0) return false;
  const uint32_t header = PageHeaderSize(page.page_size());
  // Tag 0 of an emptied page is zero, too.
  return AllZero(page.bytes() + header, PageCapacity(page.page_size()));
}

}  // namespace contrail
