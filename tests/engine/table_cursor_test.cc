#include "engine/table_cursor.h"

#include "tests/support/table_cursor_fixture.h"

namespace contrail {
namespace {

namespace people = test::people;
using test::LittleBytes;
using test::TableUnderTest;
using test::ToBytes;
using test::ToText;

class TableCursorTest : public test::TableCursorFixture {};

using Ids = std::vector<int32_t>;

TEST_P(TableCursorTest, AnEmptyTableHasNoRecord) {
  EXPECT_TRUE(cursor_->MoveFirst().Is(Error::kNoCurrentRecord));
  EXPECT_TRUE(cursor_->MoveLast().Is(Error::kNoCurrentRecord));
  EXPECT_TRUE(cursor_->Move(0).Is(Error::kNoCurrentRecord));
  EXPECT_TRUE(cursor_->GetBookmark().status().Is(Error::kNoCurrentRecord));
  EXPECT_TRUE(SeekId(*cursor_, 1).Is(Error::kRecordNotFound));
  EXPECT_TRUE(cursor_->SetCurrentIndex("by_name").ok());
  EXPECT_TRUE(cursor_->SetCurrentIndex("none").Is(Error::kIndexNotFound));
}

TEST_P(TableCursorTest, MovesThroughEachIndexInItsOrder) {
  AddTen();
  cursor_->MoveBeforeFirst();
  EXPECT_EQ(IdsForward(*cursor_), (Ids{0, 10, 20, 30, 40, 50, 60, 70, 80, 90}));
  ASSERT_TRUE(cursor_->SetCurrentIndex("by_name").ok());
  EXPECT_EQ(Id(*cursor_), 90);
  EXPECT_EQ(IdsForward(*cursor_), (Ids{80, 70, 60, 50, 40, 30, 20, 10, 0}));
  EXPECT_TRUE(cursor_->MovePrevious().ok());
  EXPECT_EQ(Id(*cursor_), 0);
  EXPECT_TRUE(cursor_->Move(-9).ok());
  EXPECT_EQ(Id(*cursor_), 90);
  EXPECT_TRUE(cursor_->Move(-1).Is(Error::kNoCurrentRecord));
  EXPECT_TRUE(cursor_->MoveNext().ok());
  EXPECT_EQ(Id(*cursor_), 90);
  ASSERT_TRUE(cursor_->SetCurrentIndex("by_group").ok());
  EXPECT_TRUE(cursor_->Move(1, move_bit::kKeyNotEqual).ok());
  EXPECT_EQ(Id(*cursor_), 30);
}

TEST_P(TableCursorTest, SeeksInAllRelations) {
  AddTen();
  EXPECT_TRUE(SeekId(*cursor_, 30).Is(Error::kSuccess));
  EXPECT_EQ(Id(*cursor_), 30);
  EXPECT_TRUE(SeekId(*cursor_, 30, seek_bit::kGreaterOrEqual).Is(Error::kSuccess));
  EXPECT_TRUE(SeekId(*cursor_, 31, seek_bit::kGreaterOrEqual).Is(Error::kWarnSeekNotEqual));
  EXPECT_EQ(Id(*cursor_), 40);
  EXPECT_TRUE(SeekId(*cursor_, 30, seek_bit::kGreater).Is(Error::kSuccess));
  EXPECT_EQ(Id(*cursor_), 40);
  EXPECT_TRUE(SeekId(*cursor_, 35, seek_bit::kLessOrEqual).Is(Error::kWarnSeekNotEqual));
  EXPECT_EQ(Id(*cursor_), 30);
  EXPECT_TRUE(SeekId(*cursor_, 30, seek_bit::kLess).Is(Error::kSuccess));
  EXPECT_EQ(Id(*cursor_), 20);
  EXPECT_TRUE(SeekId(*cursor_, 0, seek_bit::kLess).Is(Error::kRecordNotFound));
  EXPECT_TRUE(SeekId(*cursor_, 90, seek_bit::kGreater).Is(Error::kRecordNotFound));
  EXPECT_TRUE(SeekId(*cursor_, -5, seek_bit::kGreater).Is(Error::kSuccess));
  EXPECT_EQ(Id(*cursor_), 0);
  EXPECT_TRUE(cursor_->Seek(seek_bit::kEqual | seek_bit::kLess).Is(Error::kInvalidGrbit));
}

TEST_P(TableCursorTest, AFailedSeekLeavesTheCursorBetweenRecords) {
  AddTen();
  EXPECT_TRUE(SeekId(*cursor_, 35).Is(Error::kRecordNotFound));
  EXPECT_EQ(Id(*cursor_), Status(Error::kNoCurrentRecord).number());
  EXPECT_TRUE(cursor_->MoveNext().ok());
  EXPECT_EQ(Id(*cursor_), 40);
  EXPECT_TRUE(SeekId(*cursor_, 35).Is(Error::kRecordNotFound));
  EXPECT_TRUE(cursor_->MovePrevious().ok());
  EXPECT_EQ(Id(*cursor_), 30);
  ASSERT_TRUE(cursor_->SetCurrentIndex("by_group").ok());
  EXPECT_TRUE(SeekGroup(*cursor_, -1).Is(Error::kRecordNotFound));
  EXPECT_TRUE(cursor_->MoveNext().ok());
  EXPECT_EQ(Id(*cursor_), 0);
  EXPECT_TRUE(SeekGroup(*cursor_, 99).Is(Error::kRecordNotFound));
  EXPECT_TRUE(cursor_->MovePrevious().ok());
  EXPECT_EQ(Id(*cursor_), 90);
}

TEST_P(TableCursorTest, DuplicatesOfASecondaryIndex) {
  AddTen();
  ASSERT_TRUE(cursor_->SetCurrentIndex("by_group").ok());
  EXPECT_TRUE(SeekGroup(*cursor_, 1).ok());
  EXPECT_EQ(Id(*cursor_), 30);
  EXPECT_TRUE(SeekGroup(*cursor_, 1, seek_bit::kGreater).ok());
  EXPECT_EQ(Id(*cursor_), 60);
  EXPECT_TRUE(SeekGroup(*cursor_, 1, seek_bit::kLessOrEqual).Is(Error::kSuccess));
  EXPECT_EQ(Id(*cursor_), 50);
  EXPECT_TRUE(SeekGroup(*cursor_, 1, seek_bit::kLess).ok());
  EXPECT_EQ(Id(*cursor_), 20);
  constexpr uint32_t kUnique = seek_bit::kEqual | seek_bit::kCheckUniqueness;
  EXPECT_TRUE(SeekGroup(*cursor_, 1, kUnique).Is(Error::kSuccess));
  EXPECT_TRUE(SeekGroup(*cursor_, 3, kUnique).Is(Error::kWarnUniqueKey));
}

TEST_P(TableCursorTest, RangesStopMoves) {
  AddTen();
  ASSERT_TRUE(cursor_->SetCurrentIndex("by_group").ok());
  ASSERT_TRUE(SeekGroup(*cursor_, 1, seek_bit::kEqual | seek_bit::kSetIndexRange).ok());
  EXPECT_EQ(cursor_->CountRecords(0).value(), 3u);
  EXPECT_EQ(cursor_->CountRecords(2).value(), 2u);
  EXPECT_EQ(IdsForward(*cursor_), (Ids{40, 50}));
  EXPECT_TRUE(cursor_->MovePrevious().ok());
  EXPECT_EQ(Id(*cursor_), 50);
  ASSERT_TRUE(cursor_->SetIndexRange(range_bit::kRemove).ok());
  EXPECT_TRUE(cursor_->SetIndexRange(range_bit::kRemove).Is(Error::kInvalidOperation));
  EXPECT_TRUE(cursor_->MoveNext().ok());
  EXPECT_EQ(Id(*cursor_), 60);

  ASSERT_TRUE(cursor_->SetCurrentIndex("").ok());
  ASSERT_TRUE(SeekId(*cursor_, 30).ok());
  ASSERT_TRUE(cursor_->MakeKey(LittleBytes(50), make_key_bit::kNewKey).ok());
  ASSERT_TRUE(cursor_->SetIndexRange(range_bit::kUpperLimit).ok());
  EXPECT_EQ(IdsForward(*cursor_), (Ids{40}));
  ASSERT_TRUE(SeekId(*cursor_, 30).ok());
  ASSERT_TRUE(cursor_->MakeKey(LittleBytes(10), make_key_bit::kNewKey).ok());
  ASSERT_TRUE(cursor_->SetIndexRange(range_bit::kInclusive).ok());
  EXPECT_TRUE(cursor_->Move(-2).ok());
  EXPECT_EQ(Id(*cursor_), 10);
  EXPECT_TRUE(cursor_->MovePrevious().Is(Error::kNoCurrentRecord));
  EXPECT_TRUE(cursor_->MoveNext().ok());
  EXPECT_EQ(Id(*cursor_), 10);
  ASSERT_TRUE(cursor_->MakeKey(LittleBytes(5), make_key_bit::kNewKey).ok());
  EXPECT_TRUE(cursor_->SetIndexRange(range_bit::kUpperLimit).Is(Error::kNoCurrentRecord));
  EXPECT_TRUE(cursor_->SetIndexRange(range_bit::kUpperLimit).Is(Error::kKeyNotMade));
}

TEST_P(TableCursorTest, BookmarksLeadBack) {
  AddTen();
  ASSERT_TRUE(SeekId(*cursor_, 40).ok());
  const auto bookmark = cursor_->GetBookmark().value();
  const std::vector<std::byte> kept(bookmark.begin(), bookmark.end());
  ASSERT_TRUE(cursor_->MoveFirst().ok());
  ASSERT_TRUE(cursor_->GotoBookmark(kept).ok());
  EXPECT_EQ(Id(*cursor_), 40);
  ASSERT_TRUE(cursor_->SetCurrentIndex("by_name").ok());
  ASSERT_TRUE(cursor_->GotoBookmark(kept).ok());
  EXPECT_EQ(Id(*cursor_), 40);
  EXPECT_TRUE(cursor_->MoveNext().ok());
  EXPECT_EQ(Id(*cursor_), 30);
  const auto secondary = cursor_->GetSecondaryBookmark().value();
  const std::vector<std::byte> key(secondary.secondary_key.begin(), secondary.secondary_key.end());
  const std::vector<std::byte> primary(secondary.primary_key.begin(), secondary.primary_key.end());
  ASSERT_TRUE(cursor_->MoveFirst().ok());
  ASSERT_TRUE(cursor_->GotoSecondaryBookmark(key, primary, false).ok());
  EXPECT_EQ(Id(*cursor_), 30);
  ASSERT_TRUE(cursor_->Delete().ok());
  EXPECT_TRUE(cursor_->GotoSecondaryBookmark(key, primary, false).Is(Error::kRecordDeleted));
  EXPECT_TRUE(cursor_->GotoBookmark(primary).Is(Error::kRecordDeleted));
  EXPECT_TRUE(cursor_->GotoBookmark({}).Is(Error::kInvalidBookmark));
}

TEST_P(TableCursorTest, ADeletedRecordIsNoRecordButAPlaceToGoOnFrom) {
  AddTen();
  Begin(*session_);
  ASSERT_TRUE(SeekId(*cursor_, 40).ok());
  ASSERT_TRUE(cursor_->Delete().ok());
  EXPECT_EQ(Id(*cursor_), Status(Error::kRecordDeleted).number());
  EXPECT_TRUE(cursor_->Move(0).Is(Error::kRecordDeleted));
  EXPECT_TRUE(cursor_->Delete().Is(Error::kRecordDeleted));
  EXPECT_TRUE(cursor_->MoveNext().ok());
  EXPECT_EQ(Id(*cursor_), 50);
  EXPECT_TRUE(cursor_->MovePrevious().ok());
  EXPECT_EQ(Id(*cursor_), 30);
  const auto others = table_.Open(*other_);
  EXPECT_TRUE(SeekId(*others, 40).ok()) << "not committed yet";
  Commit(*session_);
  EXPECT_EQ(Id(*others), Status(Error::kRecordDeleted).number());
  EXPECT_TRUE(SeekId(*others, 40).Is(Error::kRecordNotFound));
}

TEST_P(TableCursorTest, UniqueIndexesRefuseDuplicatesAndNothingIsLeftBehind) {
  AddTen();
  Prepare(*cursor_, 40, "fresh", 1);
  EXPECT_TRUE(cursor_->Update().status().Is(Error::kKeyDuplicate));
  ASSERT_TRUE(Set(*cursor_, people::kId, LittleBytes<int32_t>(41)).ok());
  ASSERT_TRUE(Set(*cursor_, people::kName, ToBytes("name3")).ok());
  EXPECT_TRUE(cursor_->Update().status().Is(Error::kKeyDuplicate));
  EXPECT_EQ(table_.FindInconsistency(), "");
  ASSERT_TRUE(Set(*cursor_, people::kName, ToBytes("name77")).ok());
  EXPECT_TRUE(cursor_->Update().ok());
  EXPECT_TRUE(cursor_->Update().status().Is(Error::kUpdateNotPrepared));
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kInsert).ok());
  EXPECT_TRUE(cursor_->PrepareUpdate(UpdateKind::kInsert).Is(Error::kAlreadyPrepared));
  EXPECT_TRUE(cursor_->Update().status().Is(Error::kNullInvalid));
  EXPECT_TRUE(cursor_->PrepareUpdate(UpdateKind::kCancel).ok());
  EXPECT_TRUE(cursor_->PrepareUpdate(UpdateKind::kCancel).Is(Error::kUpdateNotPrepared));
}

