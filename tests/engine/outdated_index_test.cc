// Indexes over Unicode text that another ICU has made: what JetAttachDatabase does about them.

#include <gtest/gtest.h>

#include <filesystem>

#include "engine/instance.h"
#include "engine/table_ddl.h"
#include "tests/support/engine_under_test.h"
#include "tests/support/jet_fixture.h"
#include "tests/support/shared_data.h"

namespace contrail::test {
namespace {

constexpr uint32_t kUnicode = 1200;

class OutdatedIndexTest : public testing::Test {
 protected:
  std::string Path() const { return folder_ / "test.edb"; }

  // A table "t" with the column "name", an index "by_name" over it, and rows of these names.
  void Make(const std::vector<std::u16string>& names, JET_GRBIT index_grbit = 0) {
    JetDatabase database(folder_);
    const JET_SESID session = database.session();
    JET_TABLEID table = 0;
    ASSERT_JET_OK(JetCreateTableA(session, database.id(), "t", 1, 80, &table));
    JET_COLUMNDEF column = {};
    column.cbStruct = sizeof column;
    column.coltyp = JET_coltypText;
    column.cp = kUnicode;
    JET_COLUMNID name = 0;
    ASSERT_JET_OK(JetAddColumnA(session, table, "name", &column, nullptr, 0, &name));
    ASSERT_JET_OK(JetCreateIndexA(session, table, "by_name", index_grbit, "+name\0", 7, 80));
    for (const std::u16string& text : names) {
      ASSERT_JET_OK(JetPrepareUpdate(session, table, JET_prepInsert));
      ASSERT_JET_OK(JetSetColumn(session, table, name, text.data(),
                                 static_cast<uint32_t>(text.size() * 2), 0, nullptr));
      ASSERT_JET_OK(JetUpdate(session, table, nullptr, 0, nullptr));
    }
    ASSERT_JET_OK(database.engine().Term());
  }

  // As if another version of ICU had sorted the index.
  void MakeOutdated() {
    InstanceOptions options = EngineUnderTest::SmallOptions(folder_.path());
    Instance instance(PosixFileSystem(), DiscardEvents(), options);
    ASSERT_TRUE(instance.Initialize().ok());
    ASSERT_TRUE(instance.AttachDatabase(Path(), {}).ok());
    AttachedDatabase& database = *instance.FindDatabase(Path());
    {
      Session session(instance);
      OperationContext& context = session.context();
      ASSERT_TRUE(session.transaction().Begin(false).ok());
      const CatalogRow table = database.catalog().FindTable(session.transaction(), "t").value();
      const TableSchema schema =
          database.tables().LoadSchema(session.transaction(), table.table).value();
      const IndexSchema& before = *schema.FindIndex("by_name");
      IndexSchema after = before;
      after.sort_version ^= 0x0100000000000000;
      ASSERT_TRUE(database.catalog()
                      .Replace(context, MakeIndexRow(schema, before), MakeIndexRow(schema, after))
                      .ok());
      ASSERT_TRUE(database.catalog().CountLocale(context, before, -1).ok());
      ASSERT_TRUE(database.catalog().CountLocale(context, after, +1).ok());
      ASSERT_TRUE(session.transaction().Commit(CommitMode::kLazy).ok());
    }
    ASSERT_TRUE(instance.Terminate(TerminateMode::kComplete).ok());
  }

  struct Attached {
    JET_ERR error = 0;
    std::vector<std::u16string> names;  // By the index, if it is there.
    bool has_index = false;
    JET_ERR seek = 0;  // For the first name.
  };
  Attached Attach(JET_GRBIT grbit, bool rebuild = false, uint32_t checking = JET_IndexCheckingOn) {
    Attached result;
    JetInstance instance(folder_);
    JET_INSTANCE handle = instance.handle();
    const auto set = [&](uint32_t id, uintptr_t value) {
      EXPECT_JET_OK(JetSetSystemParameterA(&handle, JET_sesidNil, id, value, nullptr));
    };
    set(JET_paramContrailRebuildIndexes, rebuild);
    set(JET_paramEnableIndexChecking, checking);
    set(JET_paramEnableIndexCleanup, checking);
    EXPECT_JET_OK(instance.Init());
    JET_SESID session = 0;
    EXPECT_JET_OK(JetBeginSessionA(instance.handle(), &session, nullptr, nullptr));
    result.error = JetAttachDatabaseA(session, Path().c_str(), grbit);
    if (result.error >= 0) Read(session, grbit, &result);
    EXPECT_JET_OK(JetEndSession(session, 0));
    EXPECT_JET_OK(instance.Term());
    return result;
  }
  void Read(JET_SESID session, JET_GRBIT grbit, Attached* result) {
    JET_DBID id = 0;
    JET_TABLEID table = 0;
    EXPECT_JET_OK(
        JetOpenDatabaseA(session, Path().c_str(), nullptr, &id, grbit & JET_bitDbReadOnly));
    EXPECT_JET_OK(JetOpenTableA(session, id, "t", nullptr, 0, 0, &table));
    JET_COLUMNDEF column = {};
    EXPECT_JET_OK(
        JetGetTableColumnInfoA(session, table, "name", &column, sizeof column, JET_ColInfo));
    result->has_index = JetSetCurrentIndexA(session, table, "by_name") >= 0;
    JET_ERR error = JetMove(session, table, JET_MoveFirst, 0);
    while (error >= 0) {
      char16_t text[100];
      uint32_t size = 0;
      EXPECT_JET_OK(
          JetRetrieveColumn(session, table, column.columnid, text, sizeof text, &size, 0, nullptr));
      result->names.emplace_back(text, size / 2);
      error = JetMove(session, table, JET_MoveNext, 0);
    }
    if (!result->has_index || result->names.empty()) return;
    const std::u16string& first = result->names.front();
    result->seek = JetMakeKey(session, table, first.data(), static_cast<uint32_t>(first.size() * 2),
                              JET_bitNewKey);
    if (result->seek >= 0) result->seek = JetSeek(session, table, JET_bitSeekEQ);
  }

