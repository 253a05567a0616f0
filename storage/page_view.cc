#include "storage/page_view.h"

#include "storage/check.h"

namespace contrail {
namespace {

// The first eight bytes as a number whose order is memcmp order; a shorter string is filled with
// zeros, so that equal numbers still leave the lengths to be compared.
inline uint64_t Head(const std::byte* from, size_t size) {
  if (size >= 8) return __builtin_bswap64(LoadLittle<uint64_t>(from));
  if (size >= 4) {
    const uint64_t high = LoadBig32(from);
    const uint64_t low = LoadBig32(from + size - 4);
    return high << 32 | (low << (8 * (8 - size)) & 0xffffffff);
  }
  uint64_t head = 0;
  for (size_t i = 0; i < size; ++i) head |= std::to_integer<uint64_t>(from[i]) << (56 - 8 * i);
  return head;
}

inline int Order(size_t a, size_t b) { return a < b ? -1 : (a > b ? 1 : 0); }

// memcmp order of a against b1 ++ b2.
int CompareJoined(Bytes a, Bytes b1, Bytes b2) {
  if (a.size() <= b1.size()) {
    const int order = Compare(a, b1.first(a.size()));
    return order != 0 ? order : Order(a.size(), b1.size() + b2.size());
  }
  const int order = Compare(a.first(b1.size()), b1);
  return order != 0 ? order : Compare(a.subspan(b1.size()), b2);
}

// A search string key ++ data, measured once against the page's prefix. A compressed node starts
// with `prefix.size()` bytes of the page's prefix, so either the string shares all of them, and
// only the suffix is left to compare, or the node differs from the string at the place where the
// page's prefix does, and the order is the same for all such nodes.
class SearchString {
 public:
  SearchString(Bytes page_prefix, Bytes key, Bytes data) : key_(key), data_(data) {
    common_ = CommonPrefixLength(page_prefix, key);
    if (common_ == key.size()) {
      common_ += CommonPrefixLength(page_prefix.subspan(common_), data);
    }
    if (common_ < page_prefix.size() && common_ < key.size() + data.size()) {
      const std::byte ours = common_ < key.size() ? key[common_] : data[common_ - key.size()];
      beyond_ = page_prefix[common_] < ours ? -1 : 1;
    }
    rest_ = key;
    head_ = Head(rest_.data(), rest_.size());
  }

  // Order of the node's key against the string.
  int CompareNode(const NodeView& node) {
    const size_t skip = node.prefix.size();
    if (skip > common_) return beyond_;
    if (skip > key_.size()) return Compare(node.suffix, data_.subspan(skip - key_.size()));
    if (skip != skip_) {
      skip_ = skip;
      rest_ = key_.subspan(skip);
      head_ = Head(rest_.data(), rest_.size());
    }
    const size_t size = node.suffix.size();
    const bool joined = !data_.empty();
    if (!joined || rest_.size() >= sizeof head_) {
      const uint64_t node_head = Head(node.suffix.data(), size);
      if (node_head != head_) return node_head < head_ ? -1 : 1;
    }
    if (joined) return CompareJoined(node.suffix, rest_, data_);
    if (size <= 8 || rest_.size() <= 8) return Order(size, rest_.size());
    return Compare(node.suffix.subspan(8), rest_.subspan(8));
  }

 private:
  const Bytes key_;
  const Bytes data_;
  size_t common_ = 0;
  int beyond_ = 1;  // A node that goes on where the string ends is larger.
  // What a node with `skip_` compressed bytes is compared with; most nodes of a page have the same.
  size_t skip_ = 0;
  Bytes rest_;
  uint64_t head_ = 0;
};

}  // namespace

size_t NodeView::CopyKey(std::byte* to) const {
  if (!prefix.empty()) std::memcpy(to, prefix.data(), prefix.size());
  if (!suffix.empty()) std::memcpy(to + prefix.size(), suffix.data(), suffix.size());
  return key_size();
}

int CompareKey(const NodeView& node, Bytes key) {
  const size_t prefix = node.prefix.size();
  if (prefix > key.size()) {
    const int order = Compare(node.prefix.first(key.size()), key);
    return order != 0 ? order : 1;
  }
  const int order = Compare(node.prefix, key.first(prefix));
  return order != 0 ? order : Compare(node.suffix, key.subspan(prefix));
}

int CompareBookmark(const NodeView& node, Bytes key, Bytes data) {
  const int order = CompareKey(node, key);
  return order != 0 ? order : Compare(node.data, data);
}

uint32_t PageView::LowerBound(Bytes key, const Bytes* data, bool* equal) const {
  DCHECK(IsValidPageSize(page_size_));
  const Bytes page_prefix = prefix();
  SearchString search(page_prefix, key, Bytes());
  // No two nodes are equal under the order asked for, so an equal one ends the search.
  const bool distinct = data != nullptr || !is_non_unique();
  uint32_t low = 0;
  uint32_t high = line_count();
  bool found = false;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    // Leaves are mostly not in the processor's caches. Whichever half comes next, its node is on
    // the way while this one is waited for.
    PrefetchNode(low + (middle - low) / 2);
    PrefetchNode(middle + 1 + (high - middle - 1) / 2);
    const NodeView node = DecodeNode(middle, page_prefix);
    int order = search.CompareNode(node);
    if (order == 0 && data != nullptr) order = Compare(node.data, *data);
    if (order < 0) {
      low = middle + 1;
    } else {
      high = middle;
      // The line that the search ends on is the last one that was not smaller.
      found = order == 0;
      if (found && distinct) {
        low = middle;
        break;
      }
    }
  }
  *equal = found;
  return low;
}

uint32_t PageView::ChildLine(Bytes key, Bytes data) const {
  DCHECK(IsValidPageSize(page_size_));
  const uint32_t count = line_count();
  if (count == 0) return 0;
  const Bytes page_prefix = prefix();
  SearchString search(page_prefix, key, is_non_unique() ? data : Bytes());
  uint32_t low = 0;
  uint32_t high = count - 1;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (search.CompareNode(DecodeNode(middle, page_prefix)) <= 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low < count - 1) return low;
  const NodeView last = DecodeNode(low, page_prefix);
  const bool infinite = last.valid && last.key_size() == 0;
  return infinite || search.CompareNode(last) > 0 ? low : count;
}

PageNumber PageView::child(uint32_t line) const {
  const NodeView node = this->node(line);
  if (!node.valid || node.data.size() != sizeof(PageNumber)) return 0;
  return LoadOnce<PageNumber>(node.data.data());
}

}  // namespace contrail
