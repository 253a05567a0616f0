// What becomes of a prepared update when its level is rolled back, and when the record changes
// under it through another cursor of the same session.

#include <functional>
#include <random>

#include "engine/table_cursor.h"

#include "tests/support/table_cursor_fixture.h"

namespace contrail {
namespace {

namespace people = test::people;
using test::LittleBytes;
using test::ToBytes;

// The fixture's end compares records, index entries and long values.
class PreparedUpdateTest : public test::TableCursorFixture {
 protected:
  PreparedUpdateTest() {
    Begin(*session_);
    AddWithNote(1, "one", 1);
    AddWithNote(2, "two", 2);
    Commit(*session_);
  }

  void AddWithNote(int32_t id, const std::string& name, int16_t group) {
    Prepare(*cursor_, id, name, group);
    ASSERT_TRUE(Set(*cursor_, people::kNote, ToBytes(Note('a'))).ok());
    ASSERT_TRUE(cursor_->Update().ok());
  }
  std::vector<std::byte> BookmarkOf(int32_t id) {
    EXPECT_TRUE(SeekId(*cursor_, id).ok());
    const Result<Bytes> bookmark = cursor_->GetBookmark();
    EXPECT_TRUE(bookmark.ok());
    return bookmark.ok() ? std::vector<std::byte>(bookmark->begin(), bookmark->end())
                         : std::vector<std::byte>();
  }
  static std::string Note(char letter) { return std::string(50'000, letter); }
  // Replaces through `cursor`: another group (0: none) and another note.
  void Replace(TableCursor& cursor, int32_t id, int16_t group, char letter) {
    ASSERT_TRUE(SeekId(cursor, id).ok());
    ASSERT_TRUE(cursor.PrepareUpdate(UpdateKind::kReplace).ok());
    SetGroup(cursor, group);
    ASSERT_TRUE(Set(cursor, people::kNote, ToBytes(Note(letter))).ok());
    ASSERT_TRUE(cursor.Update().ok());
  }
  static void SetGroup(TableCursor& cursor, int16_t group) {
    const auto bytes = LittleBytes(group);
    ASSERT_TRUE(Set(cursor, people::kGroup, group == 0 ? Bytes() : Bytes(bytes)).ok());
  }
  void ExpectRow(int32_t id, int16_t group, char letter) {
    ASSERT_TRUE(SeekId(*cursor_, id).ok());
    const std::string bytes = Text(*cursor_, people::kGroup);
    EXPECT_EQ(bytes, group == 0 ? "null" : test::ToText(LittleBytes(group)));
    EXPECT_EQ(Text(*cursor_, people::kNote), Note(letter));
  }
};

TEST_P(PreparedUpdateTest, GoesWithTheLevelItWasPreparedIn) {
  for (const UpdateKind kind : {UpdateKind::kReplace, UpdateKind::kReplaceNoLock,
                                UpdateKind::kInsertCopy, UpdateKind::kInsertCopyDeleteOriginal}) {
    SCOPED_TRACE(static_cast<int>(kind));
    Begin(*session_);
    Begin(*session_);
    Replace(*cursor_, 1, 0, 'b');
    ASSERT_TRUE(SeekId(*cursor_, 1).ok());
    ASSERT_TRUE(cursor_->PrepareUpdate(kind).ok());
    ASSERT_TRUE(session_->transaction.Rollback().ok());
    EXPECT_FALSE(cursor_->update_prepared());
    EXPECT_TRUE(
        Set(*cursor_, people::kGroup, LittleBytes<int16_t>(3)).Is(Error::kUpdateNotPrepared));
    EXPECT_TRUE(cursor_->Update().status().Is(Error::kUpdateNotPrepared));
    Commit(*session_);
    ExpectRow(1, 1, 'a');
    EXPECT_EQ(table_.FindInconsistency(), "");
  }
}

TEST_P(PreparedUpdateTest, SurvivesTheEndOfInnerLevelsAndMovesOutWithACommit) {
  Begin(*session_);
  Begin(*session_);
  ASSERT_TRUE(SeekId(*cursor_, 1).ok());
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kReplace).ok());
  Begin(*session_);
  SetGroup(*cursor_, 7);
  ASSERT_TRUE(session_->transaction.Rollback().ok());
  EXPECT_TRUE(cursor_->update_prepared());
  Commit(*session_);  // Now it belongs to the outermost level.
  Begin(*session_);
  ASSERT_TRUE(session_->transaction.Rollback().ok());
  ASSERT_TRUE(cursor_->Update().ok());
  Commit(*session_);
  ExpectRow(1, 7, 'a');

