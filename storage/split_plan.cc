#include "storage/split_plan.h"

#include <algorithm>

#include "storage/check.h"
#include "storage/page_editor.h"

namespace contrail {
namespace {

constexpr size_t kTagSize = 4;
// A shared prefix of two bytes saves nothing, because its length takes two.
constexpr size_t kPrefixLengthSize = 2;
// A page keeps its present prefix unless another one saves this share of the page.
constexpr uint32_t kRebuildShare = 16;
// Cuts within this share of the page around the middle compete for the shortest separator.
constexpr uint32_t kMiddleShare = 8;

// Length of the longest common start of key ++ data of two nodes (data only where it counts).
size_t CommonBookmark(bool unique, const ListedNode& left, const ListedNode& right) {
  const size_t in_key = CommonPrefixLength(left.key, right.key);
  if (unique || in_key < left.key.size() || in_key < right.key.size()) return in_key;
  return in_key + CommonPrefixLength(left.data, right.data);
}

struct PrefixSaving {
  size_t length = 0;
  int64_t saved = 0;
};

// What the key of node `candidate`, cut to its useful length, would save as prefix of [begin, end).
PrefixSaving Saving(const NodeCopies& nodes, size_t begin, size_t end, size_t candidate) {
  const Bytes key = nodes[candidate].key;
  PrefixSaving result;
  for (size_t i = begin; i < end; ++i) {
    if (i == candidate) continue;
    const size_t common = CommonPrefixLength(key, nodes[i].key);
    if (common <= kPrefixLengthSize) continue;
    result.length = std::max(result.length, common);
    result.saved += static_cast<int64_t>(common - kPrefixLengthSize);
  }
  if (result.length > kPrefixLengthSize) {
    // The candidate itself shares all of it.
    result.saved += static_cast<int64_t>(result.length - kPrefixLengthSize);
  }
  result.saved -= static_cast<int64_t>(result.length);
  return result;
}

// Chooses between `present`, which needs no work, and the best prefix; true when the cost fits.
bool SettlePrefix(const NodeCopies& nodes, size_t begin, size_t end, const SplitRequest& request,
                  uint32_t worth, Bytes* chosen) {
  const Bytes present = request.present_prefix;
  const Bytes best = ChoosePrefix(nodes, begin, end);
  const uint32_t best_cost = PageCost(nodes, begin, end, best);
  const uint32_t present_cost = PageCost(nodes, begin, end, present);
  const bool keep = present_cost <= request.capacity && present_cost <= best_cost + worth;
  *chosen = keep ? present : best;
  return (keep ? present_cost : best_cost) <= request.capacity;
}

bool Settle(const NodeCopies& nodes, const SplitRequest& request, size_t cut, SplitPlan* plan) {
  DCHECK(cut > 0 && cut < nodes.size());
  if (request.leaf && ShortestSeparator(request.unique, nodes[cut - 1], nodes[cut]).empty()) {
    return false;
  }
  plan->cut = cut;
  return SettlePrefix(nodes, 0, cut, request, request.capacity / kRebuildShare,
                      &plan->left_prefix) &&
         SettlePrefix(nodes, cut, nodes.size(), request, 0, &plan->right_prefix);
}

size_t SeparatorSize(const NodeCopies& nodes, const SplitRequest& request, size_t cut) {
  if (!request.leaf) return nodes[cut - 1].key.size();
  return CommonBookmark(request.unique, nodes[cut - 1], nodes[cut]) + 1;
}

}  // namespace

NodeCopies::NodeCopies(const PageView& page) { Copy(page); }

NodeCopies::NodeCopies(const PageView& page, uint32_t line, const ListedNode& node, bool replace) {
  Copy(page);
  CHECK(line <= nodes_.size());
  if (replace) {
    CHECK(line < nodes_.size());
    nodes_[line].data = node.data;
    nodes_[line].flags = node.flags;
  } else {
    nodes_.insert(nodes_.begin() + line, node);
  }
}

void NodeCopies::Copy(const PageView& page) {
  const uint32_t lines = page.line_count();
  size_t total = 0;
  for (uint32_t line = 0; line < lines; ++line) {
    const NodeView node = page.node(line);
    total += node.key_size() + node.data.size();
  }
  bytes_.resize(total);
  nodes_.reserve(lines + 1);
  std::byte* to = bytes_.data();
  for (uint32_t line = 0; line < lines; ++line) {
    const NodeView node = page.node(line);
    ListedNode copy;
    copy.flags = node.flags & ~node_flag::kCompressed;
    copy.key = {to, node.CopyKey(to)};
    to += copy.key.size();
    if (!node.data.empty()) std::memcpy(to, node.data.data(), node.data.size());
    copy.data = {to, node.data.size()};
    to += node.data.size();
    nodes_.push_back(copy);
  }
}

void NodeCopies::WriteList(size_t begin, size_t end, std::vector<std::byte>* out) const {
  DCHECK(begin <= end && end <= nodes_.size());
  NodeListWriter writer(out);
  for (size_t i = begin; i < end; ++i) writer.Add(nodes_[i].flags, nodes_[i].key, nodes_[i].data);
}

Bytes ChoosePrefix(const NodeCopies& nodes, size_t begin, size_t end) {
  DCHECK(begin <= end && end <= nodes.size());
  if (end - begin < 2) return {};
  Bytes best;
  int64_t best_saved = 0;
  size_t last = begin;
  for (const size_t candidate : {begin, begin + (end - begin) / 2, end - 1}) {
    if (candidate == last && candidate != begin) continue;
    last = candidate;
    const PrefixSaving saving = Saving(nodes, begin, end, candidate);
    if (saving.saved > best_saved) {
      best_saved = saving.saved;
      best = nodes[candidate].key.first(saving.length);
    }
  }
  return best;
}

uint32_t PageCost(const NodeCopies& nodes, size_t begin, size_t end, Bytes prefix) {
  size_t cost = kTagSize + prefix.size();
  for (size_t i = begin; i < end; ++i) {
    cost += NodeCost(prefix, nodes[i].key, nodes[i].data.size());
  }
  return static_cast<uint32_t>(cost);
}

bool PlanPrefix(const NodeCopies& nodes, const SplitRequest& request, bool tight, Bytes* prefix) {
  if (nodes.size() >= kMaxTagCount) return false;
  *prefix = ChoosePrefix(nodes, 0, nodes.size());
  const uint32_t room = tight ? 0 : request.capacity / kRebuildShare;
  return PageCost(nodes, 0, nodes.size(), *prefix) + room <= request.capacity;
}

bool PlanSplit(const NodeCopies& nodes, const SplitRequest& request, SplitPlan* plan) {
  const size_t count = nodes.size();
  if (count < 2) return false;
  if (request.preferred_cut != 0 && Settle(nodes, request, request.preferred_cut, plan))
    return true;
  // Bytes of the nodes before each cut, as the present prefix would have it.
  std::vector<uint32_t> before(count + 1, 0);
  for (size_t i = 0; i < count; ++i) {
    before[i + 1] =
        before[i] + NodeCost(request.present_prefix, nodes[i].key, nodes[i].data.size());
  }
  const auto distance = [&](size_t cut) {
    const int64_t left = before[cut];
    const int64_t right = before[count] - before[cut];
    return static_cast<uint32_t>(std::abs(left - right) / 2);
  };
  size_t best = 0;
  size_t middle = 1;
  for (size_t cut = 1; cut < count; ++cut) {
    if (distance(cut) < distance(middle)) middle = cut;
    if (distance(cut) > before[count] / kMiddleShare) continue;
    const size_t size = SeparatorSize(nodes, request, cut);
    const size_t best_size = best == 0 ? SIZE_MAX : SeparatorSize(nodes, request, best);
    if (size < best_size || (size == best_size && distance(cut) < distance(best))) best = cut;
  }
  if (best != 0 && Settle(nodes, request, best, plan)) return true;
  // Outwards from the middle until something fits.
  for (size_t step = 0; step < count; ++step) {
    if (middle > step && Settle(nodes, request, middle - step, plan)) return true;
    if (middle + step < count && Settle(nodes, request, middle + step, plan)) return true;
  }
  return false;
}

KeyCopy ShortestSeparator(bool unique, const ListedNode& left, const ListedNode& right) {
  const size_t common = CommonBookmark(unique, left, right);
  const size_t right_size = right.key.size() + (unique ? 0 : right.data.size());
  if (common >= right_size) return {};
  KeyCopy separator;
  const size_t length = common + 1;
  const size_t from_key = std::min(length, right.key.size());
  separator.insert(separator.end(), right.key.begin(), right.key.begin() + from_key);
  separator.insert(separator.end(), right.data.begin(), right.data.begin() + (length - from_key));
  // In a non-unique tree whose keys break the rule of tree.h the cut may lie on the wrong side.
  const size_t in_key = std::min(separator.size(), left.key.size());
  int order = Compare(left.key.first(in_key), View(separator).first(in_key));
  if (order == 0 && in_key == separator.size()) return {};
  if (order == 0 && !unique) order = Compare(left.data, View(separator).subspan(in_key));
  if (order > 0 || (order == 0 && !unique)) return {};
  return separator;
}

}  // namespace contrail
