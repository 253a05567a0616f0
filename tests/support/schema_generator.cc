#include "tests/support/schema_generator.h"

#include <algorithm>

#include "tests/support/jet_fixture.h"
#include "tests/support/planned_value.h"

namespace contrail::test {
namespace {

constexpr uint32_t kUnicode = 1200;

// The words that index keys may be made of are known to every reader.
bool HasKnownKeys(const PlannedColumn& column) {
  return !IsTextType(column.type) || column.name.starts_with("plain");
}

bool IsInPrimary(const TableWriter& table, const std::string& column) {
  for (const PlannedIndex& index : table.plan().indexes) {
    if ((index.grbit & JET_bitIndexPrimary) == 0) continue;
    for (const std::string& segment : index.segments) {
      if (segment.substr(1) == column) return true;
    }
  }
  return false;
}

}  // namespace

PlannedColumn SchemaGenerator::RandomColumn(int number) {
  PlannedColumn column;
  do {
    column.type = static_cast<JET_COLTYP>(1 + Below(JET_coltypUnsignedLongLong));
  } while (column.type == 13);  // A type that is gone.
  const bool plain = !OneIn(3);
  column.name = (plain ? "plain" : "any") + std::to_string(number);
  const uint32_t size = SizeOfType(column.type);
  if (IsTextType(column.type)) column.code_page = OneIn(2) ? kUnicode : 1252;
  const uint64_t way = Below(4);
  if (IsLongType(column.type)) {
    if (OneIn(3)) column.grbit |= JET_bitColumnMultiValued | JET_bitColumnTagged;
    if (OneIn(3)) column.grbit |= JET_bitColumnCompressed;
    if (OneIn(3)) column.set_grbit |= JET_bitSetSeparateLV;
    if (OneIn(4)) column.set_grbit |= JET_bitSetCompressed;
  } else if (way == 0) {
    column.grbit |= JET_bitColumnTagged | (OneIn(2) ? JET_bitColumnMultiValued : 0);
  } else if (way == 1 && size == 0) {
    column.grbit |= JET_bitColumnFixed;
  }
  if (size == 0 && !IsLongType(column.type))
    column.max_size = 2 * (1 + static_cast<uint32_t>(Below(127)));
  const bool counter = column.type == JET_coltypLong && column.grbit == 0;
  if (counter && OneIn(4)) {
    column.grbit |= OneIn(2) ? JET_bitColumnAutoincrement : JET_bitColumnVersion;
    return column;
  }
  const bool tagged = IsLongType(column.type) || (column.grbit & JET_bitColumnTagged) != 0;
  if (!tagged && OneIn(8)) column.grbit |= JET_bitColumnNotNULL;
  if (OneIn(6)) {
    column.default_value = size != 0 ? RandomNumber(column.type, &random_) : RandomValue(column);
    if (column.default_value.size() > 200) column.default_value.clear();
  }
  return column;
}

std::string SchemaGenerator::RandomValue(const PlannedColumn& column) {
  if (SizeOfType(column.type) != 0) {
    return OneIn(3) ? NumberedValue(column.type, column.code_page, static_cast<int>(Below(60)))
                    : RandomNumber(column.type, &random_);
  }
  uint64_t size = Below(60);
  if (IsLongType(column.type)) {
    if (OneIn(6)) size = Below(3 * page_size_);
    if (OneIn(4)) size = Below(1500);
  } else {
    size = OneIn(4) ? column.max_size : std::min<uint64_t>(size, column.max_size);
    if ((column.grbit & JET_bitColumnFixed) != 0) size = column.max_size;
  }
  if (IsTextType(column.type) && column.code_page == kUnicode) size &= ~uint64_t{1};
  const bool plain = HasKnownKeys(column);
  return LongValue(column.type, column.code_page, size, plain, OneIn(3), &random_);
}

std::vector<std::string> SchemaGenerator::RandomValues(const PlannedColumn& column) {
  std::vector<std::string> values;
  if (OneIn(5) && (column.grbit & JET_bitColumnNotNULL) == 0) return values;
  values.push_back(RandomValue(column));
  while ((column.grbit & JET_bitColumnMultiValued) != 0 && !OneIn(3)) {
    values.push_back(RandomValue(column));
  }
  return values;
}

PlannedRow SchemaGenerator::RandomRow(const TableWriter& table) {
  PlannedRow row;
  for (const PlannedColumn& column : table.plan().columns) row.push_back(RandomValues(column));
  return row;
}

PlannedIndex SchemaGenerator::RandomIndex(const TableWriter& table, int number) {
  PlannedIndex index;
  index.name = "index" + std::to_string(number);
  std::vector<const PlannedColumn*> columns;
  for (size_t i = 0; i < table.plan().columns.size(); ++i) {
    const PlannedColumn& column = table.plan().columns[i];
    if (!table.is_deleted(i) && HasKnownKeys(column)) columns.push_back(&column);
  }
  if (columns.empty()) return index;
  std::shuffle(columns.begin(), columns.end(), random_);
  columns.resize(std::min<size_t>(columns.size(), 1 + Below(4)));
  for (const PlannedColumn* column : columns) {
    index.segments.push_back((OneIn(3) ? "-" : "+") + column->name);
  }
  if (OneIn(4)) index.grbit |= JET_bitIndexUnique;
  if (OneIn(4)) index.grbit |= JET_bitIndexIgnoreNull;
  if (OneIn(5)) index.grbit |= JET_bitIndexIgnoreAnyNull;
  if (OneIn(6)) index.grbit |= JET_bitIndexIgnoreFirstNull;
  if (OneIn(5)) index.grbit |= JET_bitIndexSortNullsHigh;
  if (OneIn(5)) index.grbit |= JET_bitIndexCrossProduct;
  if (OneIn(5)) index.grbit |= JET_bitIndexDotNetGuid;
  if (OneIn(5)) index.key_most = page_size_ == 4096 ? 1000 : 2000;
  if (OneIn(5)) index.var_segment_max = 1 + static_cast<uint32_t>(Below(255));
  if (OneIn(5)) {
    const PlannedColumn& column = table.plan().columns[Below(table.plan().columns.size())];
    index.conditions.push_back((OneIn(2) ? "=" : "!") + column.name);
  }
  const bool string = SizeOfType(columns.front()->type) == 0;
  if (string && columns.size() == 1 && (index.grbit & JET_bitIndexUnique) == 0 && OneIn(2)) {
    index.var_segment_max = 0;
    index.tuples = JET_TUPLELIMITS{.chLengthMin = 2 + static_cast<uint32_t>(Below(3)),
                                   .chLengthMax = 6 + static_cast<uint32_t>(Below(10)),
                                   .chToIndexMax = 1 + static_cast<uint32_t>(Below(100)),
                                   .cchIncrement = 1 + static_cast<uint32_t>(Below(3)),
                                   .ichStart = static_cast<uint32_t>(Below(3))};
  }
  return index;
}

bool SchemaGenerator::Accept(const char* call, JET_ERR error) {
  if (error >= 0) return true;
  switch (error) {
    case JET_errKeyDuplicate:
    case JET_errNullKeyDisallowed:
    case JET_errNullInvalid:
    case JET_errRecordTooBig:
    case JET_errColumnInUse:
    case JET_errColumnNotFound:   // One that was dropped, named by an index.
    case JET_errColumnRedundant:  // A second column that counts by itself.
    case JET_errIndexInvalidDef:
    case JET_errMultiValuedIndexViolation:
    case JET_errRecordPrimaryChanged:  // A version column may be part of the primary key.
      ++refused_[error];
      return true;
    default:
      failure_ = std::string(call) + ": " + JetErrorText(error);
      return false;
  }
}

bool SchemaGenerator::CreateTable(int number) {
  PlannedTable plan;
  plan.name = "table" + std::to_string(number);
  tables_.emplace_back(session_, database_, plan);
  TableWriter& table = tables_.back();
  if (!Accept("JetCreateTable", table.Create())) return false;
  const uint64_t columns = 1 + Below(OneIn(5) ? 60 : 12);
  for (uint64_t i = 0; i < columns; ++i) {
    if (!Accept("JetAddColumn", table.AddColumn(RandomColumn(next_name_++)))) return false;
  }
  if (!OneIn(4)) {
    PlannedIndex primary = RandomIndex(table, next_name_++);
    primary.grbit &=
        ~(JET_bitIndexIgnoreNull | JET_bitIndexIgnoreAnyNull | JET_bitIndexIgnoreFirstNull);
    primary.grbit |= JET_bitIndexPrimary;
    primary.tuples.reset();
    primary.conditions.clear();
    if (!primary.segments.empty() && !Accept("JetCreateIndex", table.AddIndex(primary))) {
      return false;
    }
  }
  for (uint64_t i = Below(5); i > 0; --i) {
    const PlannedIndex index = RandomIndex(table, next_name_++);
    if (!index.segments.empty() && !Accept("JetCreateIndex", table.AddIndex(index))) return false;
  }
  return true;
}

bool SchemaGenerator::ChangeRow(TableWriter* table) {
  const auto& rows = table->rows();
  if (rows.empty() || !OneIn(3)) return Accept("insert", table->Insert(RandomRow(*table)));
  auto row = rows.begin();
  std::advance(row, static_cast<ptrdiff_t>(Below(rows.size())));
  if (OneIn(3)) return Accept("JetDelete", table->Delete(row->first));
  const size_t column = Below(table->plan().columns.size());
  const PlannedColumn& plan = table->plan().columns[column];
  if (table->is_deleted(column) || IsInPrimary(*table, plan.name)) return true;
  return Accept("replace", table->Replace(row->first, column, RandomValues(plan)));
}

bool SchemaGenerator::ChangeDefinition(TableWriter* table) {
  const PlannedTable& plan = table->plan();
  switch (Below(4)) {
    case 0: {
      PlannedColumn column = RandomColumn(next_name_++);
      // Rows that are there have no value for it.
      if (column.default_value.empty()) column.grbit &= ~JET_bitColumnNotNULL;
      column.grbit &= ~(JET_bitColumnAutoincrement | JET_bitColumnVersion);
      return Accept("JetAddColumn", table->AddColumn(column));
    }
    case 1: {
      const size_t column = Below(plan.columns.size());
      return table->is_deleted(column) || Accept("JetDeleteColumn", table->DeleteColumn(column));
    }
    case 2: {
      const PlannedIndex index = RandomIndex(*table, next_name_++);
      return index.segments.empty() || Accept("JetCreateIndex", table->AddIndex(index));
    }
    default: {
      if (plan.indexes.empty()) return true;
      const PlannedIndex& index = plan.indexes[Below(plan.indexes.size())];
      if ((index.grbit & JET_bitIndexPrimary) != 0) return true;
      const std::string name = index.name;
      return Accept("JetDeleteIndex", table->DeleteIndex(name));
    }
  }
}

bool SchemaGenerator::LiveOneTransaction(TableWriter* table) {
  const TableWriter before = *table;
  if (!Accept("JetBeginTransaction", JetBeginTransaction(session_))) return false;
  for (uint64_t i = Below(OneIn(6) ? 80 : 12); i > 0; --i) {
    if (!ChangeRow(table)) return false;
  }
  if (OneIn(6) && !ChangeDefinition(table)) return false;
  if (!OneIn(5)) {
    return Accept("JetCommitTransaction", JetCommitTransaction(session_, JET_bitCommitLazyFlush));
  }
  *table = before;
  return Accept("JetRollback", JetRollback(session_, 0));
}

bool SchemaGenerator::Run() {
  const int tables = 1 + static_cast<int>(Below(4));
  for (int i = 0; i < tables; ++i) {
    if (!CreateTable(i)) return false;
  }
  for (uint64_t i = 4 + Below(30); i > 0; --i) {
    if (!LiveOneTransaction(&tables_[Below(tables_.size())])) return false;
  }
  for (TableWriter& table : tables_) {
    if (!Accept("JetCloseTable", table.Close())) return false;
  }
  return true;
}

}  // namespace contrail::test
