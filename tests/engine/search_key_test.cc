#include "engine/search_key.h"

#include <gtest/gtest.h>

#include "engine/text_order.h"
#include "tests/support/hex.h"

namespace contrail {
namespace {

using namespace make_key_bit;
using test::Hex;
using test::ToHex;

// Columns: 1 Long, 2 fixed Text(4), 128 Latin Text, 129 Binary, 256 Unicode LongText.
class SearchKeyTest : public ::testing::Test {
 protected:
  SearchKeyTest() {
    Add(1, ColumnType::kLong, 0);
    Add(2, ColumnType::kText, 4);
    Add(128, ColumnType::kText, 255);
    Add(129, ColumnType::kBinary, 255);
    Add(256, ColumnType::kLongText, 0);
    index_.key_most = index_.var_segment_max = 24;
    index_.locale_name = u"en-US";
    index_.flags |= index_flag::kLocalizedText;
    index_.sort_version = 0x0006020F0006020F;
    index_.text_order = TextOrders().Find(index_);
  }

  void Add(ColumnId id, ColumnType type, uint32_t size) {
    ColumnSchema column;
    column.id = id;
    column.name = "c" + std::to_string(id);
    column.type = type;
    column.max_size = size != 0 ? size : FixedSizeOf(type);
    if (IsTextType(type)) column.code_page = id == 256 ? kCodePageUnicode : kCodePageLatin;
    if (column.is_fixed()) column.record_offset = table_.NextFixedOffset();
    table_.AddColumn(column);
  }

  void Segments(std::vector<ColumnId> ids, bool descending = false) {
    index_.segments.clear();
    for (const ColumnId id : ids) index_.segments.push_back({id, descending, false, false});
  }

  Error Make(Bytes value, uint32_t grbit) {
    return key_.Make(table_, &index_, value, grbit).error();
  }
  Error Make(std::string_view text, uint32_t grbit) { return Make(AsBytes(text), grbit); }
  std::string key() const { return ToHex(key_.bytes()); }
  // The key filled with 0xFF to one byte past the longest.
  static std::string Filled(std::string hex) { return hex + std::string(50 - hex.size(), 'f'); }

