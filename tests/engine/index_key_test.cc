#include "engine/index_key.h"

#include <gtest/gtest.h>

#include "engine/record_builder.h"
#include "engine/value_compression.h"
#include "tests/support/hex.h"

namespace contrail {
namespace {

using test::Hex;
using test::ToHex;
using Strings = std::vector<std::string>;

// Columns: 1 UByte, 2 UByte, 256 and 257 multi-valued UByte, 258 LongText, 259 Text.
class IndexKeyTest : public ::testing::Test {
 protected:
  IndexKeyTest() {
    Add(1, ColumnType::kUnsignedByte, 0);
    Add(2, ColumnType::kUnsignedByte, 0);
    Add(256, ColumnType::kUnsignedByte, column_flag::kMultiValued);
    Add(257, ColumnType::kUnsignedByte, column_flag::kMultiValued);
    Add(258, ColumnType::kLongText, 0);
    Add(259, ColumnType::kText, 0);
    index_.flags = 0x1000e;
    builder_.StartEmpty(table_, RecordLayout::kSmallPage);
  }

  void Add(ColumnId id, ColumnType type, uint32_t flags) {
    ColumnSchema column;
    column.id = id;
    column.name = "c" + std::to_string(id);
    column.type = type;
    column.flags = flags;
    column.max_size = FixedSizeOf(type);
    if (IsTextType(type)) column.code_page = kCodePageLatin;
    if (column.is_fixed()) column.record_offset = table_.NextFixedOffset();
    table_.AddColumn(column);
  }

  void Set(ColumnId id, std::string_view hex) {
    ASSERT_TRUE(builder_.Set(*table_.FindColumn(id), 0, Hex(hex)).ok());
  }

  void Segments(std::vector<ColumnId> ids) {
    index_.segments.clear();
    for (const ColumnId id : ids) index_.segments.push_back({id, false, false, false});
  }

  Strings Keys() {
    const auto bytes = builder_.Encode(3789).value();
    const RecordView view = RecordView::Open(table_, RecordLayout::kSmallPage, bytes).value();
    IndexKeySet keys;
    const Status status = maker_.MakeKeys(index_, view, reader_, keys);
    if (!status.ok()) return {"error " + std::to_string(status.number())};
    Strings hex;
    for (size_t i = 0; i < keys.size(); ++i) {
      hex.push_back(ToHex(keys[i]));
      EXPECT_TRUE(keys.Contains(keys[i]));
    }
    return hex;
  }

  static Strings Refused(Error error) {
    return {"error " + std::to_string(Status(error).number())};
  }

