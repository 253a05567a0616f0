// A table that a test plans: its columns, its indexes and the rows it is to hold. It is made
// through the JET API, and written down as plain bytes for readers that know nothing of the engine
// (tests/interop/outside_readers.py compares).
//
// Thread rule: one thread.

#pragma once

#include <esent.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace contrail::test {

struct PlannedColumn {
  std::string name;
  JET_COLTYP type = JET_coltypLong;
  JET_GRBIT grbit = 0;
  uint32_t max_size = 0;
  uint32_t code_page = 1252;
  std::string default_value = {};  // None when empty.
  JET_GRBIT set_grbit = 0;  // How values are set: JET_bitSetSeparateLV, JET_bitSetCompressed.
};

struct PlannedIndex {
  std::string name;
  std::vector<std::string> segments = {};  // "+column" or "-column".
  JET_GRBIT grbit = 0;
  uint32_t key_most = 0;         // 0: the default.
  uint32_t var_segment_max = 0;  // 0: the default.
  std::optional<JET_TUPLELIMITS> tuples = {};
  std::vector<std::string> conditions = {};  // "=column" must be null, "!column" must not be null.
};

struct PlannedTable {
  std::string name;
  std::vector<PlannedColumn> columns = {};
  std::vector<PlannedIndex> indexes = {};
};

// For each column its values; none is null.
using PlannedRow = std::vector<std::vector<std::string>>;

// A planned table in a database that is open, and the rows that are in it by now. A copy remembers
// what was there, for a transaction that is rolled back.
class TableWriter {
 public:
  TableWriter(JET_SESID session, JET_DBID database, PlannedTable plan)
      : session_(session), database_(database), plan_(std::move(plan)) {}
  JET_ERR Create();
  JET_ERR Close();
  const PlannedTable& plan() const { return plan_; }

  // A row's number on success; what JetSetColumn or JetUpdate answered otherwise (negative), with
  // nothing changed. Columns that count by themselves take no values from the row.
  int32_t Insert(const PlannedRow& row);
  // Gives one column of a row other values.
  JET_ERR Replace(int32_t row, size_t column, const std::vector<std::string>& values);
  JET_ERR Delete(int32_t row);
  JET_ERR AddColumn(const PlannedColumn& column);
  JET_ERR DeleteColumn(size_t column);
  JET_ERR AddIndex(const PlannedIndex& index);
  JET_ERR DeleteIndex(const std::string& name);

  bool is_deleted(size_t column) const { return deleted_[column]; }
  const std::map<int32_t, PlannedRow>& rows() const { return rows_; }
  // The table as one JSON object: its columns with their types, its rows with values as
  // hexadecimal digits.
  std::string Expectation() const;

 private:
  // What the engine gave to a column that counts by itself.
  JET_ERR ReadOwnNumbers(PlannedRow* row);
  JET_ERR SetValues(size_t column, const std::vector<std::string>& values, size_t values_before);
  JET_ERR Finish(JET_ERR error, std::string* bookmark);
  JET_ERR Goto(int32_t row);

  JET_SESID session_;
  JET_DBID database_;
  PlannedTable plan_;
  JET_TABLEID table_ = JET_tableidNil;
  std::vector<JET_COLUMNID> ids_;
  std::vector<bool> deleted_;
  std::map<int32_t, PlannedRow> rows_;
  std::map<int32_t, std::string> bookmarks_;
  int32_t next_row_ = 0;
};

// Writes what readers of `database` are to find.
void WriteExpectation(const std::filesystem::path& file, const std::filesystem::path& database,
                      uint32_t page_size, const std::vector<const TableWriter*>& tables);

}  // namespace contrail::test
