#include "engine/check/leaf_scan.h"

#include <algorithm>

#include "storage/check.h"

namespace contrail {
namespace {

constexpr size_t kPagesAhead = 32;

}  // namespace

bool LeafScan::ReadPage(PageNumber number) {
  for (;;) {
    Result<ReadGuard> guard = database_.pages().Read(number);
    if (!guard.ok()) return false;
    std::memcpy(buffer_.data(), guard->page().bytes(), buffer_.size());
    if (guard->Validate()) return true;
  }
}

void LeafScan::Run(const std::function<void(const LeafNode&)>& visit) {
  DCHECK(IsValidPageSize(database_.page_size()));
  for (size_t i = 0; i < pages_.size(); ++i) {
    if (i % kPagesAhead == 0) {
      database_.pages().Prefetch(pages_.subspan(i, std::min(kPagesAhead, pages_.size() - i)));
    }
    if (!ReadPage(pages_[i])) continue;
    const PageView page(buffer_.data(), database_.page_size());
    if (page.FindDamage() != nullptr || !page.is_leaf()) continue;
    ForEachNode(pages_[i], page, &key_, visit);
  }
}

}  // namespace contrail
