// Definitions through the API: tables, columns and indexes made, changed, reported; W forms; lists;
// enumeration.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <vector>

#include "tests/support/jet_fixture.h"

namespace contrail::test {
namespace {

class ApiSchemaTest : public testing::Test {
 protected:
  ApiSchemaTest() : database_(folder_), session_(database_.session()) {}

  JET_ERR AddColumn(JET_TABLEID table, const char* name, JET_COLTYP type, JET_GRBIT grbit = 0,
                    JET_COLUMNID* id = nullptr) {
    JET_COLUMNDEF def = {};
    def.cbStruct = sizeof(def);
    def.coltyp = type;
    def.cp = 1252;
    def.grbit = grbit;
    return JetAddColumnA(session_, table, name, &def, nullptr, 0, id);
  }

  // The texts in a column of a list, in its order.
  std::vector<std::string> Texts(JET_TABLEID list, JET_COLUMNID column) {
    std::vector<std::string> texts;
    JET_ERR error = JetMove(session_, list, JET_MoveFirst, 0);
    while (error == JET_errSuccess) {
      char text[256];
      uint32_t actual = 0;
      EXPECT_JET_OK(
          JetRetrieveColumn(session_, list, column, text, sizeof(text), &actual, 0, nullptr));
      texts.emplace_back(text, actual);
      error = JetMove(session_, list, JET_MoveNext, 0);
    }
    EXPECT_JET(JET_errNoCurrentRecord, error);
    EXPECT_JET_OK(JetCloseTable(session_, list));
    return texts;
  }

