// Changing parts of long values: in place, unless somebody shares the value or an index needs both.

#include <random>

#include "engine/table_cursor.h"
#include "tests/support/table_cursor_fixture.h"

namespace contrail {
namespace {

namespace people = test::people;
using test::LittleBytes;
using test::ToBytes;

// The fixture's end compares records, index entries and long values.
class LongValuePartTest : public test::TableCursorFixture {
 protected:
  LongValuePartTest() : note_(300'000, 'a') {
    Begin(*session_);
    Prepare(*cursor_, 1, "one", 1);
    EXPECT_TRUE(Set(*cursor_, people::kNote, ToBytes(note_)).ok());
    EXPECT_TRUE(cursor_->Update().ok());
    Commit(*session_);
    EXPECT_TRUE(SeekId(*cursor_, 1).ok());
  }

  Status Part(const std::string& bytes, uint32_t flags, uint32_t offset = 0, uint32_t size = 0) {
    return Set(*cursor_, people::kNote, ToBytes(bytes), flags, 1, offset, size);
  }
  static std::string Note(TableCursor& cursor, uint32_t flags = 0) {
    std::vector<std::byte> buffer(400'000);
    RetrieveArguments arguments;
    arguments.flags = flags;
    const Status status = cursor.RetrieveColumn(people::kNote, buffer, &arguments);
    if (!status.ok()) return "error " + std::to_string(status.number());
    return test::ToText(Bytes(buffer).first(arguments.actual_size));
  }
  size_t Changes() { return under_test_.manager->version_count(); }

  std::string note_;
};

TEST_P(LongValuePartTest, AnUnsharedValueIsChangedInPlace) {
  Begin(*session_);
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kReplace).ok());
  const size_t before = Changes();
  ASSERT_TRUE(Part("the end", set_column_bit::kAppend).ok());
  ASSERT_TRUE(Part("!", set_column_bit::kAppend).ok());
  ASSERT_TRUE(Part("HERE", set_column_bit::kOverwrite, 150'000).ok());
  EXPECT_EQ(Changes(), before) << "nothing is in the tree before the update";
  const std::string old_note = note_;
  note_.replace(150'000, 4, "HERE");
  note_ += "the end!";
  EXPECT_TRUE(Note(*cursor_, retrieve_bit::kCopy) == note_);
  EXPECT_TRUE(Note(*cursor_) == old_note);
  ASSERT_TRUE(cursor_->Update().ok());
  EXPECT_LE(Changes() - before, 8u) << "the record, the root, the chunks touched";
  EXPECT_TRUE(Note(*cursor_) == note_);
  // Another session sees the old value until the commit, and for as long as its snapshot lives.
  const auto theirs = table_.Open(*other_);
  Begin(*other_);
  ASSERT_TRUE(SeekId(*theirs, 1).ok());
  EXPECT_TRUE(Note(*theirs) == old_note);
  Commit(*session_);
  EXPECT_TRUE(Note(*theirs) == old_note);
  EXPECT_TRUE(theirs->PrepareUpdate(UpdateKind::kReplace).Is(Error::kWriteConflict));
  Commit(*other_);
  EXPECT_TRUE(Note(*theirs) == note_);
}

TEST_P(LongValuePartTest, CancelAndRollbackLeaveTheValueAsItWas) {
  Begin(*session_);
  Begin(*session_);
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kReplace).ok());
  ASSERT_TRUE(Part("more", set_column_bit::kAppend).ok());
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kCancel).ok());
  EXPECT_TRUE(Note(*cursor_) == note_);
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kReplace).ok());
  ASSERT_TRUE(Part("", set_column_bit::kSize, 0, 1000).ok());
  ASSERT_TRUE(cursor_->Update().ok());
  EXPECT_EQ(Note(*cursor_), note_.substr(0, 1000));
  ASSERT_TRUE(session_->transaction.Rollback().ok());
  Commit(*session_);
  ASSERT_TRUE(SeekId(*cursor_, 1).ok());
  EXPECT_TRUE(Note(*cursor_) == note_);
}

TEST_P(LongValuePartTest, ASharedValueIsCopied) {
  Begin(*session_);
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kReplace).ok());
  ASSERT_TRUE(Part("mine", set_column_bit::kAppend).ok());
  // Shared only after the change, before the update.
  const auto second = table_.Open(*session_);
  ASSERT_TRUE(SeekId(*second, 1).ok());
  ASSERT_TRUE(second->PrepareUpdate(UpdateKind::kInsertCopy).ok());
  ASSERT_TRUE(Set(*second, people::kId, LittleBytes<int32_t>(2)).ok());
  ASSERT_TRUE(Set(*second, people::kName, ToBytes("two")).ok());
  ASSERT_TRUE(second->Update().ok());
  ASSERT_TRUE(cursor_->Update().ok());
  EXPECT_TRUE(Note(*cursor_) == note_ + "mine");
  ASSERT_TRUE(SeekId(*second, 2).ok());
  EXPECT_TRUE(Note(*second) == note_);
  Commit(*session_);
}

