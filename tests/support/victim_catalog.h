// The catalog of a database in the hands of somebody who means it ill: rows of both copies are
// changed alike, so that only what they mean is wrong.

#pragma once

#include <functional>
#include <string>

#include "engine/catalog_row.h"
#include "tests/support/victim_database.h"

namespace contrail::test {

class VictimCatalog {
 public:
  // `victim` outlives it. Failures are test failures.
  explicit VictimCatalog(VictimDatabase& victim) : victim_(victim) {}

  // Of a table: its row of that type and name (any name when empty). The key of the row in the
  // catalog stays, whatever becomes of the row.
  using RowChange = std::function<void(CatalogRow* row)>;
  void Change(const std::string& table, CatalogType type, const std::string& name,
              const RowChange& change);
  void Remove(const std::string& table, CatalogType type, const std::string& name);

 private:
  struct Place {
    PageNumber page = 0;
    uint32_t line = 0;
    std::vector<std::byte> record;
    CatalogRow row;
  };
  Place Find(PageNumber root, const std::string& table, CatalogType type, const std::string& name);

  VictimDatabase& victim_;
};

}  // namespace contrail::test
