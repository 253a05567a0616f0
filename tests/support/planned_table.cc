#include "tests/support/planned_table.h"

#include <fstream>
#include <utility>

#include "tests/support/hex.h"

namespace contrail::test {
namespace {

// The structures of the API point into what is planned.
struct IndexArguments {
  explicit IndexArguments(const PlannedIndex& plan) {
    for (const std::string& segment : plan.segments) {
      key += segment;
      key.push_back('\0');
    }
    key.push_back('\0');
    for (const std::string& condition : plan.conditions) {
      JET_CONDITIONALCOLUMN_A column = {};
      column.cbStruct = sizeof(column);
      column.szColumnName = const_cast<char*>(condition.c_str() + 1);
      column.grbit =
          condition[0] == '=' ? JET_bitIndexColumnMustBeNull : JET_bitIndexColumnMustBeNonNull;
      conditions.push_back(column);
    }
    index.cbStruct = sizeof(index);
    index.szIndexName = const_cast<char*>(plan.name.c_str());
    index.szKey = key.data();
    index.cbKey = static_cast<uint32_t>(key.size());
    index.grbit = plan.grbit;
    index.ulDensity = 80;
    index.cbVarSegMac = plan.var_segment_max;
    index.rgconditionalcolumn = conditions.data();
    index.cConditionalColumn = static_cast<uint32_t>(conditions.size());
    if (plan.key_most != 0) {
      index.grbit |= JET_bitIndexKeyMost;
      index.cbKeyMost = plan.key_most;
    }
    if (plan.tuples.has_value()) {
      tuples = *plan.tuples;
      index.grbit |= JET_bitIndexTupleLimits;
      index.ptuplelimits = &tuples;
    }
  }
  IndexArguments(const IndexArguments&) = delete;

