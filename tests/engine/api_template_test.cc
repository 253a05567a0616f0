// Template tables and tables derived from them, through the API.

#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/jet_fixture.h"
#include "tests/support/sound_database.h"

namespace contrail::test {
namespace {

constexpr JET_COLUMNID kTemplateBit = 0x80000000;

JET_COLUMNCREATE_A Column(const char* name, JET_COLTYP type, JET_GRBIT grbit = 0) {
  JET_COLUMNCREATE_A column = {};
  column.cbStruct = sizeof(column);
  column.szColumnName = const_cast<char*>(name);
  column.coltyp = type;
  column.cp = 1252;
  column.grbit = grbit;
  return column;
}

template <size_t kSize>
JET_INDEXCREATE_A Index(const char* name, const char (&key)[kSize], JET_GRBIT grbit = 0) {
  JET_INDEXCREATE_A index = {};
  index.cbStruct = sizeof(index);
  index.szIndexName = const_cast<char*>(name);
  index.szKey = const_cast<char*>(key);
  index.cbKey = kSize;
  index.grbit = grbit;
  index.ulDensity = 80;
  return index;
}

class ApiTemplateTest : public testing::TestWithParam<uint32_t> {
 protected:
  static JetOptions Options() {
    JetOptions options;
    options.page_size = GetParam();
    return options;
  }

  // Columns of all three kinds, a primary and a secondary index.
  void CreateTemplate() {
    JET_COLUMNCREATE_A columns[] = {
        Column("id", JET_coltypLong, JET_bitColumnNotNULL), Column("title", JET_coltypText),
        Column("body", JET_coltypLongText), Column("mark", JET_coltypLong, JET_bitColumnTagged)};
    columns[3].pvDefault = &default_mark_;
    columns[3].cbDefault = sizeof(default_mark_);
    JET_INDEXCREATE_A indexes[] = {Index("main", "+id\0", JET_bitIndexPrimary),
                                   Index("by mark", "-mark\0")};
    JET_TABLECREATE_A create = {};
    create.cbStruct = sizeof(create);
    create.szTableName = const_cast<char*>("form");
    create.rgcolumncreate = columns;
    create.cColumns = 4;
    create.rgindexcreate = indexes;
    create.cIndexes = 2;
    create.grbit = JET_bitTableCreateTemplateTable;
    ASSERT_JET_OK(JetCreateTableColumnIndexA(session(), id(), &create));
    EXPECT_EQ(create.cCreated, 7u);
    EXPECT_EQ(columns[0].columnid, kTemplateBit | 1);
    EXPECT_EQ(columns[2].columnid, kTemplateBit | 256);
    ASSERT_JET_OK(JetCloseTable(session(), create.tableid));
  }

  JET_ERR CreateDerived(const char* name, JET_TABLEID* table) {
    JET_COLUMNCREATE_A columns[] = {
        Column("weight", JET_coltypShort), Column("note", JET_coltypText),
        Column("extra", JET_coltypLongBinary),
        Column("tags", JET_coltypText, JET_bitColumnTagged | JET_bitColumnMultiValued)};
    JET_INDEXCREATE_A indexes[] = {Index("mixed", "+tags\0+mark\0+weight\0")};
    JET_TABLECREATE_A create = {};
    create.cbStruct = sizeof(create);
    create.szTableName = const_cast<char*>(name);
    create.szTemplateTableName = const_cast<char*>("FORM");
    create.rgcolumncreate = columns;
    create.cColumns = 4;
    create.rgindexcreate = indexes;
    create.cIndexes = 1;
    const JET_ERR error = JetCreateTableColumnIndexA(session(), id(), &create);
    *table = create.tableid;
    if (error < 0) return error;
    EXPECT_EQ(create.cCreated, 6u);
    // Fixed and variable ids go on, tagged ones begin again.
    EXPECT_EQ(columns[0].columnid, 2u);
    EXPECT_EQ(columns[1].columnid, 129u);
    EXPECT_EQ(columns[2].columnid, 256u);
    EXPECT_EQ(columns[3].columnid, 257u);
    return error;
  }

