#include "engine/table_cursor.h"

#include "tests/support/table_cursor_fixture.h"

namespace contrail {
namespace {

namespace people = test::people;
using test::LittleBytes;
using test::ToBytes;
using test::ToText;

class CursorLongValueTest : public test::TableCursorFixture {};

TEST_P(CursorLongValueTest, InsertCopySharesLongValuesUntilOneOfThemChanges) {
  const std::string note(50'000, 'n');
  Begin(*session_);
  Prepare(*cursor_, 1, "one", 1);
  ASSERT_TRUE(Set(*cursor_, people::kNote, ToBytes(note)).ok());
  ASSERT_TRUE(cursor_->Update().ok());
  ASSERT_TRUE(SeekId(*cursor_, 1).ok());
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kInsertCopy).ok());
  ASSERT_TRUE(Set(*cursor_, people::kId, LittleBytes<int32_t>(2)).ok());
  ASSERT_TRUE(Set(*cursor_, people::kName, ToBytes("two")).ok());
  ASSERT_TRUE(cursor_->Update().ok());
  Commit(*session_);
  EXPECT_EQ(table_.FindInconsistency(), "");
  ASSERT_TRUE(SeekId(*cursor_, 2).ok());
  EXPECT_EQ(Text(*cursor_, people::kNote), note);
  Begin(*session_);
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kReplace).ok());
  ASSERT_TRUE(Set(*cursor_, people::kNote, ToBytes("more"), set_column_bit::kAppend).ok());
  ASSERT_TRUE(cursor_->Update().ok());
  Commit(*session_);
  EXPECT_EQ(Text(*cursor_, people::kNote), note + "more");
  ASSERT_TRUE(SeekId(*cursor_, 1).ok());
  EXPECT_EQ(Text(*cursor_, people::kNote), note);
  ASSERT_TRUE(cursor_->Delete().ok());
  ASSERT_TRUE(SeekId(*cursor_, 2).ok());
  EXPECT_EQ(Text(*cursor_, people::kNote), note + "more");
  Begin(*session_);
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kInsertCopyDeleteOriginal).ok());
  ASSERT_TRUE(Set(*cursor_, people::kId, LittleBytes<int32_t>(3)).ok());
  ASSERT_TRUE(cursor_->Update().ok());
  Commit(*session_);
  ASSERT_TRUE(SeekId(*cursor_, 3).ok());
  EXPECT_EQ(Text(*cursor_, people::kNote), note + "more");
}

TEST_P(CursorLongValueTest, CancelAndRollbackLeaveNoLongValues) {
  Begin(*session_);
  Prepare(*cursor_, 1, "one", 1);
  ASSERT_TRUE(Set(*cursor_, people::kNote, ToBytes(std::string(9000, 'n'))).ok());
  ASSERT_TRUE(Set(*cursor_, people::kNote, ToBytes(std::string(9000, 'm'))).ok());
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kCancel).ok());
  Prepare(*cursor_, 1, "one", 1);
  ASSERT_TRUE(Set(*cursor_, people::kNote, ToBytes(std::string(9000, 'n'))).ok());
  ASSERT_TRUE(session_->transaction.Rollback().ok());
  EXPECT_FALSE(cursor_->update_prepared()) << "its long value has gone with the transaction";
  EXPECT_EQ(table_.FindInconsistency(), "");
}

