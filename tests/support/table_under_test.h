// A table without a catalog: schema and trees made by hand, over transactions_under_test.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/table_cursor.h"
#include "tests/support/transactions_under_test.h"

namespace contrail::test {

ColumnSchema MakeColumn(ColumnId id, const std::string& name, ColumnType type, uint32_t flags = 0);
// Segments: "+name" or "-name", one after the other.
IndexSchema MakeIndex(const TableSchema& table, const std::string& name,
                      const std::vector<std::string>& segments, uint32_t flags);

// id Long (primary), name Text, group Short, number LongLong auto-increment, version Long, tags
// Text multi-valued, note LongText, blob LongBinary compressed, count Long escrow with default 5;
// indexes primary, by_name (unique), by_group, by_tag (multi-valued).
TableSchema PeopleSchema();
namespace people {
inline constexpr ColumnId kId = 1, kGroup = 2, kNumber = 3, kVersion = 4, kCount = 5, kName = 128,
                          kTags = 256, kNote = 257, kBlob = 258;
}  // namespace people

class TableUnderTest final : public LongValueTreeProvider {
 public:
  TableUnderTest(TransactionsUnderTest& under_test, TableSchema schema);

  std::unique_ptr<TableCursor> Open(TestSession& session) {
    return std::make_unique<TableCursor>(table, session.context, true);
  }
  // Finds every rule broken between records, index entries and long values as a new session sees
  // them; empty when all is well.
  std::string FindInconsistency();

  Status CreateLongValueTree(OperationContext& context, Table& which) override;

  TransactionsUnderTest& under_test;
  std::shared_ptr<Table> table;
};

template <typename T>
std::vector<std::byte> LittleBytes(T value) {
  std::vector<std::byte> bytes(sizeof value);
  StoreLittle(bytes.data(), value);
  return bytes;
}

}  // namespace contrail::test
