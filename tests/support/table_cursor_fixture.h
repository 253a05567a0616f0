// What tests of table cursors share: the people table, two sessions, a cursor of the first; at the
// end records, index entries and long values must agree.

#pragma once

#include <gtest/gtest.h>

#include "tests/support/table_under_test.h"

namespace contrail::test {

class TableCursorFixture : public ::testing::TestWithParam<uint32_t> {
 protected:
  TableCursorFixture()
      : under_test_(GetParam(), 4 << 20),
        table_(under_test_, PeopleSchema()),
        session_(under_test_.NewSession()),
        other_(under_test_.NewSession()),
        cursor_(table_.Open(*session_)) {}
  ~TableCursorFixture() override {
    cursor_.reset();
    while (session_->transaction.active()) session_->transaction.Rollback().Ignore();
    while (other_->transaction.active()) other_->transaction.Rollback().Ignore();
    EXPECT_EQ(table_.FindInconsistency(), "");
  }

  static Status Set(TableCursor& cursor, ColumnId column, Bytes data, uint32_t flags = 0,
                    uint32_t itag = 1, uint32_t offset = 0, uint32_t size = 0) {
    return cursor.SetColumn(column, data, {flags, offset, itag, size});
  }
  // Begins an insert with the given columns.
  void Prepare(TableCursor& cursor, int32_t id, const std::string& name, int16_t group) {
    ASSERT_TRUE(cursor.PrepareUpdate(UpdateKind::kInsert).ok());
    ASSERT_TRUE(Set(cursor, people::kId, LittleBytes(id)).ok());
    ASSERT_TRUE(Set(cursor, people::kName, ToBytes(name)).ok());
    ASSERT_TRUE(Set(cursor, people::kGroup, LittleBytes(group)).ok());
  }
  void Add(int32_t id, const std::string& name, int16_t group) {
    Prepare(*cursor_, id, name, group);
    const auto bookmark = cursor_->Update();
    ASSERT_TRUE(bookmark.ok()) << bookmark.status().number();
  }
  void AddTen() {
    for (int32_t i = 0; i < 10; ++i) {
      Add(i * 10, "name" + std::to_string(9 - i), static_cast<int16_t>(i / 3));
    }
  }
  Status SeekId(TableCursor& cursor, int32_t id, uint32_t flags = seek_bit::kEqual) {
    EXPECT_TRUE(cursor.MakeKey(LittleBytes(id), make_key_bit::kNewKey).ok());
    return cursor.Seek(flags);
  }
  Status SeekGroup(TableCursor& cursor, int16_t group, uint32_t flags = seek_bit::kEqual) {
    EXPECT_TRUE(cursor.MakeKey(LittleBytes(group), make_key_bit::kNewKey).ok());
    return cursor.Seek(flags);
  }
  static int32_t Id(TableCursor& cursor) {
    std::byte bytes[4] = {};
    RetrieveArguments arguments;
    const Status status = cursor.RetrieveColumn(people::kId, bytes, &arguments);
    return status.ok() ? LoadLittle<int32_t>(bytes) : status.number();
  }
  static std::string Text(TableCursor& cursor, ColumnId column, uint32_t itag = 1,
                          uint32_t flags = 0) {
    std::vector<std::byte> buffer(200'000);
    RetrieveArguments arguments;
    arguments.flags = flags;
    arguments.itag_sequence = itag;
    const Status status = cursor.RetrieveColumn(column, buffer, &arguments);
    if (status.Is(Error::kWarnColumnNull)) return "null";
    if (!status.Is(Error::kSuccess)) return "error " + std::to_string(status.number());
    return ToText(Bytes(buffer).first(arguments.actual_size));
  }
  static std::vector<int32_t> IdsForward(TableCursor& cursor) {
    std::vector<int32_t> ids;
    for (Status status = cursor.MoveNext(); status.ok(); status = cursor.MoveNext()) {
      ids.push_back(Id(cursor));
    }
    return ids;
  }
  void Begin(TestSession& session) { ASSERT_TRUE(session.transaction.Begin(false).ok()); }
  void Commit(TestSession& session) {
    ASSERT_TRUE(session.transaction.Commit(CommitMode::kLazy).ok());
  }

  TransactionsUnderTest under_test_;
  TableUnderTest table_;
  std::unique_ptr<TestSession> session_;
  std::unique_ptr<TestSession> other_;
  std::unique_ptr<TableCursor> cursor_;
};

}  // namespace contrail::test