  JetFolder folder_;
};

const std::vector<std::u16string> kNames = {u"\u00e9", u"e", u"f"};
const std::vector<std::u16string> kSorted = {u"e", u"\u00e9", u"f"};

TEST_F(OutdatedIndexTest, IsNoticedAtAttach) {
  Make(kNames);
  EXPECT_JET(JET_errSuccess, Attach(0).error);
  MakeOutdated();
  for (int i = 0; i < 2; ++i) EXPECT_JET(JET_errSecondaryIndexCorrupted, Attach(0).error);
  // Read-only, and where nobody looks, it can be walked and nothing else.
  for (const Attached& attached :
       {Attach(JET_bitDbReadOnly), Attach(0, false, JET_IndexCheckingOff)}) {
    EXPECT_JET(JET_errSuccess, attached.error);
    EXPECT_EQ(attached.names, kSorted);
    EXPECT_JET(JET_errUnicodeNormalizationNotSupported, attached.seek);
  }
}

TEST_F(OutdatedIndexTest, IsDeletedOnRequest) {
  Make(kNames);
  EXPECT_JET(JET_errSuccess, Attach(JET_bitDbDeleteCorruptIndexes).error);
  MakeOutdated();
  const Attached attached = Attach(JET_bitDbDeleteCorruptIndexes);
  EXPECT_JET(JET_wrnCorruptIndexDeleted, attached.error);
  EXPECT_FALSE(attached.has_index);
  EXPECT_EQ(attached.names, kNames);
  EXPECT_JET(JET_errSuccess, Attach(0).error);
}

TEST_F(OutdatedIndexTest, IsRebuiltOnRequest) {
  Make(kNames);
  MakeOutdated();
  const Attached attached = Attach(0, true);
  EXPECT_JET(JET_errSuccess, attached.error);
  EXPECT_TRUE(attached.has_index);
  EXPECT_EQ(attached.names, kSorted);
  EXPECT_JET(JET_errSuccess, attached.seek);
  EXPECT_JET(JET_errSuccess, Attach(0).error);
}

TEST_F(OutdatedIndexTest, WithoutEntriesIsRecordedAnew) {
  for (const JET_GRBIT grbit : {JET_GRBIT{0}, JET_GRBIT{JET_bitIndexPrimary}}) {
    std::filesystem::remove(Path());
    Make({}, grbit);
    MakeOutdated();
    const Attached attached = Attach(0);
    EXPECT_JET(JET_errSuccess, attached.error);
    EXPECT_TRUE(attached.has_index);
  }
}

TEST_F(OutdatedIndexTest, PrimaryIndexCannotBeHelped) {
  Make(kNames, JET_bitIndexPrimary);
  MakeOutdated();
  EXPECT_JET(JET_errPrimaryIndexCorrupted, Attach(0).error);
  EXPECT_JET(JET_errPrimaryIndexCorrupted, Attach(JET_bitDbDeleteCorruptIndexes, true).error);
  EXPECT_EQ(Attach(JET_bitDbReadOnly).names, kSorted);
}

TEST_F(OutdatedIndexTest, UnicodeIndexesAreDeletedOnRequest) {
  Make(kNames);
  EXPECT_JET(JET_errInvalidGrbit, Attach(JET_bitDbDeleteUnicodeIndexes | JET_bitDbReadOnly).error);
  const Attached attached = Attach(JET_bitDbDeleteUnicodeIndexes);
  EXPECT_JET(JET_wrnCorruptIndexDeleted, attached.error);
  EXPECT_FALSE(attached.has_index);
}

}  // namespace
}  // namespace contrail::test
