// Sort keys by Windows' rules, from the built-in weights and from tables that the test makes.

#include "engine/unicode_sort_key.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/support/hex.h"
#include "tests/support/recording.h"
#include "tests/support/sort_table_file.h"

namespace contrail {
namespace {

using test::SortTableFile;
using test::ToHex;
using test::WindowsSortId;

constexpr uint32_t kDefaultFlags = 0x30401;

std::vector<std::byte> Utf16(std::u16string_view text) {
  std::vector<std::byte> bytes(text.size() * 2);
  std::memcpy(bytes.data(), text.data(), bytes.size());
  return bytes;
}

std::string Key(const SortOrder& order, std::u16string_view text, uint32_t flags = kDefaultFlags,
                size_t room = 2000) {
  std::vector<std::byte> to(room);
  const Result<SortKeyResult> key = MakeUnicodeSortKey(order, flags, Utf16(text), to);
  if (!key.ok()) return "error " + std::to_string(key.status().number());
  return ToHex(Bytes(to).first(key->size)) + (key->truncated ? "..." : "");
}

const std::string kNotKnown =
    "error " + std::to_string(Status(Error::kUnicodeNormalizationNotSupported).number());

TEST(UnicodeSortKey, BuiltInWeights) {
  const SortOrder order = SortOrder::BuiltIn();
  EXPECT_EQ(Key(order, u"aA"), "0e020e020101010100");
  EXPECT_EQ(Key(order, std::u16string_view(u"a\0", 2)), "0e020101010100");
  // Punctuation stands behind, and says how many weights were before it.
  EXPECT_EQ(Key(order, u"it's"), "0e320e990e9101010101fffd801200");
  EXPECT_EQ(Key(order, u"-a-"), "0e0201010101ffff8212fffe821200");
  EXPECT_EQ(Key(order, u"a\x7f\x01"), "0e0201010101fffe1d12fffe031200");
  EXPECT_EQ(Key(order, u"\t\r"), "070507090101010100");
  EXPECT_EQ(Key(order, u"\xd83e\xdd8a"), "b040b686013f3f01010100");
}

TEST(UnicodeSortKey, WhatIsNotBuiltInIsRefused) {
  const SortOrder order = SortOrder::BuiltIn();
  EXPECT_EQ(Key(order, u"na\u00efve"), kNotKnown);
  EXPECT_EQ(Key(order, u"\xd83e\xdd8b"), kNotKnown);
  EXPECT_EQ(Key(order, u"\u0080"), kNotKnown);
  // Behind the cut it changes nothing.
  EXPECT_EQ(Key(order, u"ab\u00ef", kDefaultFlags, 4), "0e020e09...");
  EXPECT_EQ(Key(order, u"ab\u00ef", kDefaultFlags, 5), kNotKnown);
}

TEST(UnicodeSortKey, FlagsChooseWhatCounts) {
  const SortOrder order = SortOrder::BuiltIn();
  EXPECT_EQ(Key(order, u"aB", 0x400), "0e020e0901010212010100");
  EXPECT_EQ(Key(order, u"aB", 0x401), "0e020e090101010100");
  EXPECT_EQ(Key(order, u"aB", 0x410), "0e020e090101010100");
  EXPECT_EQ(Key(order, u"a-b", 0x1401), "0e0206820e090101010100");
  EXPECT_EQ(Key(order, u"a-b!", 0x405), "0e020e090101010100");
  // As numbers: two leading zeros, three digits.
  EXPECT_EQ(Key(order, u"00123", 0x409), "0d02052345fc0101010100");
  EXPECT_EQ(Key(order, u"9", 0x409) < Key(order, u"10", 0x409), true);
  EXPECT_EQ(Key(order, u"9", 0x401) < Key(order, u"10", 0x401), false);
}

// The cut is where the room ends, whatever section that is in.
TEST(UnicodeSortKey, CutKeysArePrefixes) {
  const SortOrder order = SortOrder::BuiltIn();
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    std::u16string text(random() % 20 + 1, u' ');
    for (char16_t& unit : text) unit = static_cast<char16_t>(random() % 128);
    const std::string whole = Key(order, text, 0x400);
    for (size_t room = 1; room < whole.size() / 2; ++room) {
      EXPECT_EQ(Key(order, text, 0x400, room), whole.substr(0, 2 * room) + "...");
    }
    EXPECT_EQ(Key(order, text, 0x400, whole.size() / 2), whole);
  }
}

class SortKeysFromTables : public testing::Test {
 protected:
  SortKeysFromTables() {
    file_.units[u'\u00e9'] = {0x21, 0x0e, 0x0e, 0x02};
    file_.units[u'\u00c9'] = {0x21, 0x0e, 0x0e, 0x12};
    file_.units[u'\u0301'] = {0x00, 0x01, 0x0c, 0x00};
    file_.units[u'\u00e6'] = {0x00, 0x02, 0x00, 0x00};
    file_.units[u'\ufb01'] = {0x00, 0x02, 0x01, 0x00};
    file_.units[u'\ufb03'] = {0x00, 0x02, 0x02, 0x00};
    file_.expansions = {{u'a', u'e'}, {u'f', u'i'}, {u'f', u'\ufb01'}};
    file_.units[u'\u3042'] = {0x02, 0x03, 0x02, 0x27};  // Hiragana a
    file_.units[u'\u30a2'] = {0x02, 0x03, 0x02, 0x07};
    file_.units[u'\u304b'] = {0x0a, 0x03, 0x02, 0x27};  // ka
    file_.units[u'\u30fc'] = {0x01, 0x03, 0x02, 0x27};  // Prolonged sound
    file_.units[u'\u309d'] = {0x00, 0x03, 0x02, 0x27};  // Repeat
    file_.units[u'\u3400'] = {0x8f, 0x05, 0x02, 0x02};
    file_.units[u'\u4e00'] = {0x3c, 0xc5, 0x6a, 0x02};
    file_.units[u'\ue000'] = {0x02, 0xa9, 0x05, 0x02};
  }

