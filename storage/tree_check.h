// TreeCheck: walks one tree and compares it with every rule of docs/format/tree.md.
//
// The caller holds the database's structure mutex (or nobody else changes the database): then the
// shape of the tree stands still and each leaf is judged as a whole, so the check can run beside
// writers. Damage never makes it loop, crash or stop early: what cannot be read is a finding, the
// rest goes on.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "storage/database.h"
#include "storage/page_set.h"

namespace contrail {

struct TreeFinding {
  PageNumber page = 0;
  std::string rule;
  std::string expected;
  std::string found;
};

struct TreeSubject {
  PageNumber root = 0;
  ObjectId object_id = 0;
  uint32_t page_flags = 0;  // The bits of page_flag::kTreeMask that every page must have.
};

class TreeCheck {
 public:
  TreeCheck(Database& database, const TreeSubject& subject);

  // Called for each readable leaf, in key order, when it has been checked: what it holds need not
  // be read again. The page is valid during the call.
  using LeafVisit = std::function<void(PageNumber number, const PageView& leaf)>;

  // False when something was found.
  bool Run(const LeafVisit& visit_leaf = nullptr);

  const std::vector<TreeFinding>& findings() const { return findings_; }
  // Every page of the tree, in the order of the walk.
  const std::vector<PageNumber>& pages() const { return pages_; }
  // False when a part of the tree could not be reached: comparing its contents with others' would
  // tell nothing.
  bool complete() const { return complete_; }
  uint64_t nodes() const { return nodes_; }
  uint64_t deleted_nodes() const { return deleted_nodes_; }
  uint32_t depth() const { return static_cast<uint32_t>(edges_.size()); }

 private:
  // A bound of the keys below a page. `open`: there is none.
  struct Bound {
    bool open = true;
    std::vector<std::byte> bytes;
  };
  struct Visit {
    PageNumber page = 0;
    Bound low;
    Bound high;
    uint32_t depth = 0;
    bool leaf_known = false;
    bool leaf = false;
  };
  struct Edge {  // `readable`: a leaf whose links can be compared with the next one's.
    PageNumber page = 0;
    PageNumber next = 0;
    bool readable = false;
  };

  void Add(PageNumber page, std::string rule, std::string expected, std::string found);
  void ExpectNumber(PageNumber page, const char* rule, uint64_t expected, uint64_t found);
  bool ReadPage(PageNumber number);
  void ReadAhead();
  void VisitPage(const Visit& visit);
  void CheckSiblings(const PageView& page, const Visit& visit);
  void CheckIdentity(const PageView& page, const Visit& visit);
  void CheckCompression(const PageView& page, PageNumber number);
  void CheckLeaf(const PageView& page, const Visit& visit);
  void CheckInternal(const PageView& page, const Visit& visit);
  void CheckSeparator(const Visit& visit, uint32_t line, bool last, const Bound& low,
                      const Bound& own);

  Database& database_;
  TreeSubject subject_;
  bool unique_;
  std::vector<std::byte> buffer_;  // The page being looked at.
  std::vector<std::byte> key_before_;
  std::vector<Visit> pending_;
  std::vector<PageNumber> requested_;  // Room for ReadAhead.
  size_t ahead_ = 0;                   // Visits at the end of pending_ whose pages were asked for.
  LeafVisit visit_leaf_;
  std::vector<Edge> edges_;  // Per level: the page visited last.
  PageSet seen_;             // While it runs.
  std::vector<PageNumber> pages_;
  std::vector<TreeFinding> findings_;
  uint64_t nodes_ = 0;
  uint64_t deleted_nodes_ = 0;
  bool complete_ = true;
  bool leaf_depth_known_ = false;
  uint32_t leaf_depth_ = 0;
};

}  // namespace contrail