TEST_P(TableCursorTest, ReplaceMovesIndexEntriesAndCountsVersions) {
  AddTen();
  Begin(*session_);
  ASSERT_TRUE(SeekId(*cursor_, 40).ok());
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kReplace).ok());
  ASSERT_TRUE(Set(*cursor_, people::kName, ToBytes("zoe")).ok());
  ASSERT_TRUE(Set(*cursor_, people::kTags, ToBytes("one"), 0, 0).ok());
  ASSERT_TRUE(Set(*cursor_, people::kTags, ToBytes("two"), 0, 0).ok());
  EXPECT_TRUE(Set(*cursor_, people::kTags, ToBytes("two"), set_column_bit::kUniqueValues, 0)
                  .Is(Error::kMultiValuedDuplicate));
  EXPECT_TRUE(Set(*cursor_, people::kVersion, LittleBytes(7)).Is(Error::kInvalidColumnType));
  EXPECT_TRUE(
      Set(*cursor_, people::kNumber, LittleBytes<int64_t>(7)).Is(Error::kInvalidColumnType));
  EXPECT_EQ(Text(*cursor_, people::kName, 1, retrieve_bit::kCopy), "zoe");
  EXPECT_EQ(Text(*cursor_, people::kName), "name5");
  ASSERT_TRUE(cursor_->Update().ok());
  EXPECT_EQ(Text(*cursor_, people::kName), "zoe");
  EXPECT_EQ(cursor_->CountValues(people::kTags, 0).value(), 2u);
  EXPECT_EQ(Text(*cursor_, people::kVersion), ToText(LittleBytes<int32_t>(1)));
  Commit(*session_);
  ASSERT_TRUE(cursor_->SetCurrentIndex("by_tag").ok());
  EXPECT_EQ(Id(*cursor_), 40);
  EXPECT_TRUE(cursor_->MoveNext().ok());
  EXPECT_EQ(Id(*cursor_), 40);
  EXPECT_TRUE(cursor_->MoveNext().Is(Error::kNoCurrentRecord));
  ASSERT_TRUE(cursor_->SetCurrentIndex("by_name").ok());
  ASSERT_TRUE(cursor_->MoveLast().ok());
  EXPECT_EQ(Id(*cursor_), 40);
}