  Begin(*session_);
  Begin(*session_);
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kReplace).ok());
  Commit(*session_);
  ASSERT_TRUE(session_->transaction.Rollback().ok());
  EXPECT_FALSE(cursor_->update_prepared());
}

TEST_P(PreparedUpdateTest, GoesWithALevelThatALongValueOfItWasMadeIn) {
  Begin(*session_);
  ASSERT_TRUE(SeekId(*cursor_, 1).ok());
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kReplace).ok());
  ASSERT_TRUE(Set(*cursor_, people::kBlob, ToBytes(Note('b')), set_column_bit::kSeparate).ok());
  Begin(*session_);
  ASSERT_TRUE(Set(*cursor_, people::kNote, ToBytes(Note('c'))).ok());
  ASSERT_TRUE(session_->transaction.Rollback().ok());
  EXPECT_FALSE(cursor_->update_prepared());
  ASSERT_TRUE(session_->transaction.Rollback().ok());
  ExpectRow(1, 1, 'a');
}

TEST_P(PreparedUpdateTest, OfTwoCursorsOnARecordTheSecondConflicts) {
  for (const UpdateKind kind : {UpdateKind::kReplace, UpdateKind::kReplaceNoLock}) {
    const auto second = table_.Open(*session_);
    Begin(*session_);
    // Changed in this transaction before: no conflict comes from that.
    Replace(*cursor_, 2, 0, 'b');
    ASSERT_TRUE(SeekId(*cursor_, 2).ok());
    ASSERT_TRUE(SeekId(*second, 2).ok());
    ASSERT_TRUE(cursor_->PrepareUpdate(kind).ok());
    ASSERT_TRUE(second->PrepareUpdate(kind).ok());
    SetGroup(*cursor_, 5);
    ASSERT_TRUE(Set(*cursor_, people::kNote, ToBytes(Note('c'))).ok());
    SetGroup(*second, 6);
    ASSERT_TRUE(Set(*second, people::kNote, ToBytes(Note('d'))).ok());
    ASSERT_TRUE(cursor_->Update().ok());
    EXPECT_TRUE(second->Update().status().Is(Error::kSessionWriteConflict));
    EXPECT_TRUE(second->update_prepared());
    ASSERT_TRUE(second->PrepareUpdate(UpdateKind::kCancel).ok());
    Commit(*session_);
    ExpectRow(2, 5, 'c');
    EXPECT_EQ(table_.FindInconsistency(), "");
  }
}

TEST_P(PreparedUpdateTest, ACancelledOrRolledBackUpdateOfAnotherCursorIsNoConflict) {
  const auto second = table_.Open(*session_);
  Begin(*session_);
  ASSERT_TRUE(SeekId(*cursor_, 1).ok());
  ASSERT_TRUE(SeekId(*second, 1).ok());
  ASSERT_TRUE(second->PrepareUpdate(UpdateKind::kReplace).ok());
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kReplace).ok());
  SetGroup(*cursor_, 8);
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kCancel).ok());
  Begin(*session_);
  Replace(*cursor_, 1, 9, 'z');
  ASSERT_TRUE(session_->transaction.Rollback().ok());
  SetGroup(*second, 4);
  ASSERT_TRUE(second->Update().ok());
  Commit(*session_);
  ExpectRow(1, 4, 'a');
}

TEST_P(PreparedUpdateTest, ADeletedRecordIsGoneForOtherUpdatesOfIt) {
  const auto second = table_.Open(*session_);
  Begin(*session_);
  ASSERT_TRUE(SeekId(*cursor_, 1).ok());
  ASSERT_TRUE(SeekId(*second, 1).ok());
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kReplace).ok());
  ASSERT_TRUE(second->Delete().ok());
  SetGroup(*cursor_, 3);
  EXPECT_TRUE(cursor_->Update().status().Is(Error::kRecordDeleted));
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kCancel).ok());
  // A delete ends the cursor's own update, unless that one deletes the record itself.
  ASSERT_TRUE(SeekId(*cursor_, 2).ok());
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kInsertCopyDeleteOriginal).ok());
  EXPECT_TRUE(cursor_->Delete().Is(Error::kAlreadyPrepared));
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kCancel).ok());
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kReplace).ok());
  ASSERT_TRUE(cursor_->Delete().ok());
  EXPECT_FALSE(cursor_->update_prepared());
  Commit(*session_);
  EXPECT_TRUE(cursor_->MoveFirst().Is(Error::kNoCurrentRecord));
}

