// Any bytes as the nodes of a page whose tags are right: first byte the page's size and flags, then
// the length of the prefix, then nodes, each behind its length.

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "storage/page_view.h"

namespace contrail {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

class PageMaker {
 public:
  PageMaker(uint32_t page_size, uint32_t flags) : page_(page_size) {
    StoreLittle(page_.data() + page_offset::kFlags, flags);
  }

  // False when there is no room.
  bool Add(Bytes bytes, uint8_t flags) {
    const size_t capacity = PageCapacity(size());
    if (used_ + bytes.size() + 4 * (tags_ + 1) > capacity) return false;
    std::copy(bytes.begin(), bytes.end(),
              page_.begin() + PageHeaderSize(size()) + static_cast<ptrdiff_t>(used_));
    const uint32_t high = IsLargePage(size()) ? 0 : uint32_t{flags} << 13;
    const auto word = static_cast<uint32_t>(bytes.size() | (used_ | high) << 16);
    ++tags_;
    StoreLittle(page_.data() + page_.size() - 4 * tags_, word);
    used_ += bytes.size();
    StoreLittle(page_.data() + page_offset::kTagCount, static_cast<uint16_t>(tags_));
    StoreLittle(page_.data() + page_offset::kDataEnd, static_cast<uint16_t>(used_));
    StoreLittle(page_.data() + page_offset::kFreeBytes,
                static_cast<uint16_t>(capacity - used_ - 4 * tags_));
    return true;
  }

  uint32_t size() const { return static_cast<uint32_t>(page_.size()); }
  PageView view() const { return PageView(page_.data(), size()); }

 private:
  std::vector<std::byte> page_;
  size_t used_ = 0;
  size_t tags_ = 0;
};

void ReadNodes(const PageView& page) {
  const bool whole = page.FindDamage() == nullptr;
  std::vector<std::byte> key;
  for (uint32_t line = 0; line < page.line_count(); ++line) {
    const NodeView node = page.node(line);
    Require(node.valid || !whole);
    key.resize(node.key_size());
    Require(node.CopyKey(key.data()) == key.size());
    Require(CompareKey(node, key) == 0 && CompareBookmark(node, key, node.data) == 0);
    bool equal = false;
    Require(page.LowerBound(key, &node.data, &equal) <= page.line_count());
    page.ChildLine(key, node.data);
    page.child(line);
  }
}

}  // namespace
}  // namespace contrail

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace contrail;
  if (size < 3) return 0;
  const uint32_t page_size = kMinPageSize << (data[0] % 4);
  constexpr uint32_t kKinds[] = {page_flag::kLeaf, page_flag::kParentOfLeaf, 0,
                                 page_flag::kLeaf | page_flag::kRoot};
  PageMaker page(page_size, page_flag::kAlways | kKinds[data[0] / 4 % 4]);
  Bytes rest(reinterpret_cast<const std::byte*>(data) + 2, size - 2);
  const Bytes prefix = rest.first(std::min<size_t>(data[1], rest.size()));
  rest = rest.subspan(prefix.size());
  if (!page.Add(prefix, 0)) return 0;
  while (rest.size() > 1) {
    const auto head = std::to_integer<uint8_t>(rest[0]);
    const Bytes node = rest.subspan(1).first(std::min<size_t>(head & 0x1f, rest.size() - 1));
    rest = rest.subspan(1 + node.size());
    if (!page.Add(node, static_cast<uint8_t>(head >> 5))) break;
  }
  ReadNodes(page.view());
  return 0;
}
