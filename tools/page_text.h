// One page of a database, decoded as far as it can be: header, tags, external header, nodes, and
// how its bytes are used. It trusts nothing of the page: damage is shown, never followed.

#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "engine/check/catalog_check.h"
#include "engine/offline_reader.h"
#include "storage/page_checksum.h"
#include "storage/page_view.h"

namespace contrail::tool {

// Which tree a page belongs to, as its object id and the catalog have it.
struct PageOwner {
  enum class Kind { kUnknown, kDatabase, kRows, kIndex, kLongValues };
  Kind kind = Kind::kUnknown;
  std::string name = "no tree of the catalog";
  const TableSchema* schema = nullptr;  // Of the table; null when it is not known.
  const IndexSchema* index = nullptr;   // What the keys are of; null when that is not known.
};
// `tables` outlives the result.
PageOwner FindOwner(const std::vector<NamedTable>& tables, ObjectId object_id);

struct PageSubject {
  PageNumber number = 0;
  Bytes bytes;
  ChecksumState checksum = ChecksumState::kGood;
  PageOwner owner;
};

// `reader` fetches long values of rows; `values`: decode rows.
nlohmann::ordered_json DescribePage(const PageSubject& subject, OfflineReader& reader, bool values);
void PrintPage(const nlohmann::ordered_json& page);

}  // namespace contrail::tool
