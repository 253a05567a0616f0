// Cursors through the API: keys, ranges, bookmarks, positions, local storage, sizes, and what is
// refused.

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "tests/support/jet_fixture.h"

namespace contrail::test {
namespace {

constexpr int32_t kRows = 50;

class ApiCursorTest : public testing::Test {
 protected:
  // Rows 0, 10, 20... named "a" to "e" in turn, so that each name stands in ten rows.
  void SetUp() override {
    database_.CreateRows("rows");
    table_ = database_.Open("rows");
    id_ = database_.Column(table_, "id");
    name_ = database_.Column(table_, "name");
    data_ = database_.Column(table_, "data");
    ASSERT_JET_OK(JetCreateIndexA(session_, table_, "names", 0, "+name\0", 7, 80));
    ASSERT_JET_OK(JetBeginTransaction(session_));
    for (int32_t row = 0; row < kRows; ++row) {
      const int32_t id = row * 10;
      const char name = static_cast<char>('a' + row % 5);
      JET_SETCOLUMN columns[2] = {};
      columns[0].columnid = id_;
      columns[0].pvData = const_cast<int32_t*>(&id);
      columns[0].cbData = sizeof(id);
      columns[0].itagSequence = 1;
      columns[1].columnid = name_;
      columns[1].pvData = const_cast<char*>(&name);
      columns[1].cbData = 1;
      columns[1].itagSequence = 1;
      ASSERT_JET_OK(JetPrepareUpdate(session_, table_, JET_prepInsert));
      ASSERT_JET_OK(JetSetColumns(session_, table_, columns, 2));
      ASSERT_JET_OK(JetUpdate(session_, table_, nullptr, 0, nullptr));
    }
    ASSERT_JET_OK(JetCommitTransaction(session_, 0));
  }

  JET_ERR MakeKey(int32_t id) {
    return JetMakeKey(session_, table_, &id, sizeof(id), JET_bitNewKey);
  }

  int32_t Id(JET_TABLEID table) {
    int32_t id = -1;
    EXPECT_JET_OK(JetRetrieveColumn(session_, table, id_, &id, sizeof(id), nullptr, 0, nullptr));
    return id;
  }

