#include "tests/support/jet_fixture.h"

#include <filesystem>

namespace contrail::test {

std::string JetErrorText(JET_ERR error) {
  char text[512] = {};
  uintptr_t number = static_cast<uintptr_t>(static_cast<intptr_t>(error));
  JetGetSystemParameterA(0, 0, JET_paramErrorToString, &number, text, sizeof(text));
  return std::to_string(error) + " " + text;
}

JetInstance::JetInstance(const JetFolder& folder, const JetOptions& options) {
  const auto set = [this](uint32_t id, uintptr_t number, const char* text) {
    EXPECT_JET_OK(JetSetSystemParameterA(handle_ == JET_instanceNil ? nullptr : &handle_, 0, id,
                                         number, text));
  };
  // Of the process: fixed once it has an instance, which other tests' instances no longer are.
  set(JET_paramDatabasePageSize, options.page_size, nullptr);
  set(JET_paramCacheSizeMax, options.cache_pages, nullptr);
  EXPECT_JET_OK(JetCreateInstance2A(&handle_, options.name, nullptr, 0));
  set(JET_paramSystemPath, 0, folder.path().c_str());
  set(JET_paramLogFilePath, 0, folder.path().c_str());
  set(JET_paramTempPath, 0, folder.path().c_str());
  set(JET_paramLogFileSize, options.log_kibibytes, nullptr);
  set(JET_paramCircularLog, options.circular, nullptr);
  set(JET_paramZeroDatabaseDuringBackup, options.scrub, nullptr);
  if (options.event_source != nullptr) set(JET_paramEventSource, 0, options.event_source);
  set(JET_paramRecovery, 0, options.recovery ? "on" : "off");
}

JetInstance::~JetInstance() {
  if (handle_ != JET_instanceNil) JetTerm2(handle_, JET_bitTermAbrupt);
}

JET_ERR JetInstance::Term(JET_GRBIT grbit) {
  constexpr JET_ERR kSurrogateBackupInProgress = -617;  // Not in esent.h.
  const JET_ERR error = JetTerm2(handle_, grbit);
  if (error != JET_errBackupInProgress && error != kSurrogateBackupInProgress &&
      error != JET_errTooManyActiveUsers) {
    handle_ = JET_instanceNil;
  }
  return error;
}

JetDatabase::JetDatabase(const JetFolder& folder, const JetOptions& options)
    : instance_(folder, options) {
  EXPECT_JET_OK(instance_.Init());
  session_ = NewSession();
  const std::string path = folder / "test.edb";
  if (std::filesystem::exists(path)) {
    EXPECT_JET_OK(JetAttachDatabaseA(session_, path.c_str(), 0));
    EXPECT_JET_OK(JetOpenDatabaseA(session_, path.c_str(), nullptr, &id_, 0));
  } else {
    EXPECT_JET_OK(JetCreateDatabaseA(session_, path.c_str(), nullptr, &id_, 0));
  }
}

JET_SESID JetDatabase::NewSession() {
  JET_SESID session = JET_sesidNil;
  EXPECT_JET_OK(JetBeginSessionA(instance_.handle(), &session, nullptr, nullptr));
  return session;
}

void JetDatabase::CreateRows(const char* table) {
  char id_name[] = "id", name_name[] = "name", data_name[] = "data", index_name[] = "primary";
  JET_COLUMNCREATE_A columns[3] = {};
  for (JET_COLUMNCREATE_A& column : columns) column.cbStruct = sizeof(column);
  columns[0].szColumnName = id_name;
  columns[0].coltyp = JET_coltypLong;
  columns[1].szColumnName = name_name;
  columns[1].coltyp = JET_coltypText;
  columns[1].cp = 1252;
  columns[2].szColumnName = data_name;
  columns[2].coltyp = JET_coltypLongBinary;
  JET_INDEXCREATE_A index = {};
  index.cbStruct = sizeof(index);
  index.szIndexName = index_name;
  index.szKey = "+id\0";
  index.cbKey = 5;
  index.grbit = JET_bitIndexPrimary;
  JET_TABLECREATE_A create = {};
  create.cbStruct = sizeof(create);
  create.szTableName = table;
  create.ulPages = 1;
  create.rgcolumncreate = columns;
  create.cColumns = 3;
  create.rgindexcreate = &index;
  create.cIndexes = 1;
  ASSERT_JET_OK(JetCreateTableColumnIndexA(session_, id_, &create));
  EXPECT_EQ(create.cCreated, 5u);
  EXPECT_JET_OK(JetCloseTable(session_, create.tableid));
}

JET_COLUMNID JetDatabase::Column(JET_TABLEID table, const char* name) {
  JET_COLUMNDEF column = {};
  column.cbStruct = sizeof(column);
  EXPECT_JET_OK(
      JetGetTableColumnInfoA(session_, table, name, &column, sizeof(column), JET_ColInfo));
  return column.columnid;
}

JET_TABLEID JetDatabase::Open(const char* table, JET_GRBIT grbit) {
  JET_TABLEID opened = JET_tableidNil;
  EXPECT_JET_OK(JetOpenTableA(session_, id_, table, nullptr, 0, grbit, &opened));
  return opened;
}

}  // namespace contrail::test
