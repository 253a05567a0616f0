#include "storage/tree_check.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include <algorithm>

#include "storage/check.h"
#include "storage/tree_descent.h"

namespace contrail {
namespace {

constexpr size_t kMostFindings = 1000;
// Shared prefixes of this length or less are not worth their length field.
constexpr size_t kLongestUncompressed = 2;
constexpr size_t kShownBytes = 24;
constexpr size_t kBytesAhead = 1 << 20;
constexpr size_t kMostPagesAhead = 256;

std::string Show(Bytes key) {
  const std::string_view shown = AsText(key.first(std::min(key.size(), kShownBytes)));
  const std::string text = absl::BytesToHexString({shown.data(), shown.size()});
  return key.size() > kShownBytes ? absl::StrCat(text, "... (", key.size(), " bytes)") : text;
}

std::vector<std::byte> WholeKey(const NodeView& node) {
  std::vector<std::byte> key(node.key_size());
  node.CopyKey(key.data());
  return key;
}

std::vector<std::byte> Joined(const NodeView& node, bool with_data) {
  std::vector<std::byte> bytes = WholeKey(node);
  if (with_data) bytes.insert(bytes.end(), node.data.begin(), node.data.end());
  return bytes;
}

}  // namespace

TreeCheck::TreeCheck(Database& database, const TreeSubject& subject)
    : database_(database),
      subject_(subject),
      unique_((subject.page_flags & page_flag::kNonUnique) == 0 ||
              (subject.page_flags & page_flag::kSpaceTree) != 0),
      buffer_(database.page_size()) {}

void TreeCheck::Add(PageNumber page, std::string rule, std::string expected, std::string found) {
  if (findings_.size() >= kMostFindings) return;
  findings_.push_back({page, std::move(rule), std::move(expected), std::move(found)});
}

void TreeCheck::ExpectNumber(PageNumber page, const char* rule, uint64_t expected, uint64_t found) {
  if (expected != found) Add(page, rule, absl::StrCat(expected), absl::StrCat(found));
}

// Copies the page into buffer_ as a whole.
bool TreeCheck::ReadPage(PageNumber number) {
  for (;;) {
    Result<ReadGuard> guard = database_.pages().Read(number);
    if (!guard.ok()) {
      Add(number, "page can be read", "yes", absl::StrCat("error ", guard.status().number()));
      return false;
    }
    std::memcpy(buffer_.data(), guard->page().bytes(), buffer_.size());
    if (guard->Validate()) return true;
  }
}

// Asks for the pages that come next, many at a time.
void TreeCheck::ReadAhead() {
  if (ahead_ > 0 || pending_.size() < 2) return;
  const size_t most = std::clamp<size_t>(kBytesAhead / database_.page_size(), 1, kMostPagesAhead);
  ahead_ = std::min(most, pending_.size());
  requested_.clear();
  for (size_t i = 0; i < ahead_; ++i) requested_.push_back(pending_[pending_.size() - 1 - i].page);
  database_.pages().Prefetch(requested_);
}

bool TreeCheck::Run(const LeafVisit& visit_leaf) {
  DCHECK(pages_.empty());
  visit_leaf_ = visit_leaf;
  Visit root;
  root.page = subject_.root;
  pending_.push_back(std::move(root));
  while (!pending_.empty()) {
    ReadAhead();
    const Visit visit = std::move(pending_.back());
    pending_.pop_back();
    const size_t left = pending_.size();
    VisitPage(visit);
    // Children lie on top of what was asked for, and are asked for first.
    ahead_ = pending_.size() > left ? 0 : ahead_ - std::min<size_t>(ahead_, 1);
  }
  for (const Edge& edge : edges_) {
    if (edge.readable) ExpectNumber(edge.page, "next page at the right edge", 0, edge.next);
  }
  seen_.Clear();
  return findings_.empty();
}

void TreeCheck::VisitPage(const Visit& visit) {
  if (visit.depth > kMaxTreeDepth) {
    Add(visit.page, "depth", absl::StrCat("at most ", kMaxTreeDepth), "more");
    complete_ = false;
    return;
  }
  if (!seen_.Insert(visit.page)) {
    Add(visit.page, "pointers to the page", "one", "more");
    complete_ = false;
    return;
  }
  pages_.push_back(visit.page);
  if (edges_.size() == visit.depth) edges_.push_back({0, visit.page, true});
  if (!ReadPage(visit.page)) {
    edges_[visit.depth].readable = false;
    complete_ = false;
    return;
  }
  const PageView page(buffer_.data(), database_.page_size());
  if (const char* damage = page.FindDamage(); damage != nullptr) {
    Add(visit.page, "page layout", "sound", damage);
    edges_[visit.depth].readable = false;
    complete_ = false;
    return;
  }
  CheckSiblings(page, visit);
  CheckIdentity(page, visit);
  CheckCompression(page, visit.page);
  if (page.is_leaf()) {
    CheckLeaf(page, visit);
    if (visit_leaf_) visit_leaf_(visit.page, page);
  } else {
    CheckInternal(page, visit);
  }
}

void TreeCheck::CheckSiblings(const PageView& page, const Visit& visit) {
  Edge& edge = edges_[visit.depth];
  if (!page.is_leaf()) {
    ExpectNumber(visit.page, "previous page of an internal page", 0, page.previous());
    ExpectNumber(visit.page, "next page of an internal page", 0, page.next());
    edge = {visit.page, 0, false};
    return;
  }
  if (edge.readable) {
    ExpectNumber(visit.page, "previous page", edge.page, page.previous());
    if (edge.page != 0) ExpectNumber(edge.page, "next page", visit.page, edge.next);
  }
  edge = {visit.page, page.next(), true};
}

void TreeCheck::CheckIdentity(const PageView& page, const Visit& visit) {
  const uint32_t flags = page.flags();
  ExpectNumber(visit.page, "object id", subject_.object_id, page.object_id());
  ExpectNumber(visit.page, "flags of the tree", subject_.page_flags & page_flag::kTreeMask,
               flags & page_flag::kTreeMask);
  ExpectNumber(visit.page, "root flag", visit.depth == 0 ? 1 : 0, page.is_root() ? 1 : 0);
  ExpectNumber(visit.page, "emptied flag", 0, (flags & page_flag::kEmptied) != 0 ? 1 : 0);
  if (visit.leaf_known) {
    ExpectNumber(visit.page, "leaf flag, as the parent says", visit.leaf ? 1 : 0,
                 page.is_leaf() ? 1 : 0);
  }
}

void TreeCheck::CheckCompression(const PageView& page, PageNumber number) {
  const Bytes prefix = page.is_root() ? Bytes() : page.external_header();
  for (uint32_t line = 0; line < page.line_count(); ++line) {
    const NodeView node = page.DecodeNode(line, prefix);
    const size_t shared = node.prefix.size();
    const size_t common = shared + CommonPrefixLength(prefix.subspan(shared), node.suffix);
    const size_t expected = common > kLongestUncompressed ? common : 0;
    if (node.prefix.size() != expected) {
      Add(number, absl::StrCat("shared prefix of node ", line), absl::StrCat(expected),
          absl::StrCat(node.prefix.size()));
    }
  }
}

void TreeCheck::CheckLeaf(const PageView& page, const Visit& visit) {
  if (!leaf_depth_known_) leaf_depth_ = visit.depth;
  leaf_depth_known_ = true;
  ExpectNumber(visit.page, "depth of the leaf", leaf_depth_, visit.depth);
  const uint32_t lines = page.line_count();
  nodes_ += lines;
  const Bytes prefix = page.prefix();
  Bytes data_before;
  for (uint32_t line = 0; line < lines; ++line) {
    const NodeView node = page.DecodeNode(line, prefix);
    deleted_nodes_ += node.deleted() ? 1 : 0;
    const int order = line == 0 ? 1
                      : unique_ ? CompareKey(node, key_before_)
                                : CompareBookmark(node, key_before_, data_before);
    if (order <= 0) {
      Add(visit.page, absl::StrCat("order of node ", line),
          absl::StrCat("above ", Show(key_before_)), Show(WholeKey(node)));
    }
    key_before_.resize(node.key_size());
    node.CopyKey(key_before_.data());
    data_before = node.data;
  }
  if (lines == 0) return;
  const std::vector<std::byte> first = Joined(page.node(0), !unique_);
  const std::vector<std::byte> last = Joined(page.node(lines - 1), !unique_);
  if (!visit.low.open && Compare(first, visit.low.bytes) < 0) {
    Add(visit.page, "first key", absl::StrCat("at least ", Show(visit.low.bytes)), Show(first));
  }
  if (!visit.high.open && Compare(last, visit.high.bytes) >= 0) {
    Add(visit.page, "last key", absl::StrCat("below ", Show(visit.high.bytes)), Show(last));
  }
}

void TreeCheck::CheckSeparator(const Visit& visit, uint32_t line, bool last, const Bound& low,
                               const Bound& own) {
  if (own.open && !last) {
    Add(visit.page, absl::StrCat("separator of node ", line), "a key", "none");
  }
  if (last && (own.open != visit.high.open || Compare(own.bytes, visit.high.bytes) != 0)) {
    Add(visit.page, "last separator", visit.high.open ? "none" : Show(visit.high.bytes),
        own.open ? "none" : Show(own.bytes));
  }
  if (!own.open && !low.open && Compare(own.bytes, low.bytes) <= 0) {
    Add(visit.page, absl::StrCat("separator of node ", line),
        absl::StrCat("above ", Show(low.bytes)), Show(own.bytes));
  }
}

void TreeCheck::CheckInternal(const PageView& page, const Visit& visit) {
  const uint32_t lines = page.line_count();
  if (lines == 0) Add(visit.page, "nodes of an internal page", "at least one", "none");
  std::vector<Visit> children;
  Bound low = visit.low;
  for (uint32_t line = 0; line < lines; ++line) {
    const NodeView node = page.node(line);
    Bound own{node.key_size() == 0, WholeKey(node)};
    CheckSeparator(visit, line, line + 1 == lines, low, own);
    if (node.deleted()) Add(visit.page, absl::StrCat("flags of node ", line), "none", "deleted");
    const PageNumber child = page.child(line);
    if (child == 0 || child > database_.last_page()) {
      Add(visit.page, absl::StrCat("child of node ", line),
          absl::StrCat("1..", database_.last_page()), absl::StrCat(child));
      complete_ = false;
    } else {
      Visit below;
      below.page = child;
      below.low = low;
      below.high = own.open ? visit.high : own;
      below.depth = visit.depth + 1;
      below.leaf_known = true;
      below.leaf = page.is_parent_of_leaf();
      children.push_back(std::move(below));
    }
    if (!own.open) low = std::move(own);
  }
  std::move(children.rbegin(), children.rend(), std::back_inserter(pending_));
}

}  // namespace contrail