TEST_P(LongValuePartTest, OthersCanNotShareWhatChangesUnderThem) {
  const auto theirs = table_.Open(*other_);
  for (const bool committed : {false, true}) {
    Begin(*session_);
    Begin(*other_);
    ASSERT_TRUE(SeekId(*cursor_, 1).ok());
    ASSERT_TRUE(SeekId(*theirs, 1).ok());
    ASSERT_TRUE(theirs->PrepareUpdate(UpdateKind::kInsertCopy).ok());
    ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kReplace).ok());
    ASSERT_TRUE(Part("x", set_column_bit::kOverwrite, 9).ok());
    ASSERT_TRUE(cursor_->Update().ok());
    if (committed) Commit(*session_);
    ASSERT_TRUE(Set(*theirs, people::kId, LittleBytes<int32_t>(2)).ok());
    ASSERT_TRUE(Set(*theirs, people::kName, ToBytes("two")).ok());
    EXPECT_TRUE(theirs->Update().status().Is(Error::kWriteConflict));
    ASSERT_TRUE(other_->transaction.Rollback().ok());
    if (committed) continue;
    ASSERT_TRUE(session_->transaction.Rollback().ok());
  }
}

TEST_P(LongValuePartTest, MuchIsCopiedInTheTree) {
  Begin(*session_);
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kReplace).ok());
  ASSERT_TRUE(Part("", set_column_bit::kSize, 0, 5000).ok());
  note_.resize(5000);
  for (int i = 0; i < 5; ++i) {
    const std::string part(900'000, static_cast<char>('b' + i));
    ASSERT_TRUE(
        Part(part, set_column_bit::kOverwrite | (i == 4 ? 0 : set_column_bit::kSize), 5000).ok());
    note_.resize(5000);
    note_ += part;
  }
  ASSERT_TRUE(Part("", set_column_bit::kSize, 0, 350'000).ok());
  note_.resize(350'000);
  EXPECT_TRUE(Note(*cursor_, retrieve_bit::kCopy) == note_);
  ASSERT_TRUE(cursor_->Update().ok());
  Commit(*session_);
  EXPECT_TRUE(Note(*cursor_) == note_);
}

TEST_P(LongValuePartTest, RandomPartsGiveWhatAStringGives) {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    for (int update = 0; update < 12; ++update) {
      Begin(*session_);
      ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kReplace).ok());
      std::string changed = note_;
      for (uint64_t parts = 1 + random() % 6; parts > 0; --parts) {
        const std::string bytes(1 + random() % 9000, static_cast<char>('a' + random() % 26));
        const auto offset = static_cast<uint32_t>(random() % (changed.size() + 1));
        const auto size = static_cast<uint32_t>(random() % 60'000);
        switch (random() % 4) {
          case 0:
            ASSERT_TRUE(Part(bytes, set_column_bit::kAppend).ok());
            changed += bytes;
            break;
          case 1:
            ASSERT_TRUE(Part("", set_column_bit::kSize, 0, size).ok());
            changed.resize(size);
            break;
          case 2:
          case 3: {
            const bool cut = random() % 3 == 0;
            ASSERT_TRUE(
                Part(bytes, set_column_bit::kOverwrite | (cut ? set_column_bit::kSize : 0), offset)
                    .ok());
            if (changed.size() < offset + bytes.size()) changed.resize(offset + bytes.size());
            changed.replace(offset, bytes.size(), bytes);
            if (cut) changed.resize(offset + bytes.size());
            break;
          }
        }
        ASSERT_TRUE(Note(*cursor_, retrieve_bit::kCopy) == changed);
        ASSERT_TRUE(Note(*cursor_) == note_);
      }
      const uint64_t end = random() % 4;
      if (end == 0) {
        ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kCancel).ok());
        Commit(*session_);
      } else {
        ASSERT_TRUE(cursor_->Update().ok());
        ASSERT_TRUE(Note(*cursor_) == changed);
        if (end == 1) {
          ASSERT_TRUE(session_->transaction.Rollback().ok());
        } else {
          Commit(*session_);
          note_ = changed;
        }
      }
      ASSERT_TRUE(SeekId(*cursor_, 1).ok());
      ASSERT_TRUE(Note(*cursor_) == note_);
    }
    ASSERT_EQ(table_.FindInconsistency(), "");
  }
}

INSTANTIATE_TEST_SUITE_P(PageSizes, LongValuePartTest, ::testing::Values(4096u, 32768u));

}  // namespace
}  // namespace contrail
