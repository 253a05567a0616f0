/* Makes a database with one table, commits a row to it and reads the row back. */
#include <esent.h>
#include <stdio.h>
#include <stdlib.h>

#define TRY(call) check((call), #call)
static void check(JET_ERR error, const char* call) {
  if (error < 0) exit(fprintf(stderr, "%s: error %d\n", call, (int)error) > 0);
}

int main(void) {
  JET_INSTANCE instance = JET_instanceNil;
  JET_SESID session;
  JET_DBID database;
  JET_TABLEID table;
  JET_COLUMNID column;
  JET_COLUMNDEF number = {.cbStruct = sizeof(number), .coltyp = JET_coltypLong};
  int32_t written = 42, read = 0;

  TRY(JetCreateInstance(&instance, "example"));
  TRY(JetSetSystemParameter(&instance, JET_sesidNil, JET_paramCreatePathIfNotExist, 1, NULL));
  TRY(JetSetSystemParameter(&instance, JET_sesidNil, JET_paramSystemPath, 0, "example/"));
  TRY(JetSetSystemParameter(&instance, JET_sesidNil, JET_paramLogFilePath, 0, "example/"));
  TRY(JetInit(&instance)); /* recovers first if the last run was cut short */
  TRY(JetBeginSession(instance, &session, NULL, NULL));
  TRY(JetCreateDatabase(session, "example/data.edb", NULL, &database, JET_bitDbOverwriteExisting));
  TRY(JetBeginTransaction(session));
  TRY(JetCreateTable(session, database, "numbers", 1, 100, &table));
  TRY(JetAddColumn(session, table, "value", &number, NULL, 0, &column));
  TRY(JetPrepareUpdate(session, table, JET_prepInsert));
  TRY(JetSetColumn(session, table, column, &written, sizeof(written), 0, NULL));
  TRY(JetUpdate(session, table, NULL, 0, NULL));
  TRY(JetCommitTransaction(session, 0)); /* returns when the row is on the disk */
  TRY(JetMove(session, table, JET_MoveFirst, 0));
  TRY(JetRetrieveColumn(session, table, column, &read, sizeof(read), NULL, 0, NULL));
  printf("read back %d\n", (int)read);
  TRY(JetTerm(instance));
  return read == written ? 0 : 1;
}
