// The pages of an ordinary tree: taken from and given back to its own space.

#pragma once

#include "storage/space.h"
#include "storage/tree_structure.h"

namespace contrail {

class TreeSpace final : public PageSource {
 public:
  explicit TreeSpace(PageNumber root) : root_(root) {}
  Result<PageNumber> Take(Mutation& mutation, PageNumber near) override {
    return AllocatePage(mutation, root_, near + 1);
  }
  Status Give(Mutation& mutation, PageNumber page) override {
    return FreePage(mutation, root_, page);
  }

 private:
  PageNumber root_;
};

}  // namespace contrail