  TableSchema table_;
  IndexSchema index_;
  RecordBuilder builder_;
  IndexKeyMaker maker_;
  LongValueReader* reader_ = nullptr;
};

TEST_F(IndexKeyTest, NullPolicy) {
  Segments({1, 2});
  index_.flags = index_flag::kAllowAllNulls;
  EXPECT_EQ(Keys(), Strings{"0000"});
  index_.flags = index_flag::kAllowFirstNull | index_flag::kAllowSomeNulls;
  EXPECT_EQ(Keys(), Strings{});
  Set(2, "05");
  EXPECT_EQ(Keys(), Strings{"007f05"});
  index_.flags = index_flag::kAllowSomeNulls;
  EXPECT_EQ(Keys(), Strings{});
  ASSERT_TRUE(builder_.SetNull(*table_.FindColumn(2), 1).ok());
  Set(1, "04");
  EXPECT_EQ(Keys(), Strings{"7f0400"});
  index_.flags = 0;
  EXPECT_EQ(Keys(), Strings{});
  index_.flags = index_flag::kNoNullSegment;
  EXPECT_EQ(Keys(), Refused(Error::kNullKeyDisallowed));
  Set(2, "05");
  EXPECT_EQ(Keys(), Strings{"7f047f05"});
}

TEST_F(IndexKeyTest, ConditionalColumns) {
  Segments({1});
  Set(1, "01");
  index_.conditional_columns = {{2, false, false, true}};
  EXPECT_EQ(Keys(), Strings{"7f01"});
  index_.conditional_columns[0].must_be_null = false;
  EXPECT_EQ(Keys(), Strings{});
  Set(2, "01");
  EXPECT_EQ(Keys(), Strings{"7f01"});
}

TEST_F(IndexKeyTest, OneKeyPerValue) {
  Segments({256, 257});
  index_.flags |= index_flag::kMultiValued;
  EXPECT_EQ(Keys(), Strings{"0000"});
  for (const char* value : {"03", "01", "03"}) Set(256, value);
  for (const char* value : {"07", "08"}) Set(257, value);
  EXPECT_EQ(Keys(), (Strings{"7f017f07", "7f037f07"}));
  index_.flags |= index_flag::kCrossProduct;
  EXPECT_EQ(Keys(), (Strings{"7f017f07", "7f017f08", "7f037f07", "7f037f08"}));
  index_.flags &= ~index_flag::kCrossProduct;
  index_.flags |= index_flag::kNestedTable;
  EXPECT_EQ(Keys(), (Strings{"7f017f08", "7f0300", "7f037f07"}));
}

TEST_F(IndexKeyTest, WithoutTheFlagTheFirstValueCounts) {
  Segments({256});
  Set(256, "03");
  Set(256, "01");
  EXPECT_EQ(Keys(), Strings{"7f03"});
}

TEST_F(IndexKeyTest, Tuples) {
  Segments({259, 1});
  index_.tuple_limits = TupleLimits{2, 3, 32767, 1, 0};
  Set(1, "09");
  EXPECT_EQ(Keys(), Strings{});  // Null: no tuples.
  Set(259, "61");
  EXPECT_EQ(Keys(), Strings{});
  Set(259, "6162636161");
  EXPECT_EQ(Keys(),
            (Strings{"7f4141007f09", "7f414243007f09", "7f424341007f09", "7f434141007f09"}));
  index_.tuple_limits->increment = 2;
  EXPECT_EQ(Keys(), (Strings{"7f414243007f09", "7f434141007f09"}));
  index_.tuple_limits = TupleLimits{2, 3, 2, 1, 1};
  EXPECT_EQ(Keys(), (Strings{"7f424341007f09", "7f434141007f09"}));
}

TEST_F(IndexKeyTest, TruncationCanBeRefused) {
  Segments({259, 1});
  index_.key_most = index_.var_segment_max = 6;
  Set(259, "6161616161616161");
  EXPECT_EQ(Keys(), Strings{"7f4141414141"});
  index_.flags |= index_flag::kDisallowTruncation;
  EXPECT_EQ(Keys(), Refused(Error::kKeyTruncated));
  Set(259, "6161");
  EXPECT_EQ(Keys(), Strings{"7f41410000"});
}

TEST_F(IndexKeyTest, CompressedValues) {
  Segments({258});
  const std::string text(200, 'a');
  std::vector<std::byte> stored(text.size());
  stored.resize(Compress(AsBytes(text), false, stored));
  ASSERT_TRUE(builder_.SetCompressed(*table_.FindColumn(258), 1, stored).ok());
  std::string expected = "7f";
  for (int i = 0; i < 200; ++i) expected += "41";
  EXPECT_EQ(Keys(), Strings{expected + "00"});
}

class Repeated : public LongValueReader {
 public:
  Result<size_t> Read(LongValueId id, uint32_t offset, MutableBytes to) override {
    EXPECT_EQ(id, 3u);
    EXPECT_EQ(offset, 0u);
    std::fill(to.begin(), to.end(), std::byte{'a'});
    return to.size();
  }
};

TEST_F(IndexKeyTest, SeparatedValues) {
  Segments({258});
  ASSERT_TRUE(builder_.SetSeparated(*table_.FindColumn(258), 1, 3).ok());
  EXPECT_EQ(Keys(), Refused(Error::kCannotIndex));
  Repeated reader;
  reader_ = &reader;
  const Strings keys = Keys();
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0].size(), 2 * 255u);
}

TEST(SequentialKey, CountsUp) {
  KeyBuffer key;
  MakeSequentialKey(258, key);
  EXPECT_EQ(ToHex(key.bytes()), "00000102");
}

}  // namespace
}  // namespace contrail