TEST_P(TableCursorTest, AReplaceCannotChangeThePrimaryKey) {
  AddTen();
  ASSERT_TRUE(SeekId(*cursor_, 40).ok());
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kReplace).ok());
  ASSERT_TRUE(Set(*cursor_, people::kId, LittleBytes<int32_t>(41)).ok());
  EXPECT_TRUE(cursor_->Update().status().Is(Error::kRecordPrimaryChanged));
  ASSERT_TRUE(Set(*cursor_, people::kId, LittleBytes<int32_t>(40)).ok());
  EXPECT_TRUE(cursor_->Update().ok());
}

TEST_P(TableCursorTest, SessionsConflictOnRecords) {
  AddTen();
  Begin(*session_);
  Begin(*other_);
  const auto others = table_.Open(*other_);
  ASSERT_TRUE(SeekId(*cursor_, 40).ok());
  ASSERT_TRUE(SeekId(*others, 40).ok());
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kReplace).ok());
  EXPECT_TRUE(others->PrepareUpdate(UpdateKind::kReplace).Is(Error::kWriteConflict));
  EXPECT_TRUE(others->Delete().Is(Error::kWriteConflict));
  EXPECT_TRUE(others->Lock(lock_bit::kWrite).Is(Error::kWriteConflict));
  ASSERT_TRUE(others->PrepareUpdate(UpdateKind::kReplaceNoLock).ok());
  ASSERT_TRUE(Set(*others, people::kName, ToBytes("other")).ok());
  EXPECT_TRUE(others->Update().status().Is(Error::kWriteConflict));
  ASSERT_TRUE(others->PrepareUpdate(UpdateKind::kCancel).ok());
  ASSERT_TRUE(Set(*cursor_, people::kName, ToBytes("mine")).ok());
  ASSERT_TRUE(cursor_->Update().ok());
  EXPECT_EQ(Text(*others, people::kName), "name5");
  Commit(*session_);
  EXPECT_EQ(Text(*others, people::kName), "name5");
}