  SortOrder Order(uint8_t id = 1, uint32_t flags = kDefaultFlags) {
    if (tables_ == nullptr) {
      tables_ = SortTables::Parse(file_.Encode(), "made", DiscardEvents()).value();
    }
    return tables_->FindOrder(WindowsSortId(id), flags).value();
  }

  SortTableFile file_;
  std::shared_ptr<const SortTables> tables_;
};

TEST_F(SortKeysFromTables, AsciiIsAsBuiltIn) {
  for (char16_t first = 0; first < 128; ++first) {
    for (const char16_t second : {u'a', u'-', u'7'}) {
      const char16_t text[] = {first, second};
      EXPECT_EQ(Key(Order(), {text, 2}), Key(SortOrder::BuiltIn(), {text, 2})) << int{first};
    }
  }
}

TEST_F(SortKeysFromTables, Diacritics) {
  EXPECT_EQ(Key(Order(), u"\u00e9a"), "0e210e02010e01010100");
  EXPECT_EQ(Key(Order(), u"a\u00c9"), "0e020e2101020e01010100");
  // A mark adds to the letter before it, so that both ways of writing it are equal.
  EXPECT_EQ(Key(Order(), u"e\u0301a"), Key(Order(), u"\u00e9a"));
  EXPECT_EQ(Key(Order(), u"\u0301"), "010c01010100");
  EXPECT_EQ(Key(Order(), u"\u00e9", 0x403), "0e210101010100");
  EXPECT_EQ(Key(Order(), u"\u00e9", 0x421), "0e210101010100");
}

TEST_F(SortKeysFromTables, Expansions) {
  EXPECT_EQ(Key(Order(), u"\u00e6"), Key(Order(), u"ae"));
  EXPECT_EQ(Key(Order(), u"\ufb03"), Key(Order(), u"ffi"));
  // One that leads to itself, as in a damaged file.
  file_.expansions[1] = {u'f', u'\ufb01'};
  tables_ = nullptr;
  EXPECT_EQ(Key(Order(), u"\ufb01"), kNotKnown);
}

TEST_F(SortKeysFromTables, ScriptsOfMoreThanTwoBytes) {
  EXPECT_EQ(Key(Order(), u"\u3400"), "fdff8f020101010100");
  EXPECT_EQ(Key(Order(), u"\ue000"), "a902050101010100");
  EXPECT_EQ(Key(Order(), u"\u4e00"), "c53c016a01010100");
  file_.orders.push_back({.id = 2, .flags = 0x01});
  tables_ = nullptr;
  EXPECT_EQ(Key(Order(2), u"\u4e00"), "c53c6a0101010100");
}

TEST_F(SortKeysFromTables, Kana) {
  // Four parts of their own: size, mark, type, width.
  EXPECT_EQ(Key(Order(), u"\u3042"), "2202010101ff02c4ffc4ff0100");
  EXPECT_EQ(Key(Order(), u"\u3042"), Key(Order(), u"\u30a2"));
  EXPECT_NE(Key(Order(), u"\u3042", 0x400), Key(Order(), u"\u30a2", 0x400));
  // The prolonged sound is the vowel of the kana before, the repeat mark that kana.
  EXPECT_EQ(Key(Order(), u"\u304b\u30fc").substr(0, 8), "220a2202");
  EXPECT_EQ(Key(Order(), u"\u304b\u309d").substr(0, 8), "220a220a");
  EXPECT_EQ(Key(Order(), u"\u304b\u309d"), "220a220a010101ff030402c4c4ffc4c4ff0100");
  // A mark behind a letter takes after it; one behind nothing stands behind everything.
  EXPECT_EQ(Key(Order(), u"a\u30fc"), Key(Order(), u"aa"));
  EXPECT_EQ(Key(Order(), u"\u30fc"), "ffff0101010100");
}

TEST_F(SortKeysFromTables, Contractions) {
  file_.contractions.push_back({{{u"ch", {0x0b, 0x0e, 0x02, 0x02}},
                                 {u"dz", {0x1b, 0x0e, 0x02, 0x02}},
                                 {u"dzs", {0x1c, 0x0e, 0x02, 0x02}}}});
  file_.orders.push_back({.id = 2,
                          .contractions = 0,
                          .exceptions = {{u'c', {0x0a, 0x0e, 0x02, 0x42}},
                                         {u'd', {0x1a, 0x0e, 0x02, 0x42}},
                                         {u'\u00e9', {0x77, 0x0e, 0x02, 0x02}}}});
  EXPECT_EQ(Key(Order(1), u"ch"), "0e0a0e2c0101010100");
  EXPECT_EQ(Key(Order(2), u"ch"), "0e0b0101010100");
  EXPECT_EQ(Key(Order(2), u"cc"), "0e0a0e0a0101010100");
  EXPECT_EQ(Key(Order(2), u"dzsa"), "0e1c0e020101010100");
  EXPECT_EQ(Key(Order(2), u"dza"), "0e1b0e020101010100");
  EXPECT_EQ(Key(Order(2), u"d"), "0e1a0101010100");
  EXPECT_EQ(Key(Order(2), u"\u00e9"), "0e770101010100");
  EXPECT_EQ(Key(Order(1), u"\u00e9"), "0e21010e01010100");
}

TEST_F(SortKeysFromTables, ReversedDiacriticsAndLinguisticCasing) {
  file_.orders.push_back({.id = 3, .flags = 0x10});
  file_.orders.push_back({.id = 4,
                          .exceptions = {{u'i', {0x33, 0x0e, 0x02, 0x02}}},
                          .linguistic_exceptions = {{u'i', {0x34, 0x0e, 0x02, 0x02}}}});
  EXPECT_EQ(Key(Order(3), u"a\u00e9"), "0e020e21010e01010100");
  EXPECT_EQ(Key(Order(3), u"\u00e9a"), "0e210e0201020e01010100");
  EXPECT_EQ(Key(Order(4), u"i"), "0e330101010100");
  EXPECT_EQ(Key(Order(4, 0x8000401), u"i", 0x8000401), "0e340101010100");
}

TEST_F(SortKeysFromTables, PartsOfHangulSyllablesAreRefused) {
  file_.units[u'\u1100'] = {0xaa, sort_script::kJamo, 2, 2};
  file_.units[u'\uac01'] = {0x04, 0xc0, 2, 2};
  EXPECT_EQ(Key(Order(), u"\u1100"), kNotKnown);
  EXPECT_EQ(Key(Order(), u"\uac01"), "c0040101010100");
}

}  // namespace
}  // namespace contrail
