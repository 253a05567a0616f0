// A table that is changed at random through the JET API, and what it must hold afterwards.
//
// For tables whose primary index is over one auto-increment Long. Values fit the column's type and
// size; text is ASCII in Unicode columns, so that any index over them can have it.

#pragma once

#include <esent.h>

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace contrail::test {

struct RandomColumn {
  JET_COLUMNID id = 0;
  std::string name;
  JET_COLTYP type = 0;
  uint32_t most = 0;  // Bytes; 0: no limit.
  bool unicode = false;
  JET_GRBIT grbit = 0;

  bool Has(JET_GRBIT bit) const { return (grbit & bit) != 0; }
  bool is_text() const { return type == JET_coltypText || type == JET_coltypLongText; }
  bool is_long() const { return type == JET_coltypLongText || type == JET_coltypLongBinary; }
};

// Values by column; a column without values is null.
using RandomRow = std::map<JET_COLUMNID, std::vector<std::string>>;

class RandomTable {
 public:
  // Opens the table and reads what it holds. Failures are those of the test.
  RandomTable(JET_SESID session, JET_DBID database, const std::string& name, uint32_t seed);

  // Transactions of inserts, replaces and deletes, some rolled back, until so many have been made.
  void Change(uint32_t operations);
  // Reads everything and compares.
  void ExpectAsModelled();
  void Close();

  const std::string& name() const { return name_; }
  const std::vector<RandomColumn>& columns() const { return columns_; }
  const std::map<int32_t, RandomRow>& rows() const { return rows_; }
  // Changes that were refused because a key of text in the row cannot be computed.
  uint32_t refused() const { return refused_; }

 private:
  void ReadColumns();
  std::map<int32_t, RandomRow> ReadRows();
  void OneChange();
  JET_ERR Insert();
  JET_ERR Replace(int32_t id);
  JET_ERR Delete(int32_t id);
  JET_ERR Seek(int32_t id);
  JET_ERR SetAll(const RandomColumn& column, const std::vector<std::string>& values, size_t had);
  JET_ERR Extend(const RandomColumn& column, std::string* value);
  std::vector<std::string> Values(const RandomColumn& column);
  std::string Value(const RandomColumn& column);
  std::string Text(size_t size, bool unicode);
  uint32_t Below(uint32_t end) { return static_cast<uint32_t>(random_() % end); }
  // What the table holds for a value that was set.
  static std::string Stored(const RandomColumn& column, std::string value);

  JET_SESID session_;
  std::string name_;
  JET_TABLEID table_ = JET_tableidNil;
  std::vector<RandomColumn> columns_;
  JET_COLUMNID key_ = 0;
  std::map<int32_t, RandomRow> rows_;
  // How rows were before the transaction at hand.
  std::map<int32_t, std::optional<RandomRow>> before_;
  std::mt19937 random_;
  uint32_t refused_ = 0;
};

}  // namespace contrail::test
