// Any bytes as a page: reading stays within them, and a page without damage is consistent.

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "storage/page_checksum.h"
#include "storage/page_view.h"

namespace contrail {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

void ReadEverything(const PageView& page, Bytes probe) {
  const bool whole = page.FindDamage() == nullptr;
  std::vector<std::byte> key;
  size_t sum = page.external_header().size();
  for (uint32_t line = 0; line < page.line_count(); ++line) {
    const NodeView node = page.node(line);
    Require(node.valid || !whole);
    key.resize(node.key_size());
    node.CopyKey(key.data());
    Require(CompareKey(node, key) == 0);
    for (const std::byte byte : node.data) sum += std::to_integer<size_t>(byte);
    sum += page.child(line);
  }
  bool equal = false;
  Require(page.LowerBound(probe, nullptr, &equal) <= page.line_count());
  Require(page.LowerBound(probe, &probe, &equal) <= page.line_count());
  Require(page.ChildLine(probe, probe) <= page.line_count());
  Require(sum != ~size_t{0});
}

}  // namespace
}  // namespace contrail

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace contrail;
  if (size < 2) return 0;
  const uint32_t page_size = kMinPageSize << (data[0] % 4);
  const Bytes input(reinterpret_cast<const std::byte*>(data) + 1, size - 1);
  // The header and the first nodes from the front of the input, the tags from its end.
  std::vector<std::byte> page(page_size);
  const size_t half = std::min<size_t>(input.size() / 2, page_size / 2);
  std::memcpy(page.data(), input.data(), half);
  std::memcpy(page.data() + page_size - half, input.data() + input.size() - half, half);
  ReadEverything(PageView(page.data(), page_size), input.first(std::min<size_t>(input.size(), 40)));
  VerifyPage(page, 1);
  return 0;
}