TEST_P(TableCursorTest, AnUnlockedReplaceNoticesThatTheRecordHasChanged) {
  AddTen();
  const auto others = table_.Open(*other_);
  ASSERT_TRUE(SeekId(*cursor_, 40).ok());
  ASSERT_TRUE(SeekId(*others, 40).ok());
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kReplace).ok()) << "no transaction, no lock";
  ASSERT_TRUE(Set(*cursor_, people::kName, ToBytes("mine")).ok());
  ASSERT_TRUE(others->PrepareUpdate(UpdateKind::kReplace).ok());
  ASSERT_TRUE(Set(*others, people::kName, ToBytes("theirs")).ok());
  ASSERT_TRUE(others->Update().ok());
  EXPECT_TRUE(cursor_->Update().status().Is(Error::kWriteConflict));
}

TEST_P(TableCursorTest, RollbackTakesEverythingBack) {
  AddTen();
  Begin(*session_);
  Add(41, "rolled back", 7);
  ASSERT_TRUE(SeekId(*cursor_, 50).ok());
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kReplace).ok());
  ASSERT_TRUE(Set(*cursor_, people::kNote, ToBytes(std::string(100'000, 'n'))).ok());
  ASSERT_TRUE(Set(*cursor_, people::kName, ToBytes("changed")).ok());
  ASSERT_TRUE(cursor_->Update().ok());
  ASSERT_TRUE(SeekId(*cursor_, 60).ok());
  ASSERT_TRUE(cursor_->Delete().ok());
  ASSERT_TRUE(session_->transaction.Rollback().ok());
  cursor_->MoveBeforeFirst();
  EXPECT_EQ(IdsForward(*cursor_), (Ids{0, 10, 20, 30, 40, 50, 60, 70, 80, 90}));
  ASSERT_TRUE(SeekId(*cursor_, 50).ok());
  EXPECT_EQ(Text(*cursor_, people::kName), "name4");
  EXPECT_EQ(Text(*cursor_, people::kNote), "null");
}

TEST_P(TableCursorTest, AutoIncrementGoesOnBehindTheLargest) {
  AddTen();
  const auto number_of = [this](TableCursor& cursor) {
    return LoadLittle<int64_t>(ToBytes(Text(cursor, people::kNumber)).data());
  };
  ASSERT_TRUE(cursor_->MoveLast().ok());
  EXPECT_EQ(number_of(*cursor_), 10);
  const auto reopened =
      std::make_shared<Table>(table_.table->definition(), *under_test_.manager, &table_);
  TableCursor cursor(reopened, session_->context, true);
  Prepare(cursor, 99, "last", 1);
  std::byte bytes[8];
  RetrieveArguments arguments;
  arguments.flags = retrieve_bit::kCopy;
  ASSERT_TRUE(cursor.RetrieveColumn(people::kNumber, bytes, &arguments).ok());
  EXPECT_EQ(LoadLittle<int64_t>(bytes), 11);
  ASSERT_TRUE(cursor.Update().ok());
}

TEST_P(TableCursorTest, EscrowColumnsCount) {
  AddTen();
  ASSERT_TRUE(SeekId(*cursor_, 40).ok());
  const auto add = [this](ColumnId column, int32_t amount) {
    return cursor_->EscrowUpdate(column, amount);
  };
  EXPECT_TRUE(add(people::kCount, 3).status().Is(Error::kNotInTransaction));
  Begin(*session_);
  Result<int32_t> before = add(people::kCount, 3);
  ASSERT_TRUE(before.ok());
  EXPECT_EQ(*before, 5);
  before = add(people::kCount, -10);
  ASSERT_TRUE(before.ok());
  EXPECT_EQ(*before, 8);
  EXPECT_EQ(Text(*cursor_, people::kCount), ToText(LittleBytes<int32_t>(-2)));
  EXPECT_TRUE(add(people::kId, 1).status().Is(Error::kInvalidOperation));
  Commit(*session_);
}

// A file of Windows may have such a column.
TEST_P(TableCursorTest, EscrowColumnsThatDeleteAtZeroAreNotCounted) {
  TableSchema schema;
  const TableSchema people = test::PeopleSchema();
  schema.name = "deleting";
  for (ColumnSchema column : people.columns()) {
    if (column.id == people::kCount) column.flags |= column_flag::kDeleteOnZero;
    schema.AddColumn(std::move(column));
  }
  schema.indexes = people.indexes;
  test::TableUnderTest table(under_test_, std::move(schema));
  const auto cursor = table.Open(*session_);
  Prepare(*cursor, 1, "one", 1);
  ASSERT_TRUE(cursor->Update().ok());
  Begin(*session_);
  ASSERT_TRUE(SeekId(*cursor, 1).ok());
  EXPECT_TRUE(cursor->EscrowUpdate(people::kCount, -5).status().Is(Error::kFeatureNotAvailable));
  Commit(*session_);
}

TEST_P(TableCursorTest, TaggedColumnsCanBeEnumerated) {
  Prepare(*cursor_, 1, "one", 1);
  ASSERT_TRUE(Set(*cursor_, people::kTags, ToBytes("x"), 0, 0).ok());
  ASSERT_TRUE(Set(*cursor_, people::kTags, ToBytes("y"), 0, 0).ok());
  ASSERT_TRUE(Set(*cursor_, people::kNote, ToBytes("note")).ok());
  ASSERT_TRUE(cursor_->Update().ok());
  ASSERT_TRUE(cursor_->MoveFirst().ok());
  std::vector<std::pair<ColumnId, std::string>> found;
  for (uint32_t n = 1;; ++n) {
    std::byte buffer[100];
    RetrieveArguments arguments;
    arguments.itag_sequence = n;
    const Status status = cursor_->RetrieveColumn(0, buffer, &arguments);
    if (status.Is(Error::kWarnColumnNull)) break;
    ASSERT_TRUE(status.ok());
    found.emplace_back(arguments.next_tagged, ToText(Bytes(buffer).first(arguments.actual_size)));
  }
  const std::vector<std::pair<ColumnId, std::string>> expected = {
      {people::kTags, "x"}, {people::kTags, "y"}, {people::kNote, "note"}};
  EXPECT_EQ(found, expected);
}

TEST_P(TableCursorTest, PositionsAreFractions) {
  AddTen();
  ASSERT_TRUE(SeekId(*cursor_, 30).ok());
  const RecordPosition position = cursor_->GetPosition().value();
  EXPECT_EQ(position.less, 3u);
  EXPECT_EQ(position.in_range, 1u);
  EXPECT_EQ(position.total, 10u);
  ASSERT_TRUE(cursor_->GotoPosition({50, 1, 100}).ok());
  EXPECT_EQ(Id(*cursor_), 50);
  ASSERT_TRUE(cursor_->GotoPosition({100, 1, 100}).ok());
  EXPECT_EQ(Id(*cursor_), 90);
  EXPECT_TRUE(cursor_->GotoPosition({2, 1, 1}).Is(Error::kInvalidParameter));
}

TEST_P(TableCursorTest, WrongColumnsAreRefused) {
  AddTen();
  ASSERT_TRUE(cursor_->MoveFirst().ok());
  std::byte buffer[4];
  RetrieveArguments arguments;
  EXPECT_TRUE(cursor_->RetrieveColumn(77, buffer, &arguments).Is(Error::kColumnNotFound));
  EXPECT_TRUE(cursor_->RetrieveColumn(70'000, buffer, &arguments).Is(Error::kBadColumnId));
  arguments.itag_sequence = 0;
  EXPECT_TRUE(
      cursor_->RetrieveColumn(people::kTags, buffer, &arguments).Is(Error::kBadItagSequence));
  EXPECT_TRUE(Set(*cursor_, people::kId, LittleBytes(1)).Is(Error::kUpdateNotPrepared));
  TableCursor read_only(table_.table, session_->context, false);
  EXPECT_TRUE(read_only.PrepareUpdate(UpdateKind::kInsert).Is(Error::kPermissionDenied));
}

TEST_P(TableCursorTest, TablesWithoutAPrimaryIndexCount) {
  TableSchema schema = test::PeopleSchema();
  schema.indexes.erase(schema.indexes.begin());
  TableUnderTest table(under_test_, schema);
  const auto cursor = table.Open(*session_);
  for (int32_t id : {5, 3, 5}) {
    Prepare(*cursor, id, "n" + std::to_string(id + cursor->CountRecords(0).ok()), 1);
    ASSERT_TRUE(Set(*cursor, people::kName, {}).ok());
    const auto bookmark = cursor->Update();
    ASSERT_TRUE(bookmark.ok()) << bookmark.status().number();
    EXPECT_EQ(bookmark->size(), 4u);
  }
  cursor->MoveBeforeFirst();
  EXPECT_EQ(IdsForward(*cursor), (Ids{5, 3, 5}));
  EXPECT_EQ(table.FindInconsistency(), "");
}

INSTANTIATE_TEST_SUITE_P(PageSizes, TableCursorTest, ::testing::Values(4096u, 32768u));

}  // namespace
}  // namespace contrail
