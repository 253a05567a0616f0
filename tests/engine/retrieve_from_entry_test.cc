// Retrieval from the index entry: what keys tell, what only the record tells, and which value of a
// multi-valued column an entry stands for.

#include <map>
#include <random>
#include <set>

#include "engine/key_denormalizer.h"
#include "engine/table_cursor.h"
#include "tests/support/table_cursor_fixture.h"

namespace contrail {
namespace {

namespace people = test::people;
using test::LittleBytes;
using test::ToBytes;
using test::ToText;

constexpr uint32_t kEntry = retrieve_bit::kFromIndex;
constexpr uint32_t kPrimary = retrieve_bit::kFromPrimaryBookmark;

class RetrieveFromEntryTest : public test::TableCursorFixture {
 protected:
  RetrieveFromEntryTest() {
    AddTen();
    Prepare(*cursor_, 200, "tagged", -7);
    for (const char* tag : {"red", "Green", "blue", "green"}) {
      EXPECT_TRUE(Set(*cursor_, people::kTags, ToBytes(tag), 0, 0).ok());
    }
    EXPECT_TRUE(cursor_->Update().ok());
  }
  Status Retrieve(ColumnId column, uint32_t flags, std::string* value, uint32_t* itag = nullptr) {
    std::byte bytes[300];
    RetrieveArguments arguments;
    arguments.flags = flags;
    const Status status = cursor_->RetrieveColumn(column, bytes, &arguments);
    if (status.ok()) *value = ToText(Bytes(bytes).first(arguments.actual_size));
    if (itag != nullptr) *itag = arguments.itag_sequence;
    return status;
  }
};

TEST_P(RetrieveFromEntryTest, TakesNumbersFromTheKey) {
  ASSERT_TRUE(cursor_->SetCurrentIndex("by_group").ok());
  std::string value;
  for (Status status = cursor_->MoveFirst(); status.ok(); status = cursor_->MoveNext()) {
    std::string group;
    ASSERT_TRUE(Retrieve(people::kGroup, 0, &group).Is(Error::kSuccess));
    ASSERT_TRUE(Retrieve(people::kGroup, kEntry, &value).Is(Error::kSuccess));
    EXPECT_EQ(value, group);
    ASSERT_TRUE(Retrieve(people::kId, kPrimary, &value).Is(Error::kSuccess));
    EXPECT_EQ(value, ToText(LittleBytes(Id(*cursor_))));
  }
}

TEST_P(RetrieveFromEntryTest, RefusesWhatCannotBe) {
  std::string value;
  EXPECT_TRUE(Retrieve(people::kGroup, kEntry, &value).Is(Error::kNoCurrentRecord));
  ASSERT_TRUE(cursor_->SetCurrentIndex("by_group").ok());
  EXPECT_TRUE(Retrieve(people::kGroup, kEntry | kPrimary, &value).Is(Error::kInvalidGrbit));
  EXPECT_TRUE(Retrieve(people::kGroup, retrieve_bit::kTuple, &value).Is(Error::kInvalidGrbit));
  EXPECT_TRUE(Retrieve(people::kName, kEntry, &value).Is(Error::kColumnNotFound));
  EXPECT_TRUE(Retrieve(people::kGroup, kPrimary, &value).Is(Error::kColumnNotFound));
  EXPECT_TRUE(Retrieve(0, kEntry, &value).Is(Error::kBadColumnId));
}

TEST_P(RetrieveFromEntryTest, TextComesFromTheRecordAndIsTheEntrysValue) {
  ASSERT_TRUE(SeekId(*cursor_, 200).ok());
  ASSERT_TRUE(cursor_->SetCurrentIndex("by_tag").ok());
  std::vector<std::string> seen;
  std::vector<uint32_t> numbers;
  for (Status status = cursor_->MoveFirst(); status.ok(); status = cursor_->MoveNext()) {
    std::string value;
    uint32_t itag = 0;
    const Status got = Retrieve(people::kTags, kEntry | retrieve_bit::kTag, &value, &itag);
    if (got.Is(Error::kWarnColumnNull)) continue;  // The ten without tags.
    ASSERT_TRUE(got.Is(Error::kSuccess));
    seen.push_back(value);
    numbers.push_back(itag);
  }
  // "Green" and "green" have one entry; the first of them is its value.
  EXPECT_EQ(seen, (std::vector<std::string>{"blue", "Green", "red"}));
  EXPECT_EQ(numbers, (std::vector<uint32_t>{3, 2, 1}));
}

TEST_P(RetrieveFromEntryTest, RandomFlagsAgreeWithTheRecord) {
  std::mt19937_64 random(23);
  Begin(*session_);
  for (int32_t id = 1000; id < 1060; ++id) {
    Prepare(*cursor_, id, "row" + std::to_string(id), static_cast<int16_t>(random() % 2000 - 1000));
    for (uint64_t tags = random() % 5; tags > 0; --tags) {
      const std::string tag(1 + random() % 30, static_cast<char>('a' + random() % 4));
      ASSERT_TRUE(Set(*cursor_, people::kTags, ToBytes(tag), 0, 0).ok());
    }
    ASSERT_TRUE(cursor_->Update().ok());
  }
  constexpr uint32_t kFlags[] = {retrieve_bit::kCopy,
                                 kEntry,
                                 kPrimary,
                                 retrieve_bit::kTag,
                                 retrieve_bit::kNull,
                                 retrieve_bit::kIgnoreDefault,
                                 retrieve_bit::kTuple};
  constexpr ColumnId kColumns[] = {people::kId,   people::kGroup, people::kName,
                                   people::kTags, people::kCount, 0};
  for (const char* index : {"", "by_name", "by_group", "by_tag"}) {
    SCOPED_TRACE(index);
    ASSERT_TRUE(cursor_->SetCurrentIndex(index).ok());
    for (Status status = cursor_->MoveFirst(); status.ok(); status = cursor_->MoveNext()) {
      const ColumnId column = kColumns[random() % std::size(kColumns)];
      uint32_t flags = 0;
      for (const uint32_t flag : kFlags) flags |= random() % 3 == 0 ? flag : 0;
      std::string value;
      uint32_t itag = 0;
      const Status got = Retrieve(column, flags, &value, &itag);
      const bool refused = got.Is(Error::kInvalidGrbit) || got.Is(Error::kColumnNotFound) ||
                           got.Is(Error::kBadColumnId);
      ASSERT_TRUE(got.ok() || refused) << got.number() << " flags " << flags;
      if (!got.ok() || got.Is(Error::kWarnColumnNull) || column == 0) continue;
      const bool by_tag = column == people::kTags && (flags & kEntry) != 0;
      if (by_tag && (flags & retrieve_bit::kTag) == 0) continue;
      EXPECT_EQ(value, Text(*cursor_, column, by_tag ? itag : 1)) << "flags " << flags;
    }
  }
  Commit(*session_);
}

INSTANTIATE_TEST_SUITE_P(PageSizes, RetrieveFromEntryTest, ::testing::Values(4096u, 32768u));

// Whatever a key tells is what it was made of, in any direction and behind any other segments.
TEST(KeyDenormalizerTest, RandomKeysGiveBackTheirValues) {
  constexpr ColumnType kTypes[] = {ColumnType::kBit,
                                   ColumnType::kUnsignedByte,
                                   ColumnType::kShort,
                                   ColumnType::kLong,
                                   ColumnType::kUnsignedLong,
                                   ColumnType::kCurrency,
                                   ColumnType::kSingle,
                                   ColumnType::kDouble,
                                   ColumnType::kLongLong,
                                   ColumnType::kGuid,
                                   ColumnType::kUnsignedShort,
                                   ColumnType::kDateTime,
                                   ColumnType::kUnsignedLongLong};
  std::mt19937_64 random(17);
  TableSchema table;
  ColumnId id = 0;
  for (const ColumnType type : kTypes) {
    ++id;
    table.AddColumn(test::MakeColumn(id, "c" + std::to_string(id), type));
  }
  table.AddColumn(test::MakeColumn(128, "binary", ColumnType::kBinary));
  table.AddColumn(test::MakeColumn(129, "text", ColumnType::kText));
  int known = 0;
  for (int round = 0; round < 4000; ++round) {
    IndexSchema index;
    index.key_most = random() % 8 == 0 ? 255 : 1000;
    index.var_segment_max = index.key_most;
    index.flags = (random() % 2 == 0 ? index_flag::kNullsHigh : 0) |
                  (random() % 2 == 0 ? index_flag::kDotNetGuid : 0);
    std::vector<std::vector<std::byte>> values;
    std::vector<SegmentValue> kinds;
    KeyBuffer key;
    for (uint64_t segments = 1 + random() % 4; segments > 0; --segments) {
      const auto& column = table.columns()[random() % table.columns().size()];
      IndexSegment segment;
      segment.column = column.id;
      segment.descending = random() % 2 == 0;
      index.segments.push_back(segment);
      const bool fixed = FixedSizeOf(column.type) != 0;
      std::vector<std::byte> value(fixed ? FixedSizeOf(column.type) : random() % 150);
      for (std::byte& byte : value) byte = std::byte{static_cast<uint8_t>(random())};
      if (column.type == ColumnType::kBit)
        value[0] = std::byte{value[0] > std::byte{9} ? uint8_t{0xff} : uint8_t{0}};
      SegmentValue kind = value.empty() ? SegmentValue::kZeroLength : SegmentValue::kData;
      if (random() % 6 == 0) kind = SegmentValue::kNull;
      values.push_back(value);
      kinds.push_back(kind);
      const size_t room = index.key_most - key.size();
      if (room == 0) continue;
      const auto made = NormalizeSegment(index, column, segment.descending, kind, value,
                                         key.storage().subspan(key.size(), room));
      ASSERT_TRUE(made.ok());
      key.Resize(key.size() + made->size);
    }
    for (size_t i = 0; i < values.size(); ++i) {
      std::byte to[kMaxKeyMost];
      const DenormalizedValue found = DenormalizeSegment(index, table, key.bytes(), i, to);
      if (!found.known) continue;
      ++known;
      ASSERT_EQ(found.kind, kinds[i]);
      if (kinds[i] != SegmentValue::kData) continue;
      ASSERT_EQ(ToText(Bytes(to, found.size)), ToText(values[i]));
    }
    // Nothing is read beyond a key, whatever it holds.
    std::vector<std::byte> noise(key.bytes().begin(), key.bytes().end());
    noise.resize(random() % (noise.size() + 1));
    if (!noise.empty()) noise[random() % noise.size()] = std::byte{static_cast<uint8_t>(random())};
    std::byte to[kMaxKeyMost];
    (void)DenormalizeSegment(index, table, noise, values.size() - 1, to);
  }
  EXPECT_GT(known, 4000);
}

}  // namespace
}  // namespace contrail
