#include "tests/support/jet_rows.h"

namespace contrail::test {
namespace {

struct OpenRows {
  JET_DBID database = JET_dbidNil;
  JET_TABLEID table = JET_tableidNil;
  JET_COLUMNID id = 0;
  JET_COLUMNID data = 0;
};

JET_ERR Open(JET_SESID session, const std::string& path, OpenRows* rows) {
  JET_ERR error = JetOpenDatabaseA(session, path.c_str(), nullptr, &rows->database, 0);
  if (error >= 0) {
    error = JetOpenTableA(session, rows->database, "rows", nullptr, 0, 0, &rows->table);
  }
  JET_COLUMNDEF id = {}, data = {};
  if (error >= 0) {
    error = JetGetTableColumnInfoA(session, rows->table, "id", &id, sizeof(id), JET_ColInfo);
  }
  if (error >= 0) {
    error = JetGetTableColumnInfoA(session, rows->table, "data", &data, sizeof(data), JET_ColInfo);
  }
  rows->id = id.columnid;
  rows->data = data.columnid;
  return error;
}

void Close(JET_SESID session, const OpenRows& rows) {
  if (rows.table != JET_tableidNil) JetCloseTable(session, rows.table);
  if (rows.database != JET_dbidNil) JetCloseDatabase(session, rows.database, 0);
}

JET_ERR Insert(JET_SESID session, const OpenRows& rows, int32_t number) {
  const std::string value(500, static_cast<char>('a' + number % 26));
  JET_ERR error = JetPrepareUpdate(session, rows.table, JET_prepInsert);
  if (error >= 0) {
    error = JetSetColumn(session, rows.table, rows.id, &number, sizeof(number), 0, nullptr);
  }
  if (error >= 0) {
    error = JetSetColumn(session, rows.table, rows.data, value.data(),
                         static_cast<uint32_t>(value.size()), 0, nullptr);
  }
  return error >= 0 ? JetUpdate(session, rows.table, nullptr, 0, nullptr) : error;
}

}  // namespace

JET_ERR WriteRows(JET_SESID session, const std::string& database, int32_t first, int32_t count) {
  OpenRows rows;
  JET_ERR error = Open(session, database, &rows);
  for (int32_t i = 0; error >= 0 && i < count; ++i) {
    if (i % 10 == 0) error = JetBeginTransaction(session);
    if (error >= 0) error = Insert(session, rows, first + i);
    if (error >= 0 && (i % 10 == 9 || i + 1 == count)) error = JetCommitTransaction(session, 0);
  }
  Close(session, rows);
  return error;
}

int32_t CountRows(JET_INSTANCE instance, const std::string& database, int32_t first, int32_t last) {
  JET_SESID session = JET_sesidNil;
  EXPECT_JET_OK(JetBeginSessionA(instance, &session, nullptr, nullptr));
  OpenRows rows;
  JET_ERR error = Open(session, database, &rows);
  EXPECT_JET_OK(error);
  int32_t count = 0;
  if (error >= 0) error = JetMove(session, rows.table, JET_MoveFirst, 0);
  for (; error >= 0; error = JetMove(session, rows.table, JET_MoveNext, 0)) {
    int32_t id = 0;
    EXPECT_JET_OK(
        JetRetrieveColumn(session, rows.table, rows.id, &id, sizeof(id), nullptr, 0, nullptr));
    if (id >= first && id <= last) ++count;
  }
  EXPECT_EQ(error, JET_errNoCurrentRecord) << JetErrorText(error);
  if (error != JET_errNoCurrentRecord) count = -1;
  Close(session, rows);
  EXPECT_JET_OK(JetEndSession(session, 0));
  return count;
}

}  // namespace contrail::test