TEST_P(PreparedUpdateTest, ACopyDoesNotShareLongValuesThatAreGone) {
  const auto second = table_.Open(*session_);
  for (const UpdateKind kind : {UpdateKind::kInsertCopy, UpdateKind::kInsertCopyDeleteOriginal}) {
    Begin(*session_);
    ASSERT_TRUE(SeekId(*cursor_, 1).ok());
    ASSERT_TRUE(cursor_->PrepareUpdate(kind).ok());
    ASSERT_TRUE(Set(*cursor_, people::kId, LittleBytes<int32_t>(3)).ok());
    ASSERT_TRUE(Set(*cursor_, people::kName, ToBytes("three")).ok());
    Replace(*second, 1, 1, 'b');
    EXPECT_TRUE(cursor_->Update().status().Is(Error::kSessionWriteConflict));
    ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kCancel).ok());
    ASSERT_TRUE(session_->transaction.Rollback().ok());
  }
}

TEST_P(PreparedUpdateTest, InsertCopyDeleteOriginalLocksTheOriginal) {
  const auto theirs = table_.Open(*other_);
  Begin(*session_);
  ASSERT_TRUE(SeekId(*cursor_, 1).ok());
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kInsertCopyDeleteOriginal).ok());
  Begin(*other_);
  ASSERT_TRUE(SeekId(*theirs, 1).ok());
  EXPECT_TRUE(theirs->PrepareUpdate(UpdateKind::kReplace).Is(Error::kWriteConflict));
}

// As in ESE: whatever may move the cursor cancels the update first, even where it stays.
TEST_P(PreparedUpdateTest, EveryMoveCancelsIt) {
  const std::vector<std::byte> bookmark = BookmarkOf(2);
  const std::vector<std::pair<const char*, std::function<void(TableCursor&)>>> moves = {
      {"next", [](TableCursor& cursor) { ASSERT_TRUE(cursor.MoveNext().ok()); }},
      {"stay", [](TableCursor& cursor) { ASSERT_TRUE(cursor.Move(0).ok()); }},
      {"first", [](TableCursor& cursor) { ASSERT_TRUE(cursor.MoveFirst().ok()); }},
      {"off the end",
       [](TableCursor& cursor) { ASSERT_TRUE(cursor.Move(9).Is(Error::kNoCurrentRecord)); }},
      {"seek", [this](TableCursor& cursor) { ASSERT_TRUE(SeekId(cursor, 2).ok()); }},
      {"seek in vain",
       [this](TableCursor& cursor) { ASSERT_TRUE(SeekId(cursor, 9).Is(Error::kRecordNotFound)); }},
      {"bookmark", [&](TableCursor& cursor) { ASSERT_TRUE(cursor.GotoBookmark(bookmark).ok()); }},
      {"position",
       [](TableCursor& cursor) {
         ASSERT_TRUE(cursor.GotoPosition({1, 1, 2}).ok());
       }},
      {"index",
       [](TableCursor& cursor) {
         ASSERT_TRUE(cursor.SetCurrentIndex("", current_index_bit::kNoMove).ok());
       }},
  };
  for (const auto& [name, move] : moves) {
    SCOPED_TRACE(name);
    Begin(*session_);
    ASSERT_TRUE(SeekId(*cursor_, 1).ok());
    ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kReplace).ok());
    SetGroup(*cursor_, 8);
    // The long value that it has made goes with it.
    ASSERT_TRUE(Set(*cursor_, people::kNote, ToBytes(Note('c'))).ok());
    move(*cursor_);
    EXPECT_FALSE(cursor_->update_prepared());
    EXPECT_TRUE(cursor_->Update().status().Is(Error::kUpdateNotPrepared));
    Commit(*session_);
    ExpectRow(1, 1, 'a');
  }
}