  void Set(JET_TABLEID table, const char* column, const std::string& value, uint32_t itag = 1) {
    JET_SETINFO info = {sizeof(info), 0, itag};
    ASSERT_JET_OK(JetSetColumn(session(), table, database_->Column(table, column), value.data(),
                               static_cast<uint32_t>(value.size()), 0, &info));
  }
  std::string Get(JET_TABLEID table, const char* column, uint32_t itag = 1) {
    JET_RETINFO info = {sizeof(info), 0, itag, 0};
    std::string value(60'000, '\0');
    uint32_t size = 0;
    const JET_ERR error =
        JetRetrieveColumn(session(), table, database_->Column(table, column), value.data(),
                          static_cast<uint32_t>(value.size()), &size, 0, &info);
    EXPECT_GE(error, 0) << JetErrorText(error);
    if (error == JET_wrnColumnNull) return "(null)";
    value.resize(size);
    return value;
  }
  static std::string Number(int32_t number) {
    return {reinterpret_cast<const char*>(&number), sizeof(number)};
  }

  void InsertRow(JET_TABLEID table, int32_t row) {
    ASSERT_JET_OK(JetPrepareUpdate(session(), table, JET_prepInsert));
    Set(table, "id", Number(row));
    Set(table, "title", "title " + std::to_string(row));
    if (row % 3 == 0) Set(table, "body", std::string(5000 + static_cast<size_t>(row), 'b'));
    if (row % 2 == 0) Set(table, "mark", Number(row / 4));
    Set(table, "weight", Number(row).substr(0, 2));
    Set(table, "note", "note");
    if (row % 5 == 0) Set(table, "extra", std::string(300, 'e'));
    Set(table, "tags", "red", 1);
    Set(table, "tags", "tag" + std::to_string(row % 4), 2);
    ASSERT_JET_OK(JetUpdate(session(), table, nullptr, 0, nullptr));
  }
  void ExpectRow(JET_TABLEID table, int32_t row) {
    EXPECT_EQ(Get(table, "id"), Number(row));
    EXPECT_EQ(Get(table, "title"), "title " + std::to_string(row));
    EXPECT_EQ(Get(table, "body"),
              row % 3 == 0 ? std::string(5000 + static_cast<size_t>(row), 'b') : "(null)");
    EXPECT_EQ(Get(table, "mark"), Number(row % 2 == 0 ? row / 4 : default_mark_));
    EXPECT_EQ(Get(table, "weight"), Number(row).substr(0, 2));
    EXPECT_EQ(Get(table, "extra"), row % 5 == 0 ? std::string(300, 'e') : "(null)");
    EXPECT_EQ(Get(table, "tags", 2), "tag" + std::to_string(row % 4));
  }

  void Start() { database_ = std::make_unique<JetDatabase>(folder_, Options()); }
  void Stop() {
    ASSERT_JET_OK(JetCloseDatabase(session(), id(), 0));
    ASSERT_JET_OK(database_->engine().Term());
    database_.reset();
  }
  JET_SESID session() const { return database_->session(); }
  JET_DBID id() const { return database_->id(); }

  JetFolder folder_;
  std::unique_ptr<JetDatabase> database_;
  int32_t default_mark_ = 77;
};

TEST_P(ApiTemplateTest, DerivedTableHasBothTheColumns) {
  Start();
  CreateTemplate();
  JET_TABLEID table = 0;
  ASSERT_JET_OK(CreateDerived("letter", &table));
  ASSERT_JET_OK(JetBeginTransaction(session()));
  for (int32_t row = 0; row < 40; ++row) InsertRow(table, row);
  ASSERT_JET_OK(JetCommitTransaction(session(), 0));
  ASSERT_JET_OK(JetCloseTable(session(), table));
  Stop();
  EXPECT_SOUND(folder_ / "test.edb");

  Start();
  table = database_->Open("letter");
  JET_ERR error = JetMove(session(), table, JET_MoveFirst, 0);
  for (int32_t row = 0; row < 40; ++row) {
    ASSERT_JET_OK(error);
    ExpectRow(table, row);
    error = JetMove(session(), table, JET_MoveNext, 0);
  }
  EXPECT_JET(JET_errNoCurrentRecord, error);
  EXPECT_EQ(database_->Column(table, "mark"), kTemplateBit | 257);
  EXPECT_EQ(database_->Column(table, "tags"), 257u);
  EXPECT_EQ(database_->Column(table, "title"), kTemplateBit | 128);
  // Either form of the id of a column that cannot be mistaken.
  char title[64];
  ASSERT_JET_OK(JetMove(session(), table, JET_MoveFirst, 0));
  ASSERT_JET_OK(
      JetRetrieveColumn(session(), table, 128, title, sizeof(title), nullptr, 0, nullptr));

  // The inherited index, descending, and the own one over columns of both.
  ASSERT_JET_OK(JetSetCurrentIndexA(session(), table, "by mark"));
  ASSERT_JET_OK(JetMove(session(), table, JET_MoveFirst, 0));
  EXPECT_EQ(Get(table, "mark"), Number(default_mark_));
  ASSERT_JET_OK(JetSetCurrentIndexA(session(), table, "mixed"));
  const int32_t mark = 5;
  ASSERT_JET_OK(JetMakeKey(session(), table, "tag2", 4, JET_bitNewKey));
  ASSERT_JET_OK(JetMakeKey(session(), table, &mark, sizeof(mark), 0));
  const int16_t weight = 22;
  ASSERT_JET_OK(JetMakeKey(session(), table, &weight, sizeof(weight), 0));
  ASSERT_JET_OK(JetSeek(session(), table, JET_bitSeekEQ));
  EXPECT_EQ(Get(table, "title"), "title 22");

  ASSERT_JET_OK(JetBeginTransaction(session()));
  for (int32_t row = 0; row < 40; row += 2) {
    ASSERT_JET_OK(JetSetCurrentIndexA(session(), table, nullptr));
    ASSERT_JET_OK(JetMakeKey(session(), table, &row, sizeof(row), JET_bitNewKey));
    ASSERT_JET_OK(JetSeek(session(), table, JET_bitSeekEQ));
    ASSERT_JET_OK(JetPrepareUpdate(session(), table, JET_prepReplace));
    Set(table, "body", std::string(3000, 'r'));
    Set(table, "mark", Number(-row));
    ASSERT_JET_OK(JetUpdate(session(), table, nullptr, 0, nullptr));
    if (row % 8 == 0) ASSERT_JET_OK(JetDelete(session(), table));
  }
  ASSERT_JET_OK(JetCommitTransaction(session(), 0));
  ASSERT_JET_OK(JetCloseTable(session(), table));
  Stop();
  EXPECT_SOUND(folder_ / "test.edb");
}

TEST_P(ApiTemplateTest, WhatIsInheritedCannotBeChanged) {
  Start();
  CreateTemplate();
  JET_TABLEID table = 0;
  ASSERT_JET_OK(CreateDerived("letter", &table));
  EXPECT_JET(JET_errFixedInheritedDDL, JetDeleteColumnA(session(), table, "title"));
  EXPECT_JET(JET_errColumnNotFound, JetDeleteColumn2A(session(), table, "title",
                                                      JET_bitDeleteColumnIgnoreTemplateColumns));
  EXPECT_JET(JET_errFixedInheritedDDL, JetRenameColumnA(session(), table, "title", "other", 0));
  EXPECT_JET(JET_errFixedInheritedDDL, JetDeleteIndexA(session(), table, "by mark"));
  const auto set_default = [&](const char* name, const char* column) {
    const std::string number = Number(5);
    return JetSetColumnDefaultValueA(session(), id(), name, column, number.data(), 4, 0);
  };
  EXPECT_JET(JET_errFixedInheritedDDL, set_default("letter", "mark"));
  EXPECT_JET(JET_errFixedDDL, set_default("form", "mark"));
  EXPECT_JET(JET_errColumnInUse, set_default("letter", "tags"));
  EXPECT_JET_OK(set_default("letter", "note"));
  EXPECT_JET(JET_errColumnDuplicate, [&] {
    JET_COLUMNDEF def = {};
    def.cbStruct = sizeof(def);
    def.coltyp = JET_coltypLong;
    return JetAddColumnA(session(), table, "Title", &def, nullptr, 0, nullptr);
  }());
  ASSERT_JET_OK(JetDeleteIndexA(session(), table, "mixed"));
  ASSERT_JET_OK(JetDeleteColumnA(session(), table, "tags"));
  char name[64] = {};
  ASSERT_JET_OK(
      JetGetTableInfoA(session(), table, name, sizeof(name), JET_TblInfoTemplateTableName));
  EXPECT_STREQ(name, "form");
  JET_COLUMNBASE_A base = {};
  ASSERT_JET_OK(
      JetGetTableColumnInfoA(session(), table, "title", &base, sizeof(base), JET_ColInfoBase));
  EXPECT_STREQ(base.szBaseTableName, "form");
  ASSERT_JET_OK(
      JetGetTableColumnInfoA(session(), table, "note", &base, sizeof(base), JET_ColInfoBase));
  EXPECT_STREQ(base.szBaseTableName, "letter");
  ASSERT_JET_OK(JetCloseTable(session(), table));

  EXPECT_JET(JET_errCannotDeleteTemplateTable, JetDeleteTableA(session(), id(), "form"));
  EXPECT_JET(JET_errFixedDDL, JetRenameTableA(session(), id(), "form", "shape"));
  const JET_TABLEID form = database_->Open("form");
  EXPECT_JET(JET_errFixedDDL, JetDeleteColumnA(session(), form, "title"));
  ASSERT_JET_OK(JetCloseTable(session(), form));
  ASSERT_JET_OK(JetDeleteTableA(session(), id(), "letter"));
  Stop();
  EXPECT_SOUND(folder_ / "test.edb");
}

TEST_P(ApiTemplateTest, OnlyATemplateCanBeInherited) {
  Start();
  database_->CreateRows("plain");
  JET_TABLECREATE_A create = {};
  create.cbStruct = sizeof(create);
  create.szTableName = const_cast<char*>("child");
  create.szTemplateTableName = const_cast<char*>("plain");
  EXPECT_JET(JET_errDDLNotInheritable, JetCreateTableColumnIndexA(session(), id(), &create));
  create.szTemplateTableName = const_cast<char*>("absent");
  EXPECT_JET(JET_errObjectNotFound, JetCreateTableColumnIndexA(session(), id(), &create));
  create.grbit = JET_bitTableCreateTemplateTable;
  EXPECT_JET(JET_errCannotNestDDL, JetCreateTableColumnIndexA(session(), id(), &create));
  create.szTemplateTableName = nullptr;
  create.grbit |= JET_bitTableCreateNoFixedVarColumnsInDerivedTables;
  EXPECT_JET(JET_errInvalidGrbit, JetCreateTableColumnIndexA(session(), id(), &create));
}

INSTANTIATE_TEST_SUITE_P(PageSizes, ApiTemplateTest, testing::Values(4096u, 32768u),
                         [](const auto& info) { return std::to_string(info.param); });

}  // namespace
}  // namespace contrail::test
