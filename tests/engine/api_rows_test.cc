// Rows through the API: insert, seek, update, delete, transactions, restart.

#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/jet_fixture.h"

namespace contrail::test {
namespace {

class ApiRowsTest : public testing::Test {
 protected:
  void SetUp() override {
    database_ = std::make_unique<JetDatabase>(folder_);
    database_->CreateRows("rows");
    OpenTable();
  }

  void OpenTable() {
    session_ = database_->session();
    table_ = database_->Open("rows");
    id_ = database_->Column(table_, "id");
    name_ = database_->Column(table_, "name");
    data_ = database_->Column(table_, "data");
  }

  void Restart() {
    ASSERT_JET_OK(database_->engine().Term());
    database_.reset();
    database_ = std::make_unique<JetDatabase>(folder_);
    OpenTable();
  }

  JET_ERR Set(JET_COLUMNID column, const void* data, size_t size) {
    return JetSetColumn(session_, table_, column, data, static_cast<uint32_t>(size), 0, nullptr);
  }

  JET_ERR Insert(int32_t id, const std::string& name) {
    JET_ERR error = JetPrepareUpdate(session_, table_, JET_prepInsert);
    if (error >= 0) error = Set(id_, &id, sizeof(id));
    if (error >= 0) error = Set(name_, name.data(), name.size());
    if (error >= 0) error = JetUpdate(session_, table_, nullptr, 0, nullptr);
    if (error < 0) JetPrepareUpdate(session_, table_, JET_prepCancel);
    return error;
  }

  JET_ERR Seek(int32_t id, JET_GRBIT grbit = JET_bitSeekEQ) {
    const JET_ERR error = JetMakeKey(session_, table_, &id, sizeof(id), JET_bitNewKey);
    return error < 0 ? error : JetSeek(session_, table_, grbit);
  }

  std::string Name() { return Text(name_); }

  std::string Text(JET_COLUMNID column) {
    char buffer[256];
    uint32_t actual = 0;
    const JET_ERR error =
        JetRetrieveColumn(session_, table_, column, buffer, sizeof(buffer), &actual, 0, nullptr);
    if (error == JET_wrnColumnNull) return "(null)";
    EXPECT_EQ(error, JET_errSuccess) << JetErrorText(error);
    return std::string(buffer, actual);
  }

  int32_t Id() {
    int32_t id = -1;
    EXPECT_JET_OK(JetRetrieveColumn(session_, table_, id_, &id, sizeof(id), nullptr, 0, nullptr));
    return id;
  }

