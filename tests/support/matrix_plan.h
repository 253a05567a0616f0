// The cells of the interoperability matrix: for each kind of column and each kind of index one
// table.

#pragma once

#include <string>
#include <vector>

#include "tests/support/planned_table.h"

namespace contrail::test {

enum class Storage {
  kFixed,
  kVariable,
  kTagged,
  kMultiValued,
  kSeparated,  // A long value in a tree of its own, of several chunks.
  kSeparatedMultiValued,
  kCompressed,
  kCompressedSeparated,
};

enum class IndexKind {
  kNone,
  kPrimary,
  kUnique,
  kNonUnique,
  kDescending,
  kMultiValued,  // One entry for each value.
  kConditional,
  kTuple,
  kTruncated,  // Values longer than a key may be.
  kMultiColumn,
};

struct ColumnKind {
  JET_COLTYP type;
  uint32_t code_page;
  Storage storage;
};

// What can be at all: types by the ways they can be stored.
std::vector<ColumnKind> AllColumnKinds();
std::vector<IndexKind> AllIndexKinds();
// Whether the format has such an index over such a column.
bool IsPossible(const ColumnKind& column, IndexKind index);

struct MatrixCell {
  ColumnKind column;
  IndexKind index;
};

// "LongText-unicode separated, unique".
std::string NameOf(const MatrixCell& cell);
PlannedTable TableOf(const MatrixCell& cell, const std::string& name);
// Numbers, edges, nulls, more than one value where there may be more. `page_size` decides how long
// a long value is.
std::vector<PlannedRow> RowsOf(const MatrixCell& cell, uint32_t page_size);

}  // namespace contrail::test
