#include "engine/key_normalizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "engine/text_order.h"
#include "tests/support/hex.h"

namespace contrail {
namespace {

using test::Hex;
using test::ToHex;

ColumnSchema Column(ColumnType type, ColumnId id = 1, uint16_t code_page = 0) {
  ColumnSchema column;
  column.id = id;
  column.type = type;
  column.max_size = FixedSizeOf(type) != 0 ? FixedSizeOf(type) : 255;
  column.code_page = code_page;
  return column;
}

IndexSchema EnglishIndex() {
  IndexSchema index;
  index.locale_name = u"en-US";
  index.flags |= index_flag::kLocalizedText;
  index.sort_version = 0x0006020F0006020F;
  index.text_order = TextOrders().Find(index);
  return index;
}

struct Segment {
  std::string hex;
  bool truncated;
};

Segment Normalize(const IndexSchema& index, const ColumnSchema& column, Bytes value,
                  bool descending = false, size_t room = 255) {
  std::vector<std::byte> to(room);
  const auto kind = value.empty() ? SegmentValue::kZeroLength : SegmentValue::kData;
  const Result<NormalizedSegment> segment =
      NormalizeSegment(index, column, descending, kind, value, to);
  if (!segment.ok()) return {"error " + std::to_string(segment.status().number()), false};
  return {ToHex({to.data(), segment->size}), segment->truncated};
}

template <typename T>
std::string NumberKey(ColumnType type, T number) {
  return Normalize({}, Column(type), {reinterpret_cast<const std::byte*>(&number), sizeof number})
      .hex;
}

TEST(KeyNormalizer, NumbersByWindows) {
  EXPECT_EQ(NumberKey<int16_t>(ColumnType::kShort, -1337), "7f7ac7");
  EXPECT_EQ(NumberKey<int32_t>(ColumnType::kLong, -13371337), "7f7f33f837");
  EXPECT_EQ(NumberKey<int64_t>(ColumnType::kCurrency, 1337133713371337), "7f8004c01db400b0c9");
  EXPECT_EQ(NumberKey<float>(ColumnType::kSingle, 1.0f), "7fbf800000");
  EXPECT_EQ(NumberKey<double>(ColumnType::kDouble, 13371337.13371337), "7fc16980f924476143");
  EXPECT_EQ(NumberKey<uint16_t>(ColumnType::kUnsignedShort, 1337), "7f0539");
  EXPECT_EQ(NumberKey<uint8_t>(ColumnType::kBit, 0), "7f00");
  EXPECT_EQ(NumberKey<uint8_t>(ColumnType::kBit, 1), "7fff");
  EXPECT_EQ(NumberKey<uint8_t>(ColumnType::kUnsignedByte, 0xd5), "7fd5");
  EXPECT_EQ(NumberKey<uint32_t>(ColumnType::kUnsignedLong, 0x01020304), "7f01020304");
  EXPECT_EQ(NumberKey<uint64_t>(ColumnType::kUnsignedLongLong, 1), "7f0000000000000001");
}

TEST(KeyNormalizer, Guid) {
  const auto guid = Hex("f10a363f6667dc469af20dacf295c2a1");
  EXPECT_EQ(Normalize({}, Column(ColumnType::kGuid), guid).hex,
            "7f0dacf295c2a19af2dc466667f10a363f");
  IndexSchema dot_net;
  dot_net.flags = index_flag::kDotNetGuid;
  EXPECT_EQ(Normalize(dot_net, Column(ColumnType::kGuid), guid).hex,
            "7f3f360af1676646dc9af20dacf295c2a1");
}

TEST(KeyNormalizer, BinaryAndLatinTextByWindows) {
  EXPECT_EQ(Normalize({}, Column(ColumnType::kBinary, 128), AsBytes("test binary data")).hex,
            "7f746573742062696e09617279206461746108");
  EXPECT_EQ(
      Normalize({}, Column(ColumnType::kText, 128, kCodePageLatin), AsBytes("Simple ASCII text"))
          .hex,
      "7f53494d504c45204153434949205445585400");
}

TEST(KeyNormalizer, FixedBinaryIsRaw) {
  EXPECT_EQ(Normalize({}, Column(ColumnType::kBinary, 3), Hex("010203")).hex, "7f010203");
}

TEST(KeyNormalizer, NullZeroLengthAndDescending) {
  std::byte to[16];
  IndexSchema index;
  const ColumnSchema text = Column(ColumnType::kText, 128, kCodePageLatin);
  const auto null = [&](bool descending) {
    return ToHex(
        {to, NormalizeSegment(index, text, descending, SegmentValue::kNull, {}, to).value().size});
  };
  EXPECT_EQ(null(false), "00");
  EXPECT_EQ(null(true), "ff");
  index.flags = index_flag::kNullsHigh;
  EXPECT_EQ(null(false), "c0");
  EXPECT_EQ(Normalize(index, text, {}).hex, "40");
  EXPECT_EQ(Normalize(index, text, AsBytes("a"), true).hex, "80beff");
}

TEST(KeyNormalizer, CutLatinTextEndsInTheQuirk) {
  const ColumnSchema text = Column(ColumnType::kText, 128, kCodePageLatin);
  const Segment exact = Normalize({}, text, AsBytes("abc"), false, 5);
  EXPECT_EQ(exact.hex, "7f41424300");
  EXPECT_FALSE(exact.truncated);
  const Segment cut = Normalize({}, text, AsBytes("abc"), false, 4);
  EXPECT_EQ(cut.hex, "7f414243");
  EXPECT_TRUE(cut.truncated);
  EXPECT_EQ(Normalize({}, text, AsBytes("ABC"), false, 4).hex, "7f414223");
  EXPECT_EQ(Normalize({}, text, AsBytes("abc"), false, 1).hex, "7f");
}

TEST(KeyNormalizer, CutBinary) {
  const ColumnSchema binary = Column(ColumnType::kBinary, 128);
  const auto value = Hex("0102030405060708 090a");
  const Segment whole = Normalize({}, binary, value, false, 19);
  EXPECT_EQ(whole.hex, "7f010203040506070809090a00000000000002");
  EXPECT_FALSE(whole.truncated);
  // The second group does not fit: its bytes without a count, padded with zeros.
  const Segment cut = Normalize({}, binary, value, false, 14);
  EXPECT_EQ(cut.hex, "7f010203040506070809090a0000");
  EXPECT_TRUE(cut.truncated);
  // A full last group of a cut value says that more follows.
  EXPECT_EQ(Normalize({}, binary, Hex("0102030405060708"), false, 10).hex, "7f010203040506070808");
}

TEST(KeyNormalizer, OwnLimitOfASegmentDoesNotEndTheKey) {
  IndexSchema index;
  index.var_segment_max = 4;
  const Segment segment =
      Normalize(index, Column(ColumnType::kText, 128, kCodePageLatin), AsBytes("abCdef"));
  EXPECT_EQ(segment.hex, "7f414223");
  EXPECT_FALSE(segment.truncated);
}

std::vector<std::byte> Utf16(std::u16string_view text) {
  std::vector<std::byte> bytes(text.size() * 2);
  std::memcpy(bytes.data(), text.data(), bytes.size());
  return bytes;
}

TEST(KeyNormalizer, UnicodeTextByWindows) {
  const ColumnSchema text = Column(ColumnType::kText, 130, kCodePageUnicode);
  const std::u16string_view user(u"blackclover\\cbth-ws-1$\0", 23);
  const std::string key = Normalize(EnglishIndex(), text, Utf16(user)).hex;
  EXPECT_EQ(key.substr(key.size() - 58),
            "0e0a0e090e990e2c0ea40e910d1a072101010101ffef8212ffed821200");
  const std::string simple = Normalize(EnglishIndex(), text, Utf16(u"Simple Unicode text ")).hex;
  EXPECT_EQ(simple,
            "7f0e910e320e510e7e0e480e2107020e9f0e700e320e0a0e7c0e1a0e2107020e990e210ea6"
            "0e99070201010101"
            "00");
}

TEST(KeyNormalizer, UnicodeTextThatCannotBeComputedIsRefused) {
  const ColumnSchema text = Column(ColumnType::kText, 130, kCodePageUnicode);
  const std::string refused =
      "error " + std::to_string(Status(Error::kUnicodeNormalizationNotSupported).number());
  EXPECT_EQ(Normalize(EnglishIndex(), text, Utf16(u"na\u00efve")).hex, refused);
  IndexSchema unknown = EnglishIndex();
  unknown.text_order = nullptr;
  EXPECT_EQ(Normalize(unknown, text, Utf16(u"a")).hex, refused);
}

TEST(KeyNormalizer, WrongSizeIsRefused) {
  EXPECT_EQ(Normalize({}, Column(ColumnType::kLong), Hex("0102")).hex,
            "error " + std::to_string(Status(Error::kInvalidBufferSize).number()));
}

// Keys order as the values do; a variable binary key is never a prefix of another's.
TEST(KeyNormalizer, OrderIsKept) {
  std::mt19937_64 random(7);
  std::vector<int64_t> numbers = {0, -1, 1, INT64_MIN, INT64_MAX};
  for (int i = 0; i < 500; ++i) {
    numbers.push_back(static_cast<int64_t>(random()) >> (random() % 64));
  }
  std::sort(numbers.begin(), numbers.end());
  for (size_t i = 1; i < numbers.size(); ++i) {
    const auto before = NumberKey(ColumnType::kLongLong, numbers[i - 1]);
    const auto after = NumberKey(ColumnType::kLongLong, numbers[i]);
    EXPECT_EQ(before < after, numbers[i - 1] < numbers[i]);
    EXPECT_LE(NumberKey(ColumnType::kDouble, static_cast<double>(numbers[i - 1])),
              NumberKey(ColumnType::kDouble, static_cast<double>(numbers[i])));
  }
  const ColumnSchema binary = Column(ColumnType::kBinary, 128);
  for (int i = 0; i < 2000; ++i) {
    std::vector<std::byte> a(1 + random() % 20);
    std::vector<std::byte> b(1 + random() % 20);
    for (std::byte& byte : a) byte = static_cast<std::byte>(random() % 3);
    for (std::byte& byte : b) byte = static_cast<std::byte>(random() % 3);
    const std::string key_a = Normalize({}, binary, a).hex;
    const std::string key_b = Normalize({}, binary, b).hex;
    EXPECT_EQ(key_a < key_b, Compare(a, b) < 0);
    EXPECT_EQ(
        Normalize({}, binary, a, true).hex<Normalize({}, binary, b, true).hex, Compare(a, b)> 0);
  }
}

}  // namespace
}  // namespace contrail
