// Any bytes as a sequence of encoded operations, applied to a page that starts well-formed: it
// stays so, and a refused operation changes nothing. With the first byte odd the page starts
// damaged, and only the bounds count.

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "storage/page_operation.h"

namespace contrail {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

void Damage(std::vector<std::byte>* page, Bytes input) {
  const size_t size = std::min<size_t>(input.size(), 32);
  std::memcpy(page->data() + page_offset::kFreeBytes, input.data(), std::min<size_t>(size, 12));
  std::memcpy(page->data() + page->size() - size, input.data(), size);
}

}  // namespace
}  // namespace contrail

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace contrail;
  if (size < 2) return 0;
  const uint32_t page_size = kMinPageSize << (data[0] / 2 % 4);
  const bool damaged = data[0] % 2 != 0;
  Bytes input(reinterpret_cast<const std::byte*>(data) + 1, size - 1);

  std::vector<std::byte> page(page_size);
  std::vector<std::byte> list;
  NodeListWriter writer(&list);
  for (int i = 0; i < 8; ++i) {
    const char key[] = {'k', 'e', 'y', static_cast<char>('0' + i)};
    writer.Add(0, AsBytes({key, sizeof key}), AsBytes("data"));
  }
  const auto format = PageOperation::Format(page_flag::kLeaf, 2, 0, 0, AsBytes("key4"), list);
  Require(ApplyOperation(format, page.data(), page_size).ok());
  if (damaged) Damage(&page, input);
  while (!input.empty()) {
    auto operation = DecodeOperation(&input);
    if (!operation.ok()) break;
    const std::vector<std::byte> before = page;
    const Status status = ApplyOperation(*operation, page.data(), page_size);
    if (damaged) continue;
    Require(status.ok() || page == before);
    const PageView view(page.data(), page_size);
    // Page flags and the data of internal nodes are whatever the input says; sizes must add up.
    uint32_t used = 4 * view.tag_count() + view.free_bytes();
    for (uint32_t i = 0; i < view.tag_count(); ++i) used += view.tag(i).size;
    Require(used == PageCapacity(page_size));
    for (uint32_t line = 0; line < view.line_count(); ++line) Require(view.node(line).valid);
  }
  return 0;
}
