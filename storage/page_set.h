// A set of page numbers: a bit for each, in pieces of which there are only those that are needed.
// Trees have their pages near each other, so that a large one takes little more than a bit for
// each.

#pragma once

#include <absl/container/flat_hash_map.h>

#include <bitset>
#include <memory>

#include "storage/page_format.h"

namespace contrail {

class PageSet {
 public:
  // False when the page was in it.
  bool Insert(PageNumber page) {
    std::unique_ptr<Piece>& piece = pieces_[page / kPiecePages];
    if (piece == nullptr) piece = std::make_unique<Piece>();
    auto bit = (*piece)[page % kPiecePages];
    if (bit) return false;
    bit = true;
    return true;
  }
  bool Contains(PageNumber page) const {
    const auto piece = pieces_.find(page / kPiecePages);
    return piece != pieces_.end() && (*piece->second)[page % kPiecePages];
  }
  void Clear() { pieces_ = {}; }

 private:
  static constexpr uint32_t kPiecePages = 2048;
  using Piece = std::bitset<kPiecePages>;

  absl::flat_hash_map<uint32_t, std::unique_ptr<Piece>> pieces_;
};

}  // namespace contrail
