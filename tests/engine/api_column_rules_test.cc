// What columns may be, and what becomes of the rows and indexes that a new column or default meets.

#include <gtest/gtest.h>

#include <string>

#include "tests/support/jet_fixture.h"
#include "tests/support/sound_database.h"

namespace contrail::test {
namespace {

struct ColumnRequest {
  JET_COLTYP type = JET_coltypLong;
  JET_GRBIT grbit = 0;
  std::string default_value = "";
  uint32_t max_size = 0;
  uint16_t code_page = 0;
};

std::string Number(int32_t number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

class ApiColumnRulesTest : public testing::Test {
 protected:
  ApiColumnRulesTest() : database_(folder_), session_(database_.session()) {}

  JET_ERR Add(JET_TABLEID table, const char* name, const ColumnRequest& request,
              JET_COLUMNID* id = nullptr) {
    JET_COLUMNDEF def = {};
    def.cbStruct = sizeof(def);
    def.coltyp = request.type;
    def.grbit = request.grbit;
    def.cp = request.code_page;
    def.cbMax = request.max_size;
    const std::string& value = request.default_value;
    return JetAddColumnA(session_, table, name, &def, value.empty() ? nullptr : value.data(),
                         static_cast<uint32_t>(value.size()), id);
  }
  // The same column by way of a new table.
  JET_ERR Create(const ColumnRequest& request) {
    JET_COLUMNCREATE_A column = {};
    column.cbStruct = sizeof(column);
    char name[] = "column";
    column.szColumnName = name;
    column.coltyp = request.type;
    column.grbit = request.grbit;
    column.cp = request.code_page;
    column.cbMax = request.max_size;
    std::string value = request.default_value;
    column.pvDefault = value.empty() ? nullptr : value.data();
    column.cbDefault = static_cast<uint32_t>(value.size());
    JET_TABLECREATE_A create = {};
    create.cbStruct = sizeof(create);
    std::string table = "made " + std::to_string(++made_);
    create.szTableName = table.data();
    create.rgcolumncreate = &column;
    create.cColumns = 1;
    const JET_ERR error = JetCreateTableColumnIndexA(session_, database_.id(), &create);
    if (error >= 0) EXPECT_JET_OK(JetCloseTable(session_, create.tableid));
    return error;
  }
  JET_ERR SetDefault(const char* table, const char* column, const std::string& value) {
    return JetSetColumnDefaultValueA(session_, database_.id(), table, column, value.data(),
                                     static_cast<uint32_t>(value.size()), 0);
  }
  JET_TABLEID EmptyTable(const char* name) {
    JET_TABLEID table = JET_tableidNil;
    EXPECT_JET_OK(JetCreateTableA(session_, database_.id(), name, 1, 80, &table));
    return table;
  }
  void InsertEmptyRow(JET_TABLEID table) {
    ASSERT_JET_OK(JetPrepareUpdate(session_, table, JET_prepInsert));
    ASSERT_JET_OK(JetUpdate(session_, table, nullptr, 0, nullptr));
  }
  int32_t NumberIn(JET_TABLEID table, JET_COLUMNID column) {
    int32_t number = 0;
    EXPECT_JET_OK(
        JetRetrieveColumn(session_, table, column, &number, sizeof number, nullptr, 0, nullptr));
    return number;
  }
  JET_ERR SeekNumber(JET_TABLEID table, const char* index, int32_t number) {
    EXPECT_JET_OK(JetSetCurrentIndexA(session_, table, index));
    EXPECT_JET_OK(JetMakeKey(session_, table, &number, sizeof number, JET_bitNewKey));
    return JetSeek(session_, table, JET_bitSeekEQ);
  }
  void ExpectSoundAfter(JET_TABLEID table) {
    ASSERT_JET_OK(JetCloseTable(session_, table));
    ASSERT_JET_OK(JetCloseDatabase(session_, database_.id(), 0));
    ASSERT_JET_OK(database_.engine().Term());
    EXPECT_SOUND(folder_ / "test.edb");
  }

  JetFolder folder_;
  JetDatabase database_;
  JET_SESID session_;
  int made_ = 0;
};

// The entries of rows without a value of their own hold the default.
TEST_F(ApiColumnRulesTest, DefaultOfAnIndexedColumnStays) {
  const JET_TABLEID table = EmptyTable("rows");
  JET_COLUMNID number = 0;
  ASSERT_JET_OK(Add(table, "other", {}));
  InsertEmptyRow(table);
  ASSERT_JET_OK(Add(table, "number", {.default_value = Number(7)}, &number));
  ASSERT_JET_OK(Add(table, "free", {.default_value = Number(1)}));
  ASSERT_JET_OK(JetCreateIndexA(session_, table, "by number", 0, "+number\0", 9, 80));

  EXPECT_JET(JET_errColumnInUse, SetDefault("rows", "NUMBER", Number(9)));
  EXPECT_JET_OK(SetDefault("rows", "free", Number(9)));
  EXPECT_JET_OK(SeekNumber(table, "by number", 7));
  EXPECT_EQ(NumberIn(table, number), 7);
  EXPECT_JET(JET_errRecordNotFound, SeekNumber(table, "by number", 9));
  ASSERT_JET_OK(JetSetCurrentIndexA(session_, table, nullptr));
  ASSERT_JET_OK(JetDeleteIndexA(session_, table, "by number"));
  EXPECT_JET_OK(SetDefault("rows", "number", Number(9)));
  ASSERT_JET_OK(JetMove(session_, table, JET_MoveFirst, 0));
  EXPECT_EQ(NumberIn(table, number), 9);
  ExpectSoundAfter(table);
}

TEST_F(ApiColumnRulesTest, DefaultOfAConditionStays) {
  const JET_TABLEID table = EmptyTable("rows");
  ASSERT_JET_OK(Add(table, "key", {}));
  ASSERT_JET_OK(Add(table, "condition", {.grbit = JET_bitColumnTagged}));
  InsertEmptyRow(table);
  JET_CONDITIONALCOLUMN_A condition = {};
  condition.cbStruct = sizeof(condition);
  char column[] = "condition";
  condition.szColumnName = column;
  condition.grbit = JET_bitIndexColumnMustBeNull;
  JET_INDEXCREATE_A index = {};
  index.cbStruct = sizeof(index);
  char name[] = "some", key[] = "+key\0";
  index.szIndexName = name;
  index.szKey = key;
  index.cbKey = sizeof(key);
  index.ulDensity = 80;
  index.rgconditionalcolumn = &condition;
  index.cConditionalColumn = 1;
  ASSERT_JET_OK(JetCreateIndex2A(session_, table, &index, 1));
  // With it no row would be in the index any more.
  EXPECT_JET(JET_errColumnInUse, SetDefault("rows", "condition", Number(1)));
  ExpectSoundAfter(table);
}

TEST_F(ApiColumnRulesTest, UncommittedIndexesHoldADefaultToo) {
  JET_TABLEID table = EmptyTable("rows");
  ASSERT_JET_OK(Add(table, "number", {.default_value = Number(7)}));
  InsertEmptyRow(table);
  // What a session has made is its alone until it is closed.
  ASSERT_JET_OK(JetCloseTable(session_, table));
  table = database_.Open("rows");
  ASSERT_JET_OK(JetBeginTransaction(session_));
  ASSERT_JET_OK(JetCreateIndexA(session_, table, "by number", 0, "+number\0", 9, 80));
  EXPECT_JET(JET_errColumnInUse, SetDefault("rows", "number", Number(9)));

  const JET_SESID other = database_.NewSession();
  JET_DBID id = JET_dbidNil;
  ASSERT_JET_OK(JetOpenDatabaseA(other, (folder_ / "test.edb").c_str(), nullptr, &id, 0));
  const auto set_by_other = [&] {
    const std::string nine = Number(9);
    return JetSetColumnDefaultValueA(other, id, "rows", "number", nine.data(), 4, 0);
  };
  EXPECT_JET(JET_errTableLocked, set_by_other());
  // Nor does a transaction that cannot see the index.
  ASSERT_JET_OK(JetBeginTransaction(other));
  JET_TABLEID reading = JET_tableidNil;
  ASSERT_JET_OK(JetOpenTableA(other, id, "rows", nullptr, 0, 0, &reading));
  ASSERT_JET_OK(JetCommitTransaction(session_, 0));
  EXPECT_JET(JET_errWriteConflict, set_by_other());
  ASSERT_JET_OK(JetRollback(other, 0));
  EXPECT_JET(JET_errColumnInUse, set_by_other());
  ASSERT_JET_OK(JetEndSession(other, 0));
  ExpectSoundAfter(table);
}

TEST_F(ApiColumnRulesTest, DefaultsAreOfTheSizeOfTheirColumn) {
  const JET_TABLEID table = EmptyTable("rows");
  const auto refused = [&](JET_ERR error, const ColumnRequest& request) {
    EXPECT_JET(error, Add(table, "column", request));
    EXPECT_JET(error, Create(request));
  };
  const uint32_t kText = JET_coltypText, kLongText = JET_coltypLongText;
  refused(JET_errInvalidBufferSize, {.default_value = "abc"});
  refused(JET_errInvalidBufferSize, {.grbit = JET_bitColumnTagged, .default_value = "abc"});
  refused(JET_errDefaultValueTooBig, {.default_value = "abcdefgh"});
  refused(JET_errInvalidBufferSize, {.type = JET_coltypGUID, .default_value = "abc"});
  refused(JET_errDefaultValueTooBig, {.type = kText, .default_value = "abcdef", .max_size = 3});
  refused(JET_errDefaultValueTooBig,
          {.type = kText, .grbit = JET_bitColumnFixed, .default_value = "abcdef", .max_size = 3});
  refused(JET_errDefaultValueTooBig, {.type = kText, .default_value = std::string(256, 'x')});
  refused(JET_errDefaultValueTooBig, {.type = kLongText, .default_value = std::string(256, 'x')});
  refused(JET_errDefaultValueTooBig, {.type = kLongText, .default_value = "abcd", .max_size = 3});
  refused(JET_errInvalidBufferSize, {.type = kText, .default_value = "abc", .code_page = 1200});
  refused(JET_errInvalidBufferSize, {.type = kLongText, .default_value = "abc", .code_page = 1200});
  EXPECT_JET_OK(Create({.type = kText, .default_value = "abc", .max_size = 3}));
  EXPECT_JET_OK(Create({.type = kText, .default_value = "abcd", .code_page = 1200}));
  EXPECT_JET_OK(Create({.type = kLongText, .default_value = std::string(255, 'x')}));
  ExpectSoundAfter(table);
}

TEST_F(ApiColumnRulesTest, NewDefaultsAreOfTheSizeOfTheirColumn) {
  const JET_TABLEID table = EmptyTable("rows");
  ASSERT_JET_OK(Add(table, "number", {}));
  ASSERT_JET_OK(Add(table, "tagged", {.grbit = JET_bitColumnTagged}));
  ASSERT_JET_OK(Add(table, "text", {.type = JET_coltypText, .max_size = 20}));
  ASSERT_JET_OK(Add(table, "wide", {.type = JET_coltypText, .code_page = 1200}));
  ASSERT_JET_OK(Add(table, "long", {.type = JET_coltypLongText}));
  for (const char* column : {"number", "tagged"}) {
    EXPECT_JET(JET_errInvalidBufferSize, SetDefault("rows", column, "abc"));
    EXPECT_JET(JET_errInvalidBufferSize, SetDefault("rows", column, "abcdefgh"));
  }
  EXPECT_JET(JET_errDefaultValueTooBig, SetDefault("rows", "text", std::string(21, 'x')));
  EXPECT_JET(JET_errDefaultValueTooBig, SetDefault("rows", "long", std::string(1000, 'x')));
  EXPECT_JET(JET_errInvalidBufferSize, SetDefault("rows", "wide", "abc"));
  EXPECT_JET(JET_errNullInvalid, SetDefault("rows", "number", ""));
  EXPECT_JET_OK(SetDefault("rows", "number", Number(3)));
  EXPECT_JET_OK(SetDefault("rows", "text", std::string(20, 'x')));
  EXPECT_JET_OK(SetDefault("rows", "wide", "abcd"));
  ExpectSoundAfter(table);
}

TEST_F(ApiColumnRulesTest, RequiredColumnsNeedAnEmptyTable) {
  const JET_TABLEID table = EmptyTable("rows");
  ASSERT_JET_OK(Add(table, "before", {.grbit = JET_bitColumnNotNULL}));
  const int32_t one = 1;
  JET_COLUMNID before = database_.Column(table, "before");
  ASSERT_JET_OK(JetPrepareUpdate(session_, table, JET_prepInsert));
  ASSERT_JET_OK(JetSetColumn(session_, table, before, &one, sizeof one, 0, nullptr));
  ASSERT_JET_OK(JetUpdate(session_, table, nullptr, 0, nullptr));
  for (const ColumnRequest& request :
       {ColumnRequest{.grbit = JET_bitColumnNotNULL},
        ColumnRequest{.type = JET_coltypText, .grbit = JET_bitColumnNotNULL},
        ColumnRequest{.type = JET_coltypLongText, .grbit = JET_bitColumnNotNULL},
        ColumnRequest{.grbit = JET_bitColumnNotNULL | JET_bitColumnTagged},
        ColumnRequest{.grbit = JET_bitColumnNotNULL | JET_bitColumnVersion},
        ColumnRequest{.grbit = JET_bitColumnEscrowUpdate, .default_value = Number(0)}}) {
    EXPECT_JET(JET_errTableNotEmpty, Add(table, "later", request));
  }
  EXPECT_JET_OK(Add(table, "filled", {.grbit = JET_bitColumnNotNULL, .default_value = Number(5)}));
  EXPECT_JET_OK(Add(table, "optional", {}));
  ExpectSoundAfter(table);
}

// The copy buffer of an insert knows nothing of a column that came after it.
TEST_F(ApiColumnRulesTest, PreparedInsertHasNoRequiredColumnAddedSince) {
  const JET_TABLEID table = EmptyTable("rows");
  ASSERT_JET_OK(Add(table, "other", {}));
  ASSERT_JET_OK(JetPrepareUpdate(session_, table, JET_prepInsert));
  ASSERT_JET_OK(Add(table, "optional", {}));
  ASSERT_JET_OK(JetUpdate(session_, table, nullptr, 0, nullptr));
  const JET_TABLEID second = EmptyTable("second");
  ASSERT_JET_OK(Add(second, "other", {}));
  ASSERT_JET_OK(JetPrepareUpdate(session_, second, JET_prepInsert));
  ASSERT_JET_OK(Add(second, "must", {.grbit = JET_bitColumnNotNULL}));
  EXPECT_JET(JET_errNullInvalid, JetUpdate(session_, second, nullptr, 0, nullptr));
  ASSERT_JET_OK(JetPrepareUpdate(session_, second, JET_prepCancel));
  ASSERT_JET_OK(JetCloseTable(session_, second));
  ExpectSoundAfter(table);
}

// A dropped column's values stay with their record, referred to, and go with it.
TEST_F(ApiColumnRulesTest, LongValuesOfADroppedColumnGoWithTheirRecord) {
  const JET_TABLEID table = EmptyTable("rows");
  JET_COLUMNID value = 0, number = 0;
  ASSERT_JET_OK(Add(table, "value", {.type = JET_coltypLongBinary}, &value));
  ASSERT_JET_OK(Add(table, "number", {}, &number));
  const std::string large(9000, 'x');
  ASSERT_JET_OK(JetBeginTransaction(session_));
  for (int row = 0; row < 2; ++row) {
    ASSERT_JET_OK(JetPrepareUpdate(session_, table, JET_prepInsert));
    ASSERT_JET_OK(JetSetColumn(session_, table, value, large.data(), 9000, 0, nullptr));
    ASSERT_JET_OK(JetUpdate(session_, table, nullptr, 0, nullptr));
  }
  ASSERT_JET_OK(JetCommitTransaction(session_, 0));
  ASSERT_JET_OK(JetDeleteColumnA(session_, table, "value"));
  ASSERT_JET_OK(JetMove(session_, table, JET_MoveFirst, 0));
  ASSERT_JET_OK(JetPrepareUpdate(session_, table, JET_prepReplace));
  ASSERT_JET_OK(JetSetColumn(session_, table, number, &number, sizeof number, 0, nullptr));
  ASSERT_JET_OK(JetUpdate(session_, table, nullptr, 0, nullptr));
  for (int row = 0; row < 2; ++row) {
    ASSERT_JET_OK(JetMove(session_, table, JET_MoveFirst, 0));
    ASSERT_JET_OK(JetDelete(session_, table));
  }
  ExpectSoundAfter(table);  // To edbcheck.py, which knows no references of dropped columns, too.
}

TEST_F(ApiColumnRulesTest, KindsOfColumnsThatDoNotGoTogether) {
  const JET_TABLEID table = EmptyTable("rows");
  const auto refused = [&](JET_ERR error, JET_COLTYP type, JET_GRBIT grbit) {
    EXPECT_JET(error, Add(table, "column", {.type = type, .grbit = grbit}));
    EXPECT_JET(error, Create({.type = type, .grbit = grbit}));
  };
  const JET_GRBIT kTagged = JET_bitColumnTagged;
  for (const JET_COLTYP type : {JET_coltypLong, JET_coltypText, JET_coltypBinary}) {
    refused(JET_errMultiValuedColumnMustBeTagged, type, JET_bitColumnMultiValued);
    refused(JET_errColumnCannotBeCompressed, type, JET_bitColumnCompressed);
    refused(JET_errColumnCannotBeCompressed, type, JET_bitColumnCompressed | kTagged);
  }
  refused(JET_errCannotBeTagged, JET_coltypLong, JET_bitColumnAutoincrement | kTagged);
  refused(JET_errCannotBeTagged, JET_coltypLong, JET_bitColumnVersion | kTagged);
  EXPECT_JET_OK(Create({.type = JET_coltypLongText, .grbit = JET_bitColumnMultiValued}));
  EXPECT_JET_OK(Create({.type = JET_coltypLongText, .grbit = JET_bitColumnCompressed}));
  EXPECT_JET_OK(Create({.grbit = JET_bitColumnMultiValued | kTagged}));
  ExpectSoundAfter(table);
}

}  // namespace
}  // namespace contrail::test