  JetFolder folder_;
  JetDatabase database_{folder_};
  JET_SESID session_ = database_.session();
  JET_TABLEID table_ = JET_tableidNil;
  JET_COLUMNID id_ = 0, name_ = 0, data_ = 0;
};

TEST_F(ApiCursorTest, RangeEndsTheScan) {
  ASSERT_JET_OK(MakeKey(100));
  ASSERT_JET_OK(JetSeek(session_, table_, JET_bitSeekGE));
  ASSERT_JET_OK(MakeKey(150));
  ASSERT_JET_OK(JetSetIndexRange(session_, table_, JET_bitRangeInclusive | JET_bitRangeUpperLimit));
  uint64_t count = 0;
  ASSERT_JET_OK(JetIndexRecordCount2(session_, table_, &count, 0));
  EXPECT_EQ(count, 6u);
  std::vector<int32_t> seen;
  JET_ERR error = JET_errSuccess;
  while (error == JET_errSuccess) {
    seen.push_back(Id(table_));
    error = JetMove(session_, table_, JET_MoveNext, 0);
  }
  EXPECT_JET(JET_errNoCurrentRecord, error);
  EXPECT_EQ(seen, (std::vector<int32_t>{100, 110, 120, 130, 140, 150}));
  ASSERT_JET_OK(JetMove(session_, table_, JET_MoveFirst, 0));
  EXPECT_JET(JET_errInvalidOperation, JetSetIndexRange(session_, table_, JET_bitRangeRemove));
  EXPECT_JET(JET_errInvalidGrbit, JetSetIndexRange(session_, table_, 0x100));
}

TEST_F(ApiCursorTest, KeysAreMadeBeforeTheyAreUsed) {
  EXPECT_JET(JET_errKeyNotMade, JetSeek(session_, table_, JET_bitSeekEQ));
  EXPECT_JET(JET_errInvalidBufferSize, JetMakeKey(session_, table_, "abc", 3, JET_bitNewKey));
  ASSERT_JET_OK(MakeKey(20));
  int32_t id = 30;
  EXPECT_JET(JET_errKeyIsMade, JetMakeKey(session_, table_, &id, sizeof(id), 0));
  EXPECT_JET(JET_errInvalidGrbit, JetMakeKey(session_, table_, &id, sizeof(id), 0x8000));
  EXPECT_JET(JET_errInvalidGrbit, JetSeek(session_, table_, JET_bitSeekEQ | JET_bitSeekLT));
  ASSERT_JET_OK(JetSeek(session_, table_, JET_bitSeekEQ));
  char key[64];
  uint32_t size = 0;
  ASSERT_JET_OK(JetRetrieveKey(session_, table_, key, sizeof(key), &size, 0));
  EXPECT_EQ(size, 5u);
  EXPECT_JET(JET_wrnBufferTruncated, JetRetrieveKey(session_, table_, key, 2, &size, 0));
  // A normalised key seeks what it came from.
  ASSERT_JET_OK(JetMove(session_, table_, JET_MoveFirst, 0));
  ASSERT_JET_OK(JetMakeKey(session_, table_, key, 5, JET_bitNormalizedKey));
  ASSERT_JET_OK(JetSeek(session_, table_, JET_bitSeekEQ));
  EXPECT_EQ(Id(table_), 20);
}

TEST_F(ApiCursorTest, BookmarksLeadBack) {
  ASSERT_JET_OK(MakeKey(230));
  ASSERT_JET_OK(JetSeek(session_, table_, JET_bitSeekEQ));
  char bookmark[256];
  uint32_t size = 0;
  EXPECT_JET(JET_errBufferTooSmall, JetGetBookmark(session_, table_, bookmark, 1, &size));
  ASSERT_JET_OK(JetGetBookmark(session_, table_, bookmark, sizeof(bookmark), &size));
  JET_TABLEID other = 0;
  ASSERT_JET_OK(JetDupCursor(session_, table_, &other, 0));
  ASSERT_JET_OK(JetGotoBookmark(session_, other, bookmark, size));
  EXPECT_EQ(Id(other), 230);
  ASSERT_JET_OK(JetDelete(session_, other));
  EXPECT_JET(JET_errRecordDeleted, JetGotoBookmark(session_, table_, bookmark, size));
  EXPECT_JET(JET_errInvalidBookmark, JetGotoBookmark(session_, table_, nullptr, size));
  ASSERT_JET_OK(JetCloseTable(session_, other));
  EXPECT_JET(JET_errInvalidTableId, JetCloseTable(session_, other));
}

TEST_F(ApiCursorTest, SecondaryBookmarksLeadBackToTheirEntry) {
  char key[256], primary[256];
  uint32_t key_size = 0, primary_size = 0;
  EXPECT_JET(JET_errNoCurrentIndex,
             JetGetSecondaryIndexBookmark(session_, table_, key, sizeof(key), &key_size, primary,
                                          sizeof(primary), &primary_size, 0));
  ASSERT_JET_OK(JetSetCurrentIndexA(session_, table_, "names"));
  ASSERT_JET_OK(JetMove(session_, table_, 12, 0));
  EXPECT_EQ(Id(table_), 110);  // The third "b".
  ASSERT_JET_OK(JetGetSecondaryIndexBookmark(session_, table_, key, sizeof(key), &key_size, primary,
                                             sizeof(primary), &primary_size, 0));
  ASSERT_JET_OK(JetMove(session_, table_, JET_MoveLast, 0));
  EXPECT_EQ(Id(table_), 490);
  ASSERT_JET_OK(
      JetGotoSecondaryIndexBookmark(session_, table_, key, key_size, primary, primary_size, 0));
  EXPECT_EQ(Id(table_), 110);
  // Past all entries of the same key.
  ASSERT_JET_OK(JetMove(session_, table_, JET_MoveNext, JET_bitMoveKeyNE));
  EXPECT_EQ(Id(table_), 20);
}

TEST_F(ApiCursorTest, PositionsAreFractions) {
  ASSERT_JET_OK(JetMove(session_, table_, JET_MoveFirst, 0));
  JET_RECPOS position = {};
  EXPECT_JET(JET_errInvalidParameter, JetGetRecordPosition(session_, table_, &position, 4));
  ASSERT_JET_OK(JetGetRecordPosition(session_, table_, &position, sizeof(position)));
  EXPECT_EQ(position.centriesLT, 0u);
  EXPECT_GT(position.centriesTotal, 0u);
  position.cbStruct = sizeof(position);
  position.centriesLT = 2;
  position.centriesTotal = 1;
  EXPECT_JET(JET_errInvalidParameter, JetGotoPosition(session_, table_, &position));
  position.centriesLT = 1;
  ASSERT_JET_OK(JetGotoPosition(session_, table_, &position));
  EXPECT_GT(Id(table_), 400);
}

int freed_storage = 0;
JET_ERR FreeStorage(JET_SESID, JET_DBID, JET_TABLEID, JET_CBTYP type, void* value, void*, void*,
                    JET_API_PTR) {
  EXPECT_EQ(type, JET_CBTYP{JET_cbtypFreeCursorLS});
  EXPECT_EQ(reinterpret_cast<uintptr_t>(value), 77u);
  ++freed_storage;
  return JET_errSuccess;
}

TEST_F(ApiCursorTest, LocalStorageNeedsACallback) {
  EXPECT_JET(JET_errLSCallbackNotSpecified, JetSetLS(session_, table_, 77, JET_bitLSCursor));
}

TEST(ApiLocalStorageTest, IsFreedWithItsCursor) {
  const JetFolder folder;
  JetInstance instance(folder);
  JET_INSTANCE handle = instance.handle();
  ASSERT_JET_OK(JetSetSystemParameterA(&handle, 0, JET_paramRuntimeCallback,
                                       reinterpret_cast<JET_API_PTR>(&FreeStorage), nullptr));
  ASSERT_JET_OK(instance.Init());
  JET_SESID session = 0;
  ASSERT_JET_OK(JetBeginSessionA(handle, &session, nullptr, nullptr));
  JET_DBID dbid = 0;
  ASSERT_JET_OK(JetCreateDatabaseA(session, (folder / "a.edb").c_str(), nullptr, &dbid, 0));
  JET_TABLEID table = 0;
  ASSERT_JET_OK(JetCreateTableA(session, dbid, "t", 1, 80, &table));
  JET_LS storage = 0;
  EXPECT_JET(JET_errLSNotSet, JetGetLS(session, table, &storage, 0));
  ASSERT_JET_OK(JetSetLS(session, table, 77, 0));
  EXPECT_JET(JET_errLSAlreadySet, JetSetLS(session, table, 78, 0));
  ASSERT_JET_OK(JetGetLS(session, table, &storage, 0));
  EXPECT_EQ(storage, JET_LS{77});
  freed_storage = 0;
  ASSERT_JET_OK(JetCloseTable(session, table));
  EXPECT_EQ(freed_storage, 1);
}

TEST_F(ApiCursorTest, SizesAddUp) {
  ASSERT_JET_OK(JetMove(session_, table_, JET_MoveFirst, 0));
  JET_RECSIZE2 size = {};
  ASSERT_JET_OK(JetGetRecordSize2(session_, table_, &size, 0));
  EXPECT_EQ(size.cbData, 5u);
  EXPECT_EQ(size.cNonTaggedColumns, 2u);
  ASSERT_JET_OK(JetMove(session_, table_, JET_MoveNext, 0));
  ASSERT_JET_OK(JetGetRecordSize2(session_, table_, &size, JET_bitRecordSizeRunningTotal));
  EXPECT_EQ(size.cbData, 10u);
  EXPECT_JET(JET_errInvalidGrbit, JetGetRecordSize2(session_, table_, &size, 0x80));
}

TEST_F(ApiCursorTest, UpdatesFollowTheirOrder) {
  int32_t id = 5;
  EXPECT_JET(JET_errUpdateNotPrepared,
             JetSetColumn(session_, table_, id_, &id, sizeof(id), 0, nullptr));
  EXPECT_JET(JET_errUpdateNotPrepared, JetUpdate(session_, table_, nullptr, 0, nullptr));
  EXPECT_JET(JET_errInvalidParameter, JetPrepareUpdate(session_, table_, 1));
  ASSERT_JET_OK(JetPrepareUpdate(session_, table_, JET_prepInsert));
  EXPECT_JET(JET_errAlreadyPrepared, JetPrepareUpdate(session_, table_, JET_prepInsert));
  EXPECT_JET(JET_errInvalidBufferSize, JetSetColumn(session_, table_, id_, &id, 2, 0, nullptr));
  EXPECT_JET(JET_errColumnNotFound,
             JetSetColumn(session_, table_, 100, &id, sizeof(id), 0, nullptr));
  EXPECT_JET(JET_errInvalidGrbit,
             JetSetColumn(session_, table_, id_, &id, sizeof(id), 0x1000000, nullptr));
  EXPECT_JET(JET_errInvalidParameter,
             JetSetColumn(session_, table_, id_, nullptr, sizeof(id), 0, nullptr));
  JET_SETINFO info = {};
  EXPECT_JET(JET_errInvalidParameter,
             JetSetColumn(session_, table_, id_, &id, sizeof(id), 0, &info));
  ASSERT_JET_OK(JetSetColumn(session_, table_, id_, &id, sizeof(id), 0, nullptr));
  char bookmark[64];
  uint32_t size = 0;
  ASSERT_JET_OK(JetUpdate(session_, table_, bookmark, sizeof(bookmark), &size));
  ASSERT_JET_OK(JetGotoBookmark(session_, table_, bookmark, size));
  EXPECT_EQ(Id(table_), 5);
  JET_RETINFO retrieve = {};
  retrieve.cbStruct = sizeof(retrieve);
  EXPECT_JET(JET_errBadItagSequence,
             JetRetrieveColumn(session_, table_, name_, nullptr, 0, nullptr, 0, &retrieve));
  EXPECT_JET(JET_wrnColumnNull,
             JetRetrieveColumn(session_, table_, name_, nullptr, 0, &size, 0, nullptr));
  EXPECT_EQ(size, 0u);
}

TEST_F(ApiCursorTest, LongValueIsWrittenInParts) {
  ASSERT_JET_OK(JetMove(session_, table_, JET_MoveFirst, 0));
  ASSERT_JET_OK(JetBeginTransaction(session_));
  ASSERT_JET_OK(JetPrepareUpdate(session_, table_, JET_prepReplace));
  const std::string part(3000, 'p');
  for (int i = 0; i < 4; ++i) {
    ASSERT_JET_OK(
        JetSetColumn(session_, table_, data_, part.data(), 3000, JET_bitSetAppendLV, nullptr));
  }
  JET_SETINFO info = {};
  info.cbStruct = sizeof(info);
  info.itagSequence = 1;
  info.ibLongValue = 5000;
  ASSERT_JET_OK(JetSetColumn(session_, table_, data_, "mark", 4, JET_bitSetOverwriteLV, &info));
  ASSERT_JET_OK(JetSetColumn(session_, table_, data_, nullptr, 6000, JET_bitSetSizeLV, nullptr));
  ASSERT_JET_OK(JetUpdate(session_, table_, nullptr, 0, nullptr));
  ASSERT_JET_OK(JetCommitTransaction(session_, 0));
  std::string value(20000, 0);
  uint32_t size = 0;
  ASSERT_JET_OK(JetRetrieveColumn(session_, table_, data_, value.data(), 20000, &size, 0, nullptr));
  ASSERT_EQ(size, 6000u);
  EXPECT_EQ(value.substr(4999, 6), "pmarkp");
}

TEST_F(ApiCursorTest, LocksAndReadOnlyTransactionsAreEnforced) {
  ASSERT_JET_OK(JetMove(session_, table_, JET_MoveFirst, 0));
  EXPECT_JET(JET_errInvalidGrbit, JetGetLock(session_, table_, 0));
  EXPECT_JET(JET_errNotInTransaction, JetGetLock(session_, table_, JET_bitWriteLock));
  ASSERT_JET_OK(JetBeginTransaction2(session_, JET_bitTransactionReadOnly));
  EXPECT_JET(JET_errTransReadOnly, JetDelete(session_, table_));
  ASSERT_JET_OK(JetCommitTransaction(session_, 0));
  const JET_TABLEID reader = database_.Open("rows", JET_bitTableReadOnly);
  ASSERT_JET_OK(JetMove(session_, reader, JET_MoveFirst, 0));
  EXPECT_JET(JET_errPermissionDenied, JetDelete(session_, reader));
}

}  // namespace
}  // namespace contrail::test