  TableSchema table_;
  IndexSchema index_;
  SearchKey key_;
};

TEST_F(SearchKeyTest, SegmentsInTurn) {
  Segments({1, 128});
  EXPECT_EQ(Make(Hex("01000000"), 0), Error::kKeyNotMade);
  EXPECT_EQ(Make(Hex("01000000"), kNewKey), Error::kSuccess);
  EXPECT_EQ(Make("ab", 0), Error::kSuccess);
  EXPECT_EQ(key(), "7f800000017f414200");
  EXPECT_EQ(Make("ab", 0), Error::kKeyIsMade);
  EXPECT_EQ(key_.segment_count(), 2u);
  EXPECT_FALSE(key_.has_limit());
  EXPECT_EQ(Make(Hex("02000000"), kNewKey), Error::kSuccess);
  EXPECT_EQ(key(), "7f80000002");
}

TEST_F(SearchKeyTest, NullAndZeroLength) {
  Segments({128, 1});
  EXPECT_EQ(Make("", kNewKey), Error::kSuccess);
  EXPECT_EQ(key(), "00");
  EXPECT_EQ(Make("", kNewKey | kKeyDataZeroLength), Error::kSuccess);
  EXPECT_EQ(key(), "40");
  EXPECT_EQ(Make("", kKeyDataZeroLength), Error::kInvalidBufferSize);
  EXPECT_EQ(Make(Hex("0100"), 0), Error::kInvalidBufferSize);
  EXPECT_EQ(key(), "40");
}

TEST_F(SearchKeyTest, FixedTextIsPadded) {
  Segments({2});
  EXPECT_EQ(Make("ab", kNewKey), Error::kSuccess);
  EXPECT_EQ(key(), "7f4142202000");
  EXPECT_EQ(Make("abcde", kNewKey), Error::kInvalidBufferSize);
}

TEST_F(SearchKeyTest, FullColumnLimits) {
  Segments({1, 128});
  EXPECT_EQ(Make(Hex("01000000"), kNewKey | kFullColumnEndLimit), Error::kSuccess);
  EXPECT_EQ(key(), Filled("7f80000001"));
  EXPECT_TRUE(key_.has_limit());
  EXPECT_EQ(Make("a", 0), Error::kKeyIsMade);
  EXPECT_EQ(Make(Hex("01000000"), kNewKey | kFullColumnStartLimit), Error::kSuccess);
  EXPECT_EQ(key(), "7f80000001");
  EXPECT_EQ(Make("a", 0), Error::kKeyIsMade);
  EXPECT_EQ(Make(Hex("01000000"), kNewKey | kStrLimit), Error::kSuccess);
  EXPECT_EQ(key(), Filled("7f80000001"));
}

TEST_F(SearchKeyTest, PartialLimitsOfText) {
  Segments({128});
  EXPECT_EQ(Make("ab", kNewKey | kPartialColumnStartLimit), Error::kSuccess);
  EXPECT_EQ(key(), "7f4142");
  for (const uint32_t grbit : {kPartialColumnEndLimit, kSubStrLimit}) {
    EXPECT_EQ(Make("ab", kNewKey | grbit), Error::kSuccess);
    EXPECT_EQ(key(), Filled("7f4142"));
  }
  // Without the sub-string limit the terminator stays.
  EXPECT_EQ(Make("ab", kNewKey | kStrLimit), Error::kSuccess);
  EXPECT_EQ(key(), Filled("7f414200"));
  Segments({128}, true);
  EXPECT_EQ(Make("ab", kNewKey | kPartialColumnStartLimit), Error::kSuccess);
  EXPECT_EQ(key(), "80bebd");
}

TEST_F(SearchKeyTest, PartialLimitsOfUnicodeText) {
  Segments({256});
  const auto ab = Hex("61006200");
  EXPECT_EQ(Make(ab, kNewKey), Error::kSuccess);
  EXPECT_EQ(key(), "7f0e020e090101010100");
  EXPECT_EQ(Make(ab, kNewKey | kPartialColumnStartLimit), Error::kSuccess);
  EXPECT_EQ(key(), "7f0e020e09");
  EXPECT_EQ(Make(ab, kNewKey | kSubStrLimit), Error::kSuccess);
  EXPECT_EQ(key(), Filled("7f0e020e09"));
}

TEST_F(SearchKeyTest, PartialLimitsOfBinary) {
  Segments({129});
  EXPECT_EQ(Make(Hex("0102"), kNewKey | kPartialColumnStartLimit), Error::kSuccess);
  EXPECT_EQ(key(), "7f0102");
  for (const uint32_t grbit : {kPartialColumnEndLimit, kStrLimit}) {
    EXPECT_EQ(Make(Hex("0102"), kNewKey | grbit), Error::kSuccess);
    EXPECT_EQ(key(), "7f0102ffffffffffffffff");
  }
  Segments({1});
  EXPECT_EQ(Make(Hex("01000000"), kNewKey | kPartialColumnEndLimit), Error::kInvalidGrbit);
  EXPECT_EQ(Make(Hex("01000000"), kNewKey | kFullColumnEndLimit | kFullColumnStartLimit),
            Error::kInvalidGrbit);
}

TEST_F(SearchKeyTest, LongValuesFillTheKey) {
  Segments({128, 1});
  EXPECT_EQ(Make(std::string(40, 'a'), kNewKey), Error::kSuccess);
  EXPECT_EQ(key_.bytes().size(), 24u);
  EXPECT_EQ(Make(Hex("01000000"), 0), Error::kSuccess);
  EXPECT_EQ(key_.bytes().size(), 24u);
  EXPECT_EQ(Make(std::string(40, 'a'), kNewKey | kFullColumnEndLimit), Error::kSuccess);
  EXPECT_EQ(key_.bytes().size(), 25u);
  EXPECT_EQ(key().substr(48), "ff");
}

TEST_F(SearchKeyTest, NormalizedKeys) {
  Segments({1});
  EXPECT_EQ(Make(Hex("7f80000001"), kNormalizedKey), Error::kSuccess);
  EXPECT_EQ(key(), "7f80000001");
  EXPECT_FALSE(key_.has_limit());
  EXPECT_EQ(Make(key_.bytes(), kNormalizedKey), Error::kSuccess);  // Its own bytes.
  EXPECT_EQ(key(), "7f80000001");
  EXPECT_EQ(Make(std::string(256, 'x'), kNormalizedKey), Error::kInvalidParameter);
  EXPECT_EQ(Make(std::string(25, '\xff'), kNormalizedKey), Error::kSuccess);
  EXPECT_TRUE(key_.has_limit());
  SearchKey sequential;
  EXPECT_EQ(sequential.Make(table_, nullptr, Hex("00000001"), kNormalizedKey), Status::Ok());
  EXPECT_EQ(sequential.Make(table_, nullptr, Hex("00000001"), kNewKey), Error::kNoCurrentIndex);
}

TEST_F(SearchKeyTest, Tuples) {
  Segments({128});
  index_.tuple_limits = TupleLimits{};
  EXPECT_EQ(Make("ab", kNewKey), Error::kIndexTuplesKeyTooSmall);
  EXPECT_EQ(Make("abc", kNewKey), Error::kSuccess);
  EXPECT_EQ(key(), "7f41424300");
  EXPECT_EQ(Make("abcdefghijklm", kNewKey), Error::kSuccess);
  EXPECT_EQ(key(), "7f4142434445464748494a00");
}

}  // namespace
}  // namespace contrail
