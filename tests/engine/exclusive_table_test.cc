// Tables that a session has for itself: those that it has made, as long as the cursor it got is
// open, and those opened with JET_bitTableDenyRead.

#include <gtest/gtest.h>

#include "tests/support/jet_fixture.h"

namespace contrail::test {
namespace {

class ExclusiveTableTest : public testing::Test {
 protected:
  ExclusiveTableTest() : database_(folder_), session_(database_.session()) {
    other_ = database_.NewSession();
    EXPECT_JET_OK(JetOpenDatabaseA(other_, (folder_ / "test.edb").c_str(), nullptr, &others_, 0));
  }

  JET_TABLEID Create() {
    JET_TABLEID table = JET_tableidNil;
    EXPECT_JET_OK(JetCreateTableA(session_, database_.id(), "mine", 1, 80, &table));
    return table;
  }
  JET_ERR Open(JET_GRBIT grbit = 0, JET_TABLEID* table = nullptr) {
    JET_TABLEID opened = JET_tableidNil;
    return JetOpenTableA(session_, database_.id(), "mine", nullptr, 0, grbit,
                         table != nullptr ? table : &opened);
  }
  JET_ERR OtherOpens(JET_GRBIT grbit = 0) {
    return JetOpenTableA(other_, others_, "mine", nullptr, 0, grbit, &others_table_);
  }

  JetFolder folder_;
  JetDatabase database_;
  JET_SESID session_, other_ = JET_sesidNil;
  JET_DBID others_ = JET_dbidNil;
  JET_TABLEID others_table_ = JET_tableidNil;
};

TEST_F(ExclusiveTableTest, ANewTableIsItsMakersUntilClosed) {
  const JET_TABLEID made = Create();
  EXPECT_JET(JET_errTableLocked, OtherOpens());
  EXPECT_JET(JET_errTableLocked, OtherOpens(JET_bitTableReadOnly));
  EXPECT_JET(JET_errTableLocked, JetDeleteTableA(other_, others_, "mine"));
  // The session itself opens it again, in any way, and that does not make it anybody's longer.
  JET_TABLEID again = JET_tableidNil, twice = JET_tableidNil;
  ASSERT_JET_OK(Open(0, &again));
  ASSERT_JET_OK(Open(JET_bitTableDenyRead, &twice));
  ASSERT_JET_OK(JetCloseTable(session_, twice));
  EXPECT_JET(JET_errTableLocked, OtherOpens());
  ASSERT_JET_OK(JetCloseTable(session_, made));
  EXPECT_JET_OK(OtherOpens());
  ASSERT_JET_OK(JetCloseTable(session_, again));
}

TEST_F(ExclusiveTableTest, ADuplicateOfTheCursorKeepsNobodyOut) {
  const JET_TABLEID made = Create();
  JET_TABLEID duplicate = JET_tableidNil;
  ASSERT_JET_OK(JetDupCursor(session_, made, &duplicate, 0));
  EXPECT_JET(JET_errTableLocked, OtherOpens());
  ASSERT_JET_OK(JetCloseTable(session_, made));
  EXPECT_JET_OK(OtherOpens());
}

TEST_F(ExclusiveTableTest, SoIsOneMadeWithItsColumns) {
  JET_TABLECREATE_A table = {};
  char name[] = "mine";
  table.cbStruct = sizeof(table);
  table.szTableName = name;
  ASSERT_JET_OK(JetCreateTableColumnIndexA(session_, database_.id(), &table));
  EXPECT_JET(JET_errTableLocked, OtherOpens());
  ASSERT_JET_OK(JetEndSession(session_, 0));
  EXPECT_JET_OK(OtherOpens());
}

TEST_F(ExclusiveTableTest, DenyReadNeedsTheTableToItself) {
  ASSERT_JET_OK(JetCloseTable(session_, Create()));
  JET_TABLEID plain = JET_tableidNil, exclusive = JET_tableidNil;
  ASSERT_JET_OK(OtherOpens());
  ASSERT_JET_OK(Open(0, &plain));
  EXPECT_JET(JET_errTableInUse, Open(JET_bitTableDenyRead, &exclusive));
  ASSERT_JET_OK(JetCloseTable(other_, others_table_));
  // Cursors of its own are in nobody's way.
  ASSERT_JET_OK(Open(JET_bitTableDenyRead, &exclusive));
  EXPECT_JET(JET_errTableLocked, OtherOpens());
  ASSERT_JET_OK(JetCloseTable(session_, exclusive));
  EXPECT_JET_OK(OtherOpens());
  ASSERT_JET_OK(JetCloseTable(session_, plain));
}

// The table goes with the transaction that has made it, and its name is free.
TEST_F(ExclusiveTableTest, ARollbackLeavesNoLock) {
  ASSERT_JET_OK(JetBeginTransaction(session_));
  Create();
  EXPECT_JET(JET_errObjectNotFound, OtherOpens());
  ASSERT_JET_OK(JetRollback(session_, 0));
  EXPECT_JET(JET_errObjectNotFound, OtherOpens());
  ASSERT_JET_OK(JetCloseTable(session_, Create()));
  EXPECT_JET_OK(OtherOpens());
}

}  // namespace
}  // namespace contrail::test
