// The functions of the backup family by their names, so that a table can say which of them a test
// calls (tests/backup/error_rows.tsv).

#pragma once

#include <esent.h>

#include <string>
#include <vector>

namespace contrail::test {

// One row of error_rows.tsv: a function, and an error that the API documents for it.
struct ErrorRow {
  std::string function;
  std::string code;  // As esent.h spells it.
  JET_ERR number = 0;
};

// The rows that name this test ("Suite.Name").
std::vector<ErrorRow> ErrorRowsOf(const std::string& test);
// The rows of the test that runs now.
std::vector<ErrorRow> ErrorRowsOfThisTest();
// The number behind a name; fails the test when there is none.
JET_ERR ErrorNumber(const std::string& name);

// What the calls are made with. The buffers are long enough.
struct CallArguments {
  JET_INSTANCE instance = JET_instanceNil;
  std::string file;         // JetOpenFile
  std::string folder;       // JetBackup, JetRestore
  JET_HANDLE handle = 0;    // JetReadFile, JetCloseFile; JetOpenFile sets it.
  JET_GRBIT end_flags = 1;  // JetEndExternalBackupInstance2
  uint32_t read = 0;        // Bytes that JetReadFile has given.
};

// The function takes no instance: it works on the process's only one.
bool IsLegacy(const std::string& function);
// Calls the A form. Fails the test when it does not know the function.
JET_ERR CallByName(const std::string& function, CallArguments* arguments);

// Expects every row of this test whose function is of this kind to give its error.
void ExpectRows(bool legacy, const CallArguments& arguments);

}  // namespace contrail::test