TEST_P(PreparedUpdateTest, KeysRangesAndCountsLeaveIt) {
  Begin(*session_);
  ASSERT_TRUE(SeekId(*cursor_, 1).ok());
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kReplace).ok());
  SetGroup(*cursor_, 8);
  ASSERT_TRUE(cursor_->MakeKey(LittleBytes<int32_t>(2), make_key_bit::kNewKey).ok());
  ASSERT_TRUE(cursor_->SetIndexRange(range_bit::kUpperLimit | range_bit::kInclusive).ok());
  EXPECT_TRUE(cursor_->CountRecords(0).ok());
  EXPECT_TRUE(cursor_->GetBookmark().ok());
  // Without a key nothing moves.
  EXPECT_TRUE(cursor_->Seek(seek_bit::kEqual).Is(Error::kKeyNotMade));
  EXPECT_TRUE(cursor_->update_prepared());
  ASSERT_TRUE(cursor_->Update().ok());
  Commit(*session_);
  ExpectRow(1, 8, 'a');
}

INSTANTIATE_TEST_SUITE_P(PageSizes, PreparedUpdateTest, ::testing::Values(4096u, 32768u));

// Random: two cursors of a session, three rows, nested levels, prepared updates left open across
// them. Judged by the consistency of records, index entries and long values.
TEST_P(PreparedUpdateTest, RandomHistoriesStaySound) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const auto second = table_.Open(*session_);
    TableCursor* const cursors[] = {cursor_.get(), second.get()};
    Begin(*session_);
    for (int step = 0; step < 250; ++step) {
      TableCursor& cursor = *cursors[random() % 2];
      const auto id = static_cast<int32_t>(1 + random() % 3);
      switch (random() % 10) {
        case 0:
          if (session_->transaction.level() < 5) Begin(*session_);
          break;
        case 1:
          if (session_->transaction.level() > 1) Commit(*session_);
          break;
        case 2:
          if (session_->transaction.level() > 1) {
            ASSERT_TRUE(session_->transaction.Rollback().ok());
          }
          break;
        case 3:
          if (SeekId(cursor, id).ok()) cursor.Delete().Ignore();
          break;
        case 4:
          if (cursor.update_prepared()) break;
          ASSERT_TRUE(cursor.PrepareUpdate(UpdateKind::kInsert).ok());
          ASSERT_TRUE(Set(cursor, people::kId, LittleBytes(id)).ok());
          ASSERT_TRUE(Set(cursor, people::kName, ToBytes("n" + std::to_string(id))).ok());
          break;
        case 5:
          if (cursor.update_prepared() || !SeekId(cursor, id).ok()) break;
          cursor
              .PrepareUpdate(random() % 2 == 0 ? UpdateKind::kReplace : UpdateKind::kReplaceNoLock)
              .Ignore();
          break;
        case 6:
          if (cursor.update_prepared()) SetGroup(cursor, static_cast<int16_t>(random() % 4));
          break;
        case 7: {
          if (!cursor.update_prepared()) break;
          const std::string note(random() % 9000, static_cast<char>('a' + random() % 26));
          const uint32_t flags = random() % 2 == 0 ? set_column_bit::kAppend : 0;
          ASSERT_TRUE(Set(cursor, people::kNote, ToBytes(note), flags).ok());
          break;
        }
        default: {
          if (!cursor.update_prepared()) break;
          if (random() % 4 == 0) {
            ASSERT_TRUE(cursor.PrepareUpdate(UpdateKind::kCancel).ok());
            break;
          }
          const Status status = cursor.Update().status();
          const bool known = status.ok() || status.Is(Error::kSessionWriteConflict) ||
                             status.Is(Error::kRecordDeleted) || status.Is(Error::kKeyDuplicate);
          ASSERT_TRUE(known) << status.number();
          if (!status.ok()) {
            ASSERT_TRUE(cursor.PrepareUpdate(UpdateKind::kCancel).ok());
          }
          break;
        }
      }
    }
    for (TableCursor* cursor : cursors) {
      if (cursor->update_prepared()) cursor->PrepareUpdate(UpdateKind::kCancel).Ignore();
    }
    while (session_->transaction.active()) Commit(*session_);
    ASSERT_EQ(table_.FindInconsistency(), "");
  }
}

}  // namespace
}  // namespace contrail