  JetFolder folder_;
  JetDatabase database_;
  JET_SESID session_;
};

TEST_F(ApiSchemaTest, SegmentsAreNoLongerThanKeys) {
  JET_TABLEID table = 0;
  ASSERT_JET_OK(JetCreateTableA(session_, database_.id(), "parts", 1, 80, &table));
  ASSERT_JET_OK(AddColumn(table, "name", JET_coltypText));
  const auto create = [&](const char* name, uint32_t segment_most, uint32_t key_most) {
    char key[] = "+name\0";
    char index_name[8];
    std::snprintf(index_name, sizeof(index_name), "%s", name);
    JET_INDEXCREATE_A index = {};
    index.cbStruct = sizeof(index);
    index.szIndexName = index_name;
    index.szKey = key;
    index.cbKey = sizeof(key);
    index.ulDensity = 90;
    index.cbVarSegMac = segment_most;
    index.cbKeyMost = key_most;
    index.grbit = key_most != 0 ? JET_bitIndexKeyMost : 0;
    return JetCreateIndex2A(session_, table, &index, 1);
  };
  for (const uint32_t most : {256u, 2000u, 65536u, 65546u, 0xffffffffu}) {
    EXPECT_JET(JET_errIndexInvalidDef, create("bad", most, 0));
  }
  EXPECT_JET(JET_errIndexInvalidDef, create("bad", 501, 500));
  EXPECT_JET_OK(create("a", 255, 0));
  EXPECT_JET_OK(create("b", 500, 500));
  EXPECT_JET_OK(create("c", 10, 0));
}

// Their records would have to go when the column reaches zero, and nobody would delete them.
TEST_F(ApiSchemaTest, EscrowColumnsThatDeleteAtZeroAreRefused) {
  JET_TABLEID table = 0;
  ASSERT_JET_OK(JetCreateTableA(session_, database_.id(), "counts", 1, 80, &table));
  const auto add = [&](const char* name, JET_GRBIT grbit) {
    JET_COLUMNDEF def = {};
    def.cbStruct = sizeof(def);
    def.coltyp = JET_coltypLong;
    def.grbit = grbit;
    const int32_t zero = 0;
    return JetAddColumnA(session_, table, name, &def, &zero, sizeof zero, nullptr);
  };
  constexpr JET_GRBIT kEscrow = JET_bitColumnEscrowUpdate | JET_bitColumnFixed;
  EXPECT_JET(JET_errFeatureNotAvailable, add("a", kEscrow | JET_bitColumnFinalize));
  EXPECT_JET(JET_errFeatureNotAvailable, add("a", kEscrow | JET_bitColumnDeleteOnZero));
  EXPECT_JET(JET_errInvalidGrbit,
             add("a", kEscrow | JET_bitColumnFinalize | JET_bitColumnDeleteOnZero));
  EXPECT_JET(JET_errInvalidGrbit, add("a", JET_bitColumnDeleteOnZero));
  EXPECT_JET_OK(add("a", kEscrow));
}

TEST_F(ApiSchemaTest, TableIsMadeColumnByColumn) {
  JET_TABLEID table = 0;
  ASSERT_JET_OK(JetCreateTableA(session_, database_.id(), "parts", 1, 80, &table));
  JET_COLUMNID id = 0;
  ASSERT_JET_OK(AddColumn(table, "key", JET_coltypLong, JET_bitColumnAutoincrement, &id));
  ASSERT_JET_OK(AddColumn(table, "note", JET_coltypLongText));
  EXPECT_JET(JET_errColumnDuplicate, AddColumn(table, "NOTE", JET_coltypLong));
  EXPECT_JET(JET_errInvalidColumnType, AddColumn(table, "x", 13));
  EXPECT_JET(JET_errInvalidGrbit, AddColumn(table, "x", JET_coltypLong, JET_bitColumnTTKey));
  ASSERT_JET_OK(JetCreateIndexA(session_, table, "main", JET_bitIndexPrimary, "+key\0", 6, 80));
  EXPECT_JET(JET_errIndexHasPrimary,
             JetCreateIndexA(session_, table, "again", JET_bitIndexPrimary, "+key\0", 6, 80));
  EXPECT_JET(JET_errColumnNotFound, JetCreateIndexA(session_, table, "bad", 0, "+absent\0", 9, 80));
  EXPECT_JET(JET_errIndexInvalidDef, JetCreateIndexA(session_, table, "bad", 0, "+key", 5, 80));
  EXPECT_JET(JET_errColumnInUse, JetDeleteColumnA(session_, table, "key"));
  ASSERT_JET_OK(JetDeleteColumnA(session_, table, "note"));
  EXPECT_JET(JET_errColumnNotFound, JetDeleteColumnA(session_, table, "note"));

  JET_COLUMNDEF def = {};
  ASSERT_JET_OK(JetGetTableColumnInfoA(session_, table, "key", &def, sizeof(def), JET_ColInfo));
  EXPECT_EQ(def.columnid, id);
  EXPECT_EQ(def.coltyp, JET_COLTYP{JET_coltypLong});
  EXPECT_NE(def.grbit & JET_bitColumnAutoincrement, 0u);
  JET_COLUMNDEF by_id = {};
  ASSERT_JET_OK(JetGetTableColumnInfoA(session_, table, reinterpret_cast<const char*>(&id), &by_id,
                                       sizeof(by_id), JET_ColInfoByColid));
  EXPECT_EQ(std::memcmp(&def, &by_id, sizeof(def)), 0);
  EXPECT_JET(JET_errTableDuplicate,
             JetCreateTableA(session_, database_.id(), "PARTS", 1, 80, &table));
}

// As Windows has it: a tagged column may be one that must have a value.
TEST_F(ApiSchemaTest, TaggedColumnMayBeRequired) {
  database_.CreateRows("rows");
  const JET_TABLEID table = database_.Open("rows");
  JET_COLUMNID id = 0;
  ASSERT_JET_OK(AddColumn(table, "must", JET_coltypLongText, JET_bitColumnNotNULL, &id));
  const int32_t key = 1;
  ASSERT_JET_OK(JetPrepareUpdate(session_, table, JET_prepInsert));
  ASSERT_JET_OK(
      JetSetColumn(session_, table, database_.Column(table, "id"), &key, sizeof(key), 0, nullptr));
  EXPECT_JET(JET_errNullInvalid, JetUpdate(session_, table, nullptr, 0, nullptr));
  ASSERT_JET_OK(JetSetColumn(session_, table, id, "text", 4, 0, nullptr));
  ASSERT_JET_OK(JetUpdate(session_, table, nullptr, 0, nullptr));
}

// MSysLocales counts the indexes over Unicode text, primary ones too.
TEST_F(ApiSchemaTest, DroppedTableIsNoUserOfASortOrder) {
  const auto users = [&] {
    const JET_TABLEID locales = database_.Open("MSysLocales");
    int32_t sum = 0;
    for (JET_ERR error = JetMove(session_, locales, JET_MoveFirst, 0); error >= 0;
         error = JetMove(session_, locales, JET_MoveNext, 0)) {
      char16_t key[200] = {};
      int32_t value = 0;
      EXPECT_JET_OK(
          JetRetrieveColumn(session_, locales, 128, key, sizeof(key), nullptr, 0, nullptr));
      EXPECT_JET_OK(
          JetRetrieveColumn(session_, locales, 2, &value, sizeof(value), nullptr, 0, nullptr));
      if (std::u16string_view(key).starts_with(u"LocaleName=")) sum += value;
    }
    EXPECT_JET_OK(JetCloseTable(session_, locales));
    return sum;
  };
  JET_TABLEID table = 0;
  ASSERT_JET_OK(JetCreateTableA(session_, database_.id(), "texts", 1, 80, &table));
  JET_COLUMNDEF def = {};
  def.cbStruct = sizeof(def);
  def.coltyp = JET_coltypText;
  def.cp = 1200;
  ASSERT_JET_OK(JetAddColumnA(session_, table, "text", &def, nullptr, 0, nullptr));
  ASSERT_JET_OK(JetCreateIndexA(session_, table, "main", JET_bitIndexPrimary, "+text\0", 7, 80));
  ASSERT_JET_OK(JetCreateIndexA(session_, table, "other", 0, "-text\0", 7, 80));
  EXPECT_EQ(users(), 2);
  ASSERT_JET_OK(JetCloseTable(session_, table));
  ASSERT_JET_OK(JetDeleteTableA(session_, database_.id(), "texts"));
  EXPECT_EQ(users(), 0);
}

TEST_F(ApiSchemaTest, DeletingAndRenamingTables) {
  database_.CreateRows("one");
  JET_TABLEID table = database_.Open("one");
  EXPECT_JET(JET_errTableInUse, JetDeleteTableA(session_, database_.id(), "one"));
  ASSERT_JET_OK(JetCloseTable(session_, table));
  ASSERT_JET_OK(JetRenameTableA(session_, database_.id(), "one", "two"));
  EXPECT_JET(JET_errObjectNotFound,
             JetOpenTableA(session_, database_.id(), "one", nullptr, 0, 0, &table));
  EXPECT_EQ(table, JET_tableidNil);
  ASSERT_JET_OK(JetDeleteTableA(session_, database_.id(), "two"));
  EXPECT_JET(JET_errObjectNotFound, JetDeleteTableA(session_, database_.id(), "two"));
  EXPECT_JET(JET_errCannotDeleteSystemTable,
             JetDeleteTableA(session_, database_.id(), "MSysObjects"));
}

TEST_F(ApiSchemaTest, RolledBackTableWasNever) {
  ASSERT_JET_OK(JetBeginTransaction(session_));
  database_.CreateRows("gone");
  const JET_TABLEID table = database_.Open("gone");
  ASSERT_JET_OK(JetRollback(session_, 0));
  // The cursor opened inside went with it.
  EXPECT_JET(JET_errInvalidTableId, JetMove(session_, table, JET_MoveFirst, 0));
  JET_TABLEID again = 0;
  EXPECT_JET(JET_errObjectNotFound,
             JetOpenTableA(session_, database_.id(), "gone", nullptr, 0, 0, &again));
  database_.CreateRows("gone");
  EXPECT_NE(database_.Open("gone"), JET_tableidNil);
}

TEST_F(ApiSchemaTest, FailedTableCreationLeavesNothing) {
  JET_COLUMNCREATE_W columns[2] = {};
  columns[0].cbStruct = columns[1].cbStruct = sizeof(columns[0]);
  columns[0].szColumnName = u"sp\u00e4t";
  columns[0].coltyp = JET_coltypLong;
  columns[1].szColumnName = u"bad";
  columns[1].coltyp = 99;
  JET_TABLECREATE3_W create = {};
  create.cbStruct = sizeof(create);
  create.szTableName = u"wide";
  create.rgcolumncreate = columns;
  create.cColumns = 2;
  EXPECT_JET(JET_errInvalidColumnType,
             JetCreateTableColumnIndex3W(session_, database_.id(), &create));
  EXPECT_EQ(columns[0].err, JET_errSuccess);
  EXPECT_EQ(columns[1].err, JET_errInvalidColumnType);
  EXPECT_EQ(create.tableid, JET_tableidNil);
  JET_TABLEID table = 0;
  EXPECT_JET(JET_errObjectNotFound,
             JetOpenTableW(session_, database_.id(), u"wide", nullptr, 0, 0, &table));
  create.cbStruct = sizeof(create) - 8;
  EXPECT_JET(JET_errInvalidParameter,
             JetCreateTableColumnIndex3W(session_, database_.id(), &create));
}

TEST_F(ApiSchemaTest, SecondaryIndexOrdersRows) {
  database_.CreateRows("rows");
  const JET_TABLEID table = database_.Open("rows");
  const JET_COLUMNID id = database_.Column(table, "id"), name = database_.Column(table, "name");
  const char* names[] = {"pear", "apple", "fig"};
  for (int32_t i = 0; i < 3; ++i) {
    ASSERT_JET_OK(JetPrepareUpdate(session_, table, JET_prepInsert));
    ASSERT_JET_OK(JetSetColumn(session_, table, id, &i, sizeof(i), 0, nullptr));
    ASSERT_JET_OK(JetSetColumn(session_, table, name, names[i],
                               static_cast<uint32_t>(std::strlen(names[i])), 0, nullptr));
    ASSERT_JET_OK(JetUpdate(session_, table, nullptr, 0, nullptr));
  }
  ASSERT_JET_OK(JetCreateIndexW(session_, table, u"by name", 0, u"-name\0", 14, 90));
  ASSERT_JET_OK(JetSetCurrentIndexA(session_, table, "by name"));
  char16_t current[32];
  ASSERT_JET_OK(JetGetCurrentIndexW(session_, table, current, sizeof(current)));
  EXPECT_EQ(std::u16string(current), u"by name");
  std::vector<int32_t> order;
  for (JET_ERR error = JetMove(session_, table, JET_MoveFirst, 0); error == JET_errSuccess;
       error = JetMove(session_, table, JET_MoveNext, 0)) {
    int32_t value = -1;
    ASSERT_JET_OK(
        JetRetrieveColumn(session_, table, id, &value, sizeof(value), nullptr, 0, nullptr));
    order.push_back(value);
  }
  EXPECT_EQ(order, (std::vector<int32_t>{0, 2, 1}));

  JET_INDEXID index = {};
  ASSERT_JET_OK(
      JetGetTableIndexInfoA(session_, table, "by name", &index, sizeof(index), JET_IdxInfoIndexId));
  ASSERT_JET_OK(JetSetCurrentIndexA(session_, table, nullptr));
  ASSERT_JET_OK(JetSetCurrentIndex4A(session_, table, nullptr, &index, 0, 1));
  EXPECT_JET(JET_errIndexNotFound, JetSetCurrentIndexA(session_, table, "absent"));
  ASSERT_JET_OK(JetSetCurrentIndexA(session_, table, nullptr));
  ASSERT_JET_OK(JetDeleteIndexA(session_, table, "by name"));
  EXPECT_JET(JET_errInvalidIndexId, JetSetCurrentIndex4A(session_, table, nullptr, &index, 0, 1));
  EXPECT_JET(JET_errIndexNotFound, JetDeleteIndexA(session_, table, "by name"));
}

TEST_F(ApiSchemaTest, ListsAreTables) {
  database_.CreateRows("rows");
  JET_OBJECTLIST objects = {};
  ASSERT_JET_OK(JetGetObjectInfoA(session_, database_.id(), JET_objtypTable, nullptr, nullptr,
                                  &objects, sizeof(objects), JET_ObjInfoListNoStats));
  const std::vector<std::string> tables = Texts(objects.tableid, objects.columnidobjectname);
  EXPECT_EQ(tables.size(), objects.cRecord);
  EXPECT_NE(std::find(tables.begin(), tables.end(), "rows"), tables.end());
  EXPECT_NE(std::find(tables.begin(), tables.end(), "MSysObjects"), tables.end());

  const JET_TABLEID table = database_.Open("rows");
  JET_COLUMNLIST columns = {};
  ASSERT_JET_OK(
      JetGetTableColumnInfoA(session_, table, nullptr, &columns, sizeof(columns), JET_ColInfoList));
  EXPECT_EQ(Texts(columns.tableid, columns.columnidcolumnname),
            (std::vector<std::string>{"data", "id", "name"}));
  JET_INDEXLIST indexes = {};
  ASSERT_JET_OK(
      JetGetTableIndexInfoA(session_, table, nullptr, &indexes, sizeof(indexes), JET_IdxInfoList));
  EXPECT_EQ(Texts(indexes.tableid, indexes.columnidindexname),
            (std::vector<std::string>{"primary"}));

  JET_OBJECTINFO info = {};
  ASSERT_JET_OK(JetGetObjectInfoW(session_, database_.id(), JET_objtypTable, nullptr,
                                  u"MSysObjects", &info, sizeof(info), JET_ObjInfoNoStats));
  EXPECT_NE(info.flags & JET_bitObjectSystem, 0u);
  char16_t name[65];
  ASSERT_JET_OK(JetGetTableInfoW(session_, table, name, sizeof(name), JET_TblInfoName));
  EXPECT_EQ(std::u16string(name), u"rows");
  uint32_t space[2] = {};
  ASSERT_JET_OK(JetGetTableInfoA(session_, table, space, sizeof(space), JET_TblInfoSpaceUsage));
  EXPECT_GE(space[0], 1u);
}

TEST_F(ApiSchemaTest, SystemTablesAreReadOnly) {
  const JET_TABLEID table = database_.Open("MSysObjects");
  EXPECT_JET_OK(JetMove(session_, table, JET_MoveFirst, 0));
  EXPECT_JET(JET_errPermissionDenied, JetDelete(session_, table));
  EXPECT_JET(JET_errPermissionDenied, AddColumn(table, "x", JET_coltypLong));
}

// Counts what is allocated and frees nothing it does not know.
struct Allocations {
  std::map<void*, uint32_t> live;
  static void* Call(void* context, void* memory, uint32_t size) {
    auto* self = static_cast<Allocations*>(context);
    if (size == 0) {
      EXPECT_EQ(self->live.erase(memory), 1u);
      std::free(memory);
      return nullptr;
    }
    EXPECT_EQ(memory, nullptr);
    void* block = std::malloc(size);
    self->live[block] = size;
    return block;
  }
};

TEST_F(ApiSchemaTest, EnumerationGivesEveryValue) {
  JET_TABLEID table = 0;
  ASSERT_JET_OK(JetCreateTableA(session_, database_.id(), "many", 1, 80, &table));
  JET_COLUMNID number = 0, tags = 0, empty = 0;
  ASSERT_JET_OK(AddColumn(table, "number", JET_coltypLong, 0, &number));
  ASSERT_JET_OK(AddColumn(table, "tags", JET_coltypLongText,
                          JET_bitColumnMultiValued | JET_bitColumnTagged, &tags));
  ASSERT_JET_OK(AddColumn(table, "empty", JET_coltypText, 0, &empty));
  ASSERT_JET_OK(JetBeginTransaction(session_));
  ASSERT_JET_OK(JetPrepareUpdate(session_, table, JET_prepInsert));
  const int32_t seven = 7;
  ASSERT_JET_OK(JetSetColumn(session_, table, number, &seven, sizeof(seven), 0, nullptr));
  for (const char* tag : {"red", "green", "blue"}) {
    JET_SETINFO info = {};
    info.cbStruct = sizeof(info);
    info.itagSequence = 0;
    ASSERT_JET_OK(JetSetColumn(session_, table, tags, tag, static_cast<uint32_t>(std::strlen(tag)),
                               0, &info));
  }
  ASSERT_JET_OK(JetUpdate(session_, table, nullptr, 0, nullptr));
  ASSERT_JET_OK(JetCommitTransaction(session_, 0));
  ASSERT_JET_OK(JetMove(session_, table, JET_MoveFirst, 0));

  Allocations memory;
  uint32_t count = 0;
  JET_ENUMCOLUMN* columns = nullptr;
  ASSERT_JET_OK(JetEnumerateColumns(session_, table, 0, nullptr, &count, &columns,
                                    &Allocations::Call, &memory, 4, 0));
  ASSERT_EQ(count, 2u);
  EXPECT_EQ(columns[0].columnid, number);
  ASSERT_EQ(columns[1].cEnumColumnValue, 3u);
  EXPECT_EQ(columns[1].rgEnumColumnValue[1].err, JET_wrnColumnTruncated);
  EXPECT_EQ(std::string(static_cast<char*>(columns[1].rgEnumColumnValue[1].pvData), 4), "gree");
  for (const auto& [block, size] : std::map(memory.live)) {
    Allocations::Call(&memory, block, 0);
  }

  JET_ENUMCOLUMNID wanted[2] = {};
  wanted[0].columnid = empty;
  wanted[1].columnid = number;
  ASSERT_JET_OK(JetEnumerateColumns(session_, table, 2, wanted, &count, &columns,
                                    &Allocations::Call, &memory, 100,
                                    JET_bitEnumerateCompressOutput));
  ASSERT_EQ(count, 2u);
  EXPECT_EQ(columns[0].err, JET_wrnColumnNull);
  EXPECT_EQ(columns[1].err, JET_wrnColumnSingleValue);
  EXPECT_EQ(columns[1].cbData, 4u);
  for (const auto& [block, size] : std::map(memory.live)) {
    Allocations::Call(&memory, block, 0);
  }
  wanted[1].columnid = 200;
  EXPECT_JET(JET_errColumnNotFound,
             JetEnumerateColumns(session_, table, 2, wanted, &count, &columns, &Allocations::Call,
                                 &memory, 100, 0));
  EXPECT_TRUE(memory.live.empty());

  JET_RETRIEVECOLUMN values[2] = {};
  values[0].columnid = tags;
  values[0].itagSequence = 0;
  char text[8];
  values[1].columnid = tags;
  values[1].itagSequence = 3;
  values[1].pvData = text;
  values[1].cbData = sizeof(text);
  ASSERT_JET_OK(JetRetrieveColumns(session_, table, values, 2));
  EXPECT_EQ(values[0].itagSequence, 3u);
  EXPECT_EQ(std::string(text, values[1].cbActual), "blue");
}

}  // namespace
}  // namespace contrail::test
