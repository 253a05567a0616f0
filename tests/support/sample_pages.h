// The pages of a sample database, in memory: those that the database root owns.

#pragma once

#include <string>
#include <vector>

#include "storage/page_view.h"
#include "tests/support/shared_data.h"

namespace contrail::test {

struct SampleFile {
  std::string name;
  uint32_t page_size = 0;
  std::vector<std::byte> bytes;

  // Header copies are pages -1 and 0; a database's own pages start at 1.
  Bytes page(PageNumber number) const {
    return Bytes(bytes).subspan(FileOffsetOf(number, page_size), page_size);
  }
  PageView view(PageNumber number) const { return {page(number).data(), page_size}; }
  // Pages in the root's owned extents that have been written, ascending.
  std::vector<PageNumber> OwnedPages() const;
};

// Unpacked on first use and kept for the life of the process.
const SampleFile& LoadSample(const std::string& name);

}  // namespace contrail::test
