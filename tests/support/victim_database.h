// A database file in the hands of somebody who means it ill: whatever is changed on a page, its
// checksum is made right again, so that only what the bytes mean is wrong.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/schema.h"
#include "storage/database_header.h"
#include "storage/page_operation.h"
#include "storage/page_view.h"

namespace contrail::test {

class VictimDatabase {
 public:
  // The file must be sound. Failures are test failures.
  explicit VictimDatabase(const std::string& path);

  const std::string& path() const { return path_; }
  uint32_t page_size() const { return page_size_; }
  const TableSchema& table(const std::string& name) const;
  PageNumber index_root(const std::string& table, const std::string& index) const;

  using PageChange = std::function<void(MutableBytes page)>;
  // `seal`: make the checksum right afterwards.
  void Change(PageNumber number, const PageChange& change, bool seal = true);
  // A change that the engine could make: the page's layout stays sound.
  void Apply(PageNumber number, const PageOperation& operation);
  std::vector<std::byte> Read(PageNumber number) const;
  void ChangeHeader(const std::function<void(DatabaseHeader*)>& change);
  void Append(size_t bytes);

  // Parts of a page that is being changed.
  MutableBytes ExternalHeader(MutableBytes page) const;
  MutableBytes NodeData(MutableBytes page, uint32_t line) const;
  MutableBytes NodeKey(MutableBytes page, uint32_t line) const;  // Without the shared prefix.
  void SetNodeFlag(MutableBytes page, uint32_t line, uint8_t flag) const;
  void SwapNodes(MutableBytes page, uint32_t line) const;  // With the one after it.

  // The first leaf below a root, and the child of a line of an internal page.
  PageNumber FirstLeaf(PageNumber root);
  PageNumber Child(PageNumber page, uint32_t line);
  // All leaves below a root, in the order of keys.
  std::vector<PageNumber> Leaves(PageNumber root);
  // Where the node with that key is, of the tree with that root.
  struct NodePlace {
    PageNumber page = 0;
    uint32_t line = 0;
  };
  NodePlace Find(PageNumber root, Bytes key);
  // So many pages that were never written, from the end of the file on.
  std::vector<PageNumber> UnusedPages(size_t count) const;

 private:
  MutableBytes Part(MutableBytes page, Bytes part) const;

  std::string path_;
  uint32_t page_size_ = 0;
  std::vector<TableSchema> tables_;
};

}  // namespace contrail::test
