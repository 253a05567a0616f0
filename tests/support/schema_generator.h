// Databases at random: tables of any columns and indexes, rows of any values, and a life of
// inserts, replaces, deletes, new and dropped columns and indexes, commits and rollbacks. The same
// seed gives the same database.

#pragma once

#include <esent.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/support/planned_table.h"

namespace contrail::test {

class SchemaGenerator {
 public:
  // Into a database that is open and empty.
  SchemaGenerator(JET_SESID session, JET_DBID database, uint32_t page_size, uint64_t seed)
      : session_(session), database_(database), page_size_(page_size), random_(seed) {}

  // False when a call failed with something that no test may provoke: failure() tells.
  bool Run();
  const std::string& failure() const { return failure_; }
  const std::vector<TableWriter>& tables() const { return tables_; }
  // Calls that were refused for a reason of the data's, by error.
  const std::map<JET_ERR, int>& refused() const { return refused_; }

 private:
  uint64_t Below(uint64_t limit) { return random_() % limit; }
  bool OneIn(uint64_t chances) { return Below(chances) == 0; }

  PlannedColumn RandomColumn(int number);
  PlannedIndex RandomIndex(const TableWriter& table, int number);
  std::vector<std::string> RandomValues(const PlannedColumn& column);
  std::string RandomValue(const PlannedColumn& column);
  PlannedRow RandomRow(const TableWriter& table);

  bool CreateTable(int number);
  bool LiveOneTransaction(TableWriter* table);
  bool ChangeRow(TableWriter* table);
  bool ChangeDefinition(TableWriter* table);
  // Whether a call may have ended like this.
  bool Accept(const char* call, JET_ERR error);

  JET_SESID session_;
  JET_DBID database_;
  uint32_t page_size_;
  std::mt19937_64 random_;
  std::vector<TableWriter> tables_;
  std::map<JET_ERR, int> refused_;
  std::string failure_;
  int next_name_ = 0;
};

}  // namespace contrail::test