TEST_P(CursorLongValueTest, LongValuesCanBeChangedInParts) {
  Begin(*session_);
  Prepare(*cursor_, 1, "one", 1);
  std::string expected;
  for (int i = 0; i < 30; ++i) {
    const std::string part(700, static_cast<char>('a' + i % 26));
    ASSERT_TRUE(Set(*cursor_, people::kNote, ToBytes(part), set_column_bit::kAppend).ok());
    expected += part;
  }
  ASSERT_TRUE(cursor_->Update().ok());
  ASSERT_TRUE(SeekId(*cursor_, 1).ok());
  EXPECT_EQ(Text(*cursor_, people::kNote), expected);
  ASSERT_TRUE(cursor_->PrepareUpdate(UpdateKind::kReplace).ok());
  const auto overwrite = [&](uint32_t offset, const std::string& bytes, uint32_t flags) {
    ASSERT_TRUE(
        Set(*cursor_, people::kNote, ToBytes(bytes), set_column_bit::kOverwrite | flags, 1, offset)
            .ok());
    if (expected.size() < offset + bytes.size()) expected.resize(offset + bytes.size());
    expected.replace(offset, bytes.size(), bytes);
    if (flags != 0) expected.resize(offset + bytes.size());
    EXPECT_EQ(Text(*cursor_, people::kNote, 1, retrieve_bit::kCopy), expected);
  };
  overwrite(5000, "HELLO", 0);
  overwrite(20'990, std::string(8000, 'X'), 0);
  EXPECT_TRUE(Set(*cursor_, people::kNote, ToBytes("gap"), set_column_bit::kOverwrite, 1, 40'000)
                  .Is(Error::kColumnNoChunk));
  overwrite(static_cast<uint32_t>(expected.size()), "end", 0);
  overwrite(12'345, "the end", set_column_bit::kSize);
  const auto resize = [&](uint32_t size) {
    ASSERT_TRUE(Set(*cursor_, people::kNote, {}, set_column_bit::kSize, 1, 0, size).ok());
    expected.resize(size);
    EXPECT_EQ(Text(*cursor_, people::kNote, 1, retrieve_bit::kCopy), expected);
  };
  resize(4014);
  resize(30'000);
  resize(29'999);
  resize(0);
  resize(10);
  ASSERT_TRUE(cursor_->Update().ok());
  EXPECT_EQ(Text(*cursor_, people::kNote), expected);
  Commit(*session_);
}

TEST_P(CursorLongValueTest, LongValuesAreReadInParts) {
  Begin(*session_);
  Prepare(*cursor_, 1, "one", 1);
  std::string blob;
  for (int i = 0; i < 20'000; ++i) blob += "abcdefgh"[(i * i) % 8];
  ASSERT_TRUE(Set(*cursor_, people::kBlob, ToBytes(blob)).ok());
  ASSERT_TRUE(cursor_->Update().ok());
  Commit(*session_);
  ASSERT_TRUE(SeekId(*cursor_, 1).ok());
  std::vector<std::byte> buffer(5000);
  RetrieveArguments arguments;
  arguments.offset = 3990;
  EXPECT_TRUE(
      cursor_->RetrieveColumn(people::kBlob, buffer, &arguments).Is(Error::kWarnBufferTruncated));
  EXPECT_EQ(arguments.actual_size, blob.size() - 3990);
  EXPECT_EQ(ToText(buffer), blob.substr(3990, 5000));
  arguments.offset = 20'000;
  EXPECT_TRUE(cursor_->RetrieveColumn(people::kBlob, buffer, &arguments).Is(Error::kSuccess));
  EXPECT_EQ(arguments.actual_size, 0u);
}

TEST_P(CursorLongValueTest, LargeRecordsMoveTheirValuesOut) {
  Begin(*session_);
  Prepare(*cursor_, 1, "one", 1);
  std::string tags;
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(
        Set(*cursor_, people::kTags, ToBytes(std::string(100, static_cast<char>('a' + i))), 0, 0)
            .ok());
  }
  ASSERT_TRUE(Set(*cursor_, people::kNote, ToBytes(std::string(1000, 'n'))).ok());
  ASSERT_TRUE(Set(*cursor_, people::kBlob, ToBytes("small"), set_column_bit::kSeparate).ok());
  const auto bookmark = cursor_->Update();
  ASSERT_TRUE(bookmark.ok()) << bookmark.status().number();
  Commit(*session_);
  ASSERT_TRUE(SeekId(*cursor_, 1).ok());
  EXPECT_EQ(Text(*cursor_, people::kNote), std::string(1000, 'n'));
  EXPECT_EQ(Text(*cursor_, people::kBlob), "small");
  RecordSize size;
  ASSERT_TRUE(cursor_->AddRecordSize(0, &size).ok());
  EXPECT_EQ(size.long_values, 1u);
  EXPECT_EQ(size.long_value_data, 5u);
  EXPECT_EQ(size.multi_values, 7u);
  EXPECT_EQ(size.tagged_columns, 3u);
}

TEST_P(CursorLongValueTest, ItagSequenceZeroAndNullTouchNoOtherValue) {
  Begin(*session_);
  Prepare(*cursor_, 1, "one", 1);
  const std::string note(9000, 'n');
  ASSERT_TRUE(Set(*cursor_, people::kBlob, ToBytes(note), set_column_bit::kSeparate).ok());
  ASSERT_TRUE(Set(*cursor_, people::kTags, ToBytes("tag")).ok());
  // Adds a null, that is nothing.
  ASSERT_TRUE(Set(*cursor_, people::kTags, {}, 0, 0).ok());
  EXPECT_EQ(Text(*cursor_, people::kTags, 1, retrieve_bit::kCopy), "tag");
  // A column of one value: that one is replaced.
  ASSERT_TRUE(Set(*cursor_, people::kNote, ToBytes(note), set_column_bit::kSeparate, 0).ok());
  ASSERT_TRUE(Set(*cursor_, people::kNote, ToBytes("m" + note), 0, 0).ok());
  EXPECT_EQ(Text(*cursor_, people::kNote, 1, retrieve_bit::kCopy), "m" + note);
  ASSERT_TRUE(Set(*cursor_, people::kNote, {}, 0, 0).ok());
  ASSERT_TRUE(Set(*cursor_, people::kNote, ToBytes(note), set_column_bit::kAppend, 0).ok());
  ASSERT_TRUE(Set(*cursor_, people::kNote, {}, set_column_bit::kRevertToDefault, 0).ok());
  ASSERT_TRUE(cursor_->Update().ok());
  ASSERT_TRUE(SeekId(*cursor_, 1).ok());
  EXPECT_EQ(Text(*cursor_, people::kBlob), note);
  EXPECT_EQ(Text(*cursor_, people::kTags), "tag");
  EXPECT_EQ(Text(*cursor_, people::kNote), "null");
  Commit(*session_);
}

TEST_P(CursorLongValueTest, AFailedSetColumnChangesNothing) {
  Begin(*session_);
  Prepare(*cursor_, 1, "one", 1);
  const std::string note(9000, 'n');
  ASSERT_TRUE(Set(*cursor_, people::kNote, ToBytes(note)).ok());
  EXPECT_TRUE(Set(*cursor_, people::kNote, ToBytes(note), set_column_bit::kIntrinsic)
                  .Is(Error::kColumnTooBig));
  EXPECT_TRUE(Set(*cursor_, people::kNote, {}, set_column_bit::kSize, 1, 0, 0x80000000)
                  .Is(Error::kColumnTooBig));
  EXPECT_EQ(Text(*cursor_, people::kNote, 1, retrieve_bit::kCopy), note);
  EXPECT_TRUE(Set(*cursor_, people::kBlob, ToBytes("x"), set_column_bit::kOverwrite, 1, 1)
                  .Is(Error::kColumnNoChunk));
  ASSERT_TRUE(cursor_->Update().ok());
  ASSERT_TRUE(SeekId(*cursor_, 1).ok());
  EXPECT_EQ(Text(*cursor_, people::kNote), note);
  EXPECT_EQ(Text(*cursor_, people::kBlob), "null");
  Commit(*session_);
}

INSTANTIATE_TEST_SUITE_P(PageSizes, CursorLongValueTest, ::testing::Values(4096u, 32768u));

}  // namespace
}  // namespace contrail