  std::string key;
  std::vector<JET_CONDITIONALCOLUMN_A> conditions;
  JET_TUPLELIMITS tuples = {};
  JET_INDEXCREATE_A index = {};
};

const char* TypeName(JET_COLTYP type) {
  static constexpr const char* kNames[] = {"Nil",
                                           "Bit",
                                           "UnsignedByte",
                                           "Short",
                                           "Long",
                                           "Currency",
                                           "IEEESingle",
                                           "IEEEDouble",
                                           "DateTime",
                                           "Binary",
                                           "Text",
                                           "LongBinary",
                                           "LongText",
                                           "SLV",
                                           "UnsignedLong",
                                           "LongLong",
                                           "GUID",
                                           "UnsignedShort",
                                           "UnsignedLongLong"};
  return type < std::size(kNames) ? kNames[type] : "unknown";
}

// Numbers tell where a column is stored.
const char* StorageName(JET_COLUMNID id) {
  return id < 128 ? "fixed" : id < 256 ? "variable" : "tagged";
}

bool CountsByItself(const PlannedColumn& column) {
  return (column.grbit & (JET_bitColumnAutoincrement | JET_bitColumnVersion)) != 0;
}

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

std::string HexOf(const std::string& bytes) {
  return ToHex({reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()});
}

}  // namespace

JET_ERR TableWriter::Create() {
  JET_ERR error = JetCreateTableA(session_, database_, plan_.name.c_str(), 1, 80, &table_);
  const std::vector<PlannedColumn> columns = std::exchange(plan_.columns, {});
  for (size_t i = 0; error >= 0 && i < columns.size(); ++i) error = AddColumn(columns[i]);
  const std::vector<PlannedIndex> indexes = std::exchange(plan_.indexes, {});
  for (size_t i = 0; error >= 0 && i < indexes.size(); ++i) error = AddIndex(indexes[i]);
  return error;
}

JET_ERR TableWriter::Close() { return JetCloseTable(session_, table_); }

JET_ERR TableWriter::AddColumn(const PlannedColumn& column) {
  JET_COLUMNDEF definition = {};
  definition.cbStruct = sizeof(definition);
  definition.coltyp = column.type;
  definition.cp = static_cast<uint16_t>(column.code_page);
  definition.cbMax = column.max_size;
  definition.grbit = column.grbit;
  JET_COLUMNID id = 0;
  const JET_ERR error =
      JetAddColumnA(session_, table_, column.name.c_str(), &definition,
                    column.default_value.empty() ? nullptr : column.default_value.data(),
                    static_cast<uint32_t>(column.default_value.size()), &id);
  if (error < 0) return error;
  plan_.columns.push_back(column);
  ids_.push_back(id);
  deleted_.push_back(false);
  for (auto& [number, row] : rows_) {
    row.emplace_back();
    if (!column.default_value.empty()) row.back().push_back(column.default_value);
  }
  return error;
}

JET_ERR TableWriter::DeleteColumn(size_t column) {
  const JET_ERR error = JetDeleteColumnA(session_, table_, plan_.columns[column].name.c_str());
  if (error >= 0) deleted_[column] = true;
  return error;
}

JET_ERR TableWriter::AddIndex(const PlannedIndex& index) {
  IndexArguments arguments(index);
  const JET_ERR error = JetCreateIndex2A(session_, table_, &arguments.index, 1);
  if (error >= 0) plan_.indexes.push_back(index);
  return error;
}

JET_ERR TableWriter::DeleteIndex(const std::string& name) {
  const JET_ERR error = JetDeleteIndexA(session_, table_, name.c_str());
  if (error >= 0) {
    std::erase_if(plan_.indexes, [&](const PlannedIndex& index) { return index.name == name; });
  }
  return error;
}

JET_ERR TableWriter::SetValues(size_t column, const std::vector<std::string>& values,
                               size_t values_before) {
  const PlannedColumn& plan = plan_.columns[column];
  if (CountsByItself(plan)) return JET_errSuccess;
  if (values.empty() && values_before == 0 && plan.default_value.empty()) return JET_errSuccess;
  JET_ERR error = JET_errSuccess;
  for (size_t i = 0; error >= 0 && i < values.size(); ++i) {
    JET_SETINFO place = {};
    place.cbStruct = sizeof(place);
    place.itagSequence = static_cast<uint32_t>(i + 1);
    const JET_GRBIT grbit = plan.set_grbit | (values[i].empty() ? JET_bitSetZeroLength : 0);
    error = JetSetColumn(session_, table_, ids_[column], values[i].data(),
                         static_cast<uint32_t>(values[i].size()), grbit, &place);
  }
  // From the last on: a value that goes moves those behind it.
  for (size_t i = std::max<size_t>(values_before, values.empty() ? 1 : 0);
       error >= 0 && i > values.size(); --i) {
    JET_SETINFO place = {};
    place.cbStruct = sizeof(place);
    place.itagSequence = static_cast<uint32_t>(i);
    error = JetSetColumn(session_, table_, ids_[column], nullptr, 0, 0, &place);
  }
  return error;
}

JET_ERR TableWriter::Finish(JET_ERR error, std::string* bookmark) {
  char bytes[2048];
  uint32_t size = 0;
  if (error >= 0) error = JetUpdate(session_, table_, bytes, sizeof(bytes), &size);
  if (error < 0) {
    JetPrepareUpdate(session_, table_, JET_prepCancel);
  } else {
    bookmark->assign(bytes, size);
  }
  return error;
}

JET_ERR TableWriter::ReadOwnNumbers(PlannedRow* row) {
  for (size_t i = 0; i < plan_.columns.size(); ++i) {
    if (!CountsByItself(plan_.columns[i]) || deleted_[i]) continue;
    char number[8];
    uint32_t size = 0;
    const JET_ERR error = JetRetrieveColumn(session_, table_, ids_[i], number, sizeof(number),
                                            &size, JET_bitRetrieveCopy, nullptr);
    if (error < 0) return error;
    (*row)[i].clear();
    if (error != JET_wrnColumnNull) (*row)[i].emplace_back(number, size);
  }
  return JET_errSuccess;
}

int32_t TableWriter::Insert(const PlannedRow& given) {
  PlannedRow row = given;
  JET_ERR error = JetPrepareUpdate(session_, table_, JET_prepInsert);
  for (size_t i = 0; error >= 0 && i < row.size(); ++i) {
    if (!deleted_[i]) error = SetValues(i, row[i], 0);
  }
  if (error >= 0) error = ReadOwnNumbers(&row);
  std::string bookmark;
  error = Finish(error, &bookmark);
  if (error < 0) return error;
  rows_[next_row_] = row;
  bookmarks_[next_row_] = bookmark;
  return next_row_++;
}

JET_ERR TableWriter::Goto(int32_t row) {
  std::string& bookmark = bookmarks_.at(row);
  return JetGotoBookmark(session_, table_, bookmark.data(), static_cast<uint32_t>(bookmark.size()));
}

JET_ERR TableWriter::Replace(int32_t row, size_t column, const std::vector<std::string>& values) {
  JET_ERR error = Goto(row);
  if (error >= 0) error = JetPrepareUpdate(session_, table_, JET_prepReplace);
  if (error < 0) return error;
  PlannedRow changed = rows_.at(row);
  std::string bookmark;
  error = SetValues(column, values, changed[column].size());
  changed[column] = values;
  if (error >= 0) error = ReadOwnNumbers(&changed);
  error = Finish(error, &bookmark);
  if (error >= 0) rows_.at(row) = changed;
  return error;
}

JET_ERR TableWriter::Delete(int32_t row) {
  JET_ERR error = Goto(row);
  if (error >= 0) error = JetDelete(session_, table_);
  if (error < 0) return error;
  rows_.erase(row);
  bookmarks_.erase(row);
  return error;
}

std::string TableWriter::Expectation() const {
  std::string text = "{\"name\":" + Quoted(plan_.name) + ",\"columns\":{";
  const char* separator = "";
  for (size_t i = 0; i < plan_.columns.size(); ++i) {
    if (deleted_[i]) continue;
    text += separator + Quoted(plan_.columns[i].name) + ":[" +
            Quoted(TypeName(plan_.columns[i].type)) + "," +
            std::to_string(plan_.columns[i].code_page) + "," + Quoted(StorageName(ids_[i])) + "]";
    separator = ",";
  }
  text += "},\"rows\":[";
  const char* row_separator = "\n";
  for (const auto& [number, row] : rows_) {
    text += row_separator;
    row_separator = ",\n";
    text += "{";
    separator = "";
    for (size_t i = 0; i < row.size(); ++i) {
      if (deleted_[i] || row[i].empty()) continue;
      text += separator + Quoted(plan_.columns[i].name) + ":[";
      separator = ",";
      for (size_t value = 0; value < row[i].size(); ++value) {
        text += (value == 0 ? "" : ",") + Quoted(HexOf(row[i][value]));
      }
      text += "]";
    }
    text += "}";
  }
  return text + "]}";
}

void WriteExpectation(const std::filesystem::path& file, const std::filesystem::path& database,
                      uint32_t page_size, const std::vector<const TableWriter*>& tables) {
  std::ofstream out(file, std::ios::binary);
  out << "{\"file\":" << Quoted(database.string()) << ",\"page_size\":" << page_size
      << ",\"tables\":[\n";
  const char* separator = "";
  for (const TableWriter* table : tables) {
    out << separator << table->Expectation();
    separator = ",\n";
  }
  out << "]}\n";
}

}  // namespace contrail::test