  JetFolder folder_;
  std::unique_ptr<JetDatabase> database_;
  JET_SESID session_ = JET_sesidNil;
  JET_TABLEID table_ = JET_tableidNil;
  JET_COLUMNID id_ = 0, name_ = 0, data_ = 0;
};

TEST_F(ApiRowsTest, InsertedRowsAreFound) {
  ASSERT_JET_OK(JetBeginTransaction(session_));
  for (int32_t id = 0; id < 1000; ++id) {
    ASSERT_JET_OK(Insert(id * 2, "row " + std::to_string(id * 2)));
  }
  ASSERT_JET_OK(JetCommitTransaction(session_, 0));
  EXPECT_JET(JET_errSuccess, Seek(1234));
  EXPECT_EQ(Name(), "row 1234");
  EXPECT_JET(JET_errRecordNotFound, Seek(1235));
  EXPECT_JET(JET_wrnSeekNotEqual, Seek(1235, JET_bitSeekGE));
  EXPECT_EQ(Id(), 1236);
  EXPECT_JET(JET_wrnSeekNotEqual, Seek(1235, JET_bitSeekLE));
  EXPECT_EQ(Id(), 1234);
  EXPECT_JET_OK(JetMove(session_, table_, JET_MoveNext, 0));
  EXPECT_EQ(Id(), 1236);
  EXPECT_JET_OK(JetMove(session_, table_, JET_MoveLast, 0));
  EXPECT_EQ(Id(), 1998);
  EXPECT_JET(JET_errNoCurrentRecord, JetMove(session_, table_, JET_MoveNext, 0));
  EXPECT_JET_OK(JetMove(session_, table_, JET_MoveFirst, 0));
  uint32_t count = 0;
  EXPECT_JET_OK(JetIndexRecordCount(session_, table_, &count, 0));
  EXPECT_EQ(count, 1000u);
}

TEST_F(ApiRowsTest, RollbackTakesBack) {
  ASSERT_JET_OK(Insert(1, "one"));
  ASSERT_JET_OK(JetBeginTransaction(session_));
  ASSERT_JET_OK(Insert(2, "two"));
  ASSERT_JET_OK(JetBeginTransaction(session_));
  ASSERT_JET_OK(Seek(1));
  ASSERT_JET_OK(JetPrepareUpdate(session_, table_, JET_prepReplace));
  ASSERT_JET_OK(Set(name_, "uno", 3));
  ASSERT_JET_OK(JetUpdate(session_, table_, nullptr, 0, nullptr));
  EXPECT_EQ(Name(), "uno");
  ASSERT_JET_OK(JetRollback(session_, 0));
  EXPECT_JET_OK(Seek(1));
  EXPECT_EQ(Name(), "one");
  EXPECT_JET_OK(Seek(2));
  ASSERT_JET_OK(JetRollback(session_, 0));
  EXPECT_JET(JET_errRecordNotFound, Seek(2));
  EXPECT_JET(JET_errNotInTransaction, JetRollback(session_, 0));
}

TEST_F(ApiRowsTest, DuplicateKeyIsRefused) {
  ASSERT_JET_OK(Insert(7, "seven"));
  EXPECT_JET(JET_errKeyDuplicate, Insert(7, "again"));
  ASSERT_JET_OK(Seek(7));
  EXPECT_EQ(Name(), "seven");
}

TEST_F(ApiRowsTest, DeletedRowIsGone) {
  ASSERT_JET_OK(Insert(1, "one"));
  ASSERT_JET_OK(Insert(2, "two"));
  ASSERT_JET_OK(Seek(1));
  ASSERT_JET_OK(JetDelete(session_, table_));
  EXPECT_JET(JET_errRecordDeleted, JetDelete(session_, table_));
  EXPECT_JET_OK(JetMove(session_, table_, JET_MoveFirst, 0));
  EXPECT_EQ(Id(), 2);
}

TEST_F(ApiRowsTest, TwoSessionsSeeSnapshotsAndConflict) {
  ASSERT_JET_OK(Insert(1, "one"));
  const JET_SESID other = database_->NewSession();
  JET_DBID dbid = JET_dbidNil;
  const std::string path = folder_ / "test.edb";
  ASSERT_JET_OK(JetOpenDatabaseA(other, path.c_str(), nullptr, &dbid, 0));
  JET_TABLEID table = JET_tableidNil;
  ASSERT_JET_OK(JetOpenTableA(other, dbid, "rows", nullptr, 0, 0, &table));
  ASSERT_JET_OK(JetBeginTransaction(other));
  ASSERT_JET_OK(JetMove(other, table, JET_MoveFirst, 0));

  ASSERT_JET_OK(JetBeginTransaction(session_));
  ASSERT_JET_OK(Seek(1));
  ASSERT_JET_OK(JetPrepareUpdate(session_, table_, JET_prepReplace));
  ASSERT_JET_OK(Set(name_, "changed", 7));
  ASSERT_JET_OK(JetUpdate(session_, table_, nullptr, 0, nullptr));
  ASSERT_JET_OK(JetCommitTransaction(session_, JET_bitCommitLazyFlush));

  char text[16];
  uint32_t actual = 0;
  ASSERT_JET_OK(JetRetrieveColumn(other, table, name_, text, sizeof(text), &actual, 0, nullptr));
  EXPECT_EQ(std::string(text, actual), "one");
  EXPECT_JET(JET_errWriteConflict, JetPrepareUpdate(other, table, JET_prepReplace));
  EXPECT_JET_OK(JetRollback(other, 0));
  // A table belongs to its session.
  EXPECT_JET(JET_errSesidTableIdMismatch, JetMove(session_, table, JET_MoveFirst, 0));
  EXPECT_JET_OK(JetEndSession(other, 0));
  EXPECT_JET(JET_errInvalidSesid, JetMove(other, table, JET_MoveFirst, 0));
}

TEST_F(ApiRowsTest, LongValueComesBackInParts) {
  std::string value(100000, 'x');
  for (size_t i = 0; i < value.size(); ++i) value[i] = static_cast<char>(i * 31 / 7);
  ASSERT_JET_OK(JetBeginTransaction(session_));
  int32_t id = 5;
  ASSERT_JET_OK(JetPrepareUpdate(session_, table_, JET_prepInsert));
  ASSERT_JET_OK(Set(id_, &id, sizeof(id)));
  ASSERT_JET_OK(Set(data_, value.data(), value.size()));
  ASSERT_JET_OK(JetUpdate(session_, table_, nullptr, 0, nullptr));
  ASSERT_JET_OK(JetCommitTransaction(session_, 0));
  Restart();
  ASSERT_JET_OK(Seek(5));
  std::string part(1000, 0);
  JET_RETINFO info = {};
  info.cbStruct = sizeof(info);
  info.ibLongValue = 54321;
  info.itagSequence = 1;
  uint32_t actual = 0;
  EXPECT_JET(JET_wrnBufferTruncated,
             JetRetrieveColumn(session_, table_, data_, part.data(), 1000, &actual, 0, &info));
  EXPECT_EQ(actual, 100000u - 54321u);
  EXPECT_EQ(part, value.substr(54321, 1000));
}

TEST_F(ApiRowsTest, RowsSurviveARestart) {
  ASSERT_JET_OK(JetBeginTransaction(session_));
  for (int32_t id = 0; id < 300; ++id) ASSERT_JET_OK(Insert(id, std::to_string(id)));
  ASSERT_JET_OK(JetCommitTransaction(session_, 0));
  Restart();
  EXPECT_JET_OK(JetMove(session_, table_, JET_MoveFirst, 0));
  for (int32_t id = 0; id < 300; ++id) {
    ASSERT_EQ(Id(), id);
    ASSERT_EQ(Name(), std::to_string(id));
    EXPECT_JET(id == 299 ? JET_errNoCurrentRecord : JET_errSuccess,
               JetMove(session_, table_, JET_MoveNext, 0));
  }
}

TEST_F(ApiRowsTest, CommittedRowsSurviveACrash) {
  ASSERT_JET_OK(JetBeginTransaction(session_));
  for (int32_t id = 0; id < 300; ++id) ASSERT_JET_OK(Insert(id, std::to_string(id)));
  ASSERT_JET_OK(JetCommitTransaction(session_, 0));
  ASSERT_JET_OK(JetBeginTransaction(session_));
  ASSERT_JET_OK(Insert(1000, "not committed"));
  EXPECT_JET(JET_errDirtyShutdown, database_->engine().Crash());
  database_.reset();
  database_ = std::make_unique<JetDatabase>(folder_);
  OpenTable();
  EXPECT_JET_OK(Seek(299));
  EXPECT_EQ(Name(), "299");
  EXPECT_JET(JET_errRecordNotFound, Seek(1000));
}

}  // namespace
}  // namespace contrail::test
