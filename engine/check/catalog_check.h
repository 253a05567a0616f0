// The catalog as a check sees it: the raw rows of MSysObjects and of its shadow, compared with each
// other and with MSysObjids, and the tables with their trees that they name.
// docs/format/catalog.md.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/catalog_row.h"
#include "engine/check/check_report.h"
#include "storage/database.h"
#include "storage/tree_check.h"

namespace contrail {

// A tree that the catalog names.
struct NamedTree {
  std::string name;  // "table basic", "index by_name of basic", for findings.
  TreeSubject subject;
  PageNumber parent = 0;  // The root of the tree that its space comes from.
};

struct NamedTable {
  std::string name;
  NamedTree rows;
  struct Index {
    NamedTree tree;
    std::string name;
  };
  std::vector<Index> indexes;  // Secondary ones.
  std::optional<NamedTree> long_values;
  // Missing when the rows make no sense together (there is a finding): its trees are checked all
  // the same.
  std::optional<TableSchema> schema;
};

class CatalogCheck {
 public:
  CatalogCheck(Database& database, CheckReport* report) : database_(database), report_(report) {}

  // Reads both copies; findings about their trees come with the tables. False when neither can be
  // read as a whole: nothing more can then be said about the database's contents.
  bool Read();
  // The two copies hold the same rows.
  void CompareCopies();
  // Tables from the rows; their definitions are sound.
  std::vector<NamedTable> Tables();
  // MSysObjids lists every object but the database root and primary indexes; the header knows the
  // highest id.
  void CheckObjectIds(const std::vector<NamedTable>& tables);

 private:
  struct Row {
    PageNumber page = 0;
    std::vector<std::byte> key;
    std::vector<std::byte> record;
  };
  struct Copy {
    std::vector<Row> rows;
    bool complete = false;
  };
  Copy ReadCopy(PageNumber root, ObjectId object_id);
  bool SameRow(const Row& a, const Row& b) const;
  using RowsByTable = std::map<ObjectId, std::vector<CatalogRow>>;
  NamedTable MakeTable(const std::vector<CatalogRow>& rows, const RowsByTable& all);
  void CheckDefinition(const TableSchema& schema);
  void CheckCatalogColumns(const TableSchema& schema);
  void CheckFixedColumns(const TableSchema& schema);
  void CheckDefaults(const TableSchema& schema);

  Database& database_;
  CheckReport* report_;
  Copy main_;
  Copy shadow_;
};

}  // namespace contrail
