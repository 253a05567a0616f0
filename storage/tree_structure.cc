#include "storage/tree_structure.h"

#include <absl/strings/str_cat.h>

#include "storage/check.h"
#include "storage/tree_damage.h"
#include "storage/tree_descent.h"

namespace contrail {

Status TreeStructure::CheckPage(const PageView& page, bool is_root) const {
  const bool space = (page.flags() & page_flag::kSpaceTree) != 0;
  const bool emptied = (page.flags() & page_flag::kEmptied) != 0;
  if (page.object_id() != identity_.object_id || page.tag_count() == 0 || emptied ||
      space != identity_.space || page.is_root() != is_root) {
    return Error::kBadPageLink;
  }
  return Status::Ok();
}

Status TreeStructure::ReportForeign(PageNumber page, Status status) const {
  if (!status.Is(Error::kBadPageLink) && !status.Is(Error::kDatabaseCorrupted)) return status;
  return ReportTreeDamage(database(), page, status.error(), "page of a tree being changed",
                          absl::StrCat("a sound page of object ", identity_.object_id),
                          "another page, or nodes that are no page pointers");
}

Status TreeStructure::Descend(Bytes key, Bytes data, TreePath* path) {
  path->clear();
  PageNumber number = identity_.root;
  for (uint32_t depth = 0; depth <= kMaxTreeDepth; ++depth) {
    PathStep step{number, 0};
    PageNumber child = 0;
    bool leaf = false;
    const Status status = LookAtPage(mutation_, number, [&](const PageView& page) -> Status {
      RETURN_IF_ERROR(CheckPage(page, depth == 0));
      leaf = page.is_leaf();
      if (leaf) return Status::Ok();
      step.line = page.ChildLine(key, data);
      child = page.child(step.line);
      return child == 0 ? Status(Error::kDatabaseCorrupted) : Status::Ok();
    });
    if (!status.ok()) return ReportForeign(number, status);
    path->push_back(step);
    if (leaf) return Status::Ok();
    number = child;
  }
  return ReportForeign(number, Error::kDatabaseCorrupted);
}

Result<Mutation::PageIndex> TreeStructure::LockForFormat(PageNumber page) {
  DCHECK(page != 0);
  if (const auto held = mutation_.Find(page)) return *held;
  return mutation_.LockNew(page);
}

}  // namespace contrail
