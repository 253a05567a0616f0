#include "engine/api/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace contrail::api {
namespace {

struct Pair {
  std::string utf8;
  std::u16string utf16;
};

std::vector<Pair> Pairs() {
  return {{"", u""},
          {"plain", u"plain"},
          {"\x7F", u"\x7F"},
          {"\xC2\x80", u"\x80"},
          {"\xDF\xBF", u"\u07FF"},
          {"\xE0\xA0\x80", u"\u0800"},
          {"\xED\x9F\xBF", u"\uD7FF"},
          {"\xEE\x80\x80", u"\uE000"},
          {"\xEF\xBF\xBF", u"\uFFFF"},
          {"\xF0\x90\x80\x80", u"\U00010000"},
          {"\xF4\x8F\xBF\xBF", u"\U0010FFFF"},
          {std::string("a\0b", 3), std::u16string(u"a\0b", 3)}};
}

TEST(TextTest, ConvertsBothWays) {
  for (const Pair& pair : Pairs()) {
    const auto narrow = ToUtf8(pair.utf16);
    ASSERT_TRUE(narrow.ok());
    EXPECT_EQ(*narrow, pair.utf8);
    const auto wide = ToUtf16(pair.utf8);
    ASSERT_TRUE(wide.ok());
    EXPECT_EQ(*wide, pair.utf16);
  }
}

TEST(TextTest, EveryCodePointComesBack) {
  for (char32_t value = 1; value <= 0x10FFFF; ++value) {
    if (value == 0xD800) value = 0xE000;
    std::u16string wide;
    if (value < 0x10000) {
      wide.push_back(static_cast<char16_t>(value));
    } else {
      wide.push_back(static_cast<char16_t>(0xD800 + ((value - 0x10000) >> 10)));
      wide.push_back(static_cast<char16_t>(0xDC00 + ((value - 0x10000) & 0x3FF)));
    }
    const auto narrow = ToUtf8(wide);
    ASSERT_TRUE(narrow.ok()) << std::hex << static_cast<uint32_t>(value);
    const auto back = ToUtf16(*narrow);
    ASSERT_TRUE(back.ok() && *back == wide) << std::hex << static_cast<uint32_t>(value);
  }
}

TEST(TextTest, RefusesBadUtf16) {
  const std::u16string bad[] = {
      {0xD800}, {0xDC00}, {0xD800, u'a'}, {0xDC00, 0xD800}, {0xD800, 0xD800, 0xDC00}};
  for (const std::u16string& text : bad) {
    EXPECT_EQ(ToUtf8(text).status().error(), Error::kUnicodeTranslationFail);
  }
}

TEST(TextTest, RefusesBadUtf8) {
  const char* const bad[] = {
      "\x80",         "\xC0\x80",         "\xC1\xBF",         "\xC3", "\xE0\x80\x80", "\xE2\x82",
      "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF8", "\xFF",         "\xC3\x28"};
  for (const char* text : bad) {
    EXPECT_EQ(ToUtf16(text).status().error(), Error::kUnicodeTranslationFail) << text;
  }
}

TEST(NarrowTextTest, NullStaysNull) {
  const NarrowText text(nullptr);
  EXPECT_TRUE(text.ok());
  EXPECT_EQ(text.c_str(), nullptr);
}

TEST(NarrowTextTest, EmptyIsNotNull) {
  const NarrowText text(u"");
  ASSERT_TRUE(text.ok());
  EXPECT_STREQ(text.c_str(), "");
}

TEST(NarrowTextTest, OneBadTextFailsAll) {
  const char16_t broken[] = {0xD800, 0};
  const NarrowText good(u"g\u00E4b"), bad(broken);
  EXPECT_STREQ(good.c_str(),
               "g\xC3\xA4"
               "b");
  EXPECT_TRUE(NarrowText::AllOk({&good}));
  EXPECT_FALSE(NarrowText::AllOk({&good, &bad}));
}

TEST(NarrowTextTest, KeepsTheNulsOfAMultiString) {
  const char16_t key[] = u"+first\0-second\0";
  const NarrowText text(key, sizeof(key) / sizeof(key[0]));
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(std::string(text.c_str(), text.size()), std::string("+first\0-second\0\0", 16));
}

TEST(MultiTextTest, LengthEndsBeforeTheLastTerminator) {
  EXPECT_EQ(MultiTextLength("a\0bc\0\0xx", 9), 5u);
  EXPECT_EQ(MultiTextLength("abc", 3), 3u);
  EXPECT_EQ(MultiTextLength(u"\0\0", 2), 1u);
}

TEST(MultiTextTest, EncodesListsInBothForms) {
  const std::vector<std::string> texts = {"/a/b.edb", "/\xC3\xA4"};
  const auto narrow = EncodeMulti<char>(texts);
  ASSERT_TRUE(narrow.ok());
  EXPECT_EQ(*narrow, std::string("/a/b.edb\0/\xC3\xA4\0\0", 14));
  const auto wide = EncodeMulti<char16_t>(texts);
  ASSERT_TRUE(wide.ok());
  EXPECT_EQ(*wide, std::u16string(u"/a/b.edb\0/\u00E4\0\0", 13));
  const auto none = EncodeMulti<char>({});
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(*none, std::string("\0\0", 2));
}

TEST(CopyTextTest, CutsAndTerminates) {
  char narrow[4] = {'x', 'x', 'x', 'x'};
  EXPECT_TRUE(CopyText<char>("abc", narrow, sizeof(narrow)));
  EXPECT_STREQ(narrow, "abc");
  EXPECT_FALSE(CopyText<char>("abcd", narrow, sizeof(narrow)));
  EXPECT_STREQ(narrow, "abc");
  EXPECT_FALSE(CopyText<char>("abcd", narrow, 0));
  EXPECT_FALSE(CopyText<char>("abcd", nullptr, 4));

  char16_t wide[3] = {};
  EXPECT_FALSE(CopyText<char16_t>(u"abcd", wide, 5));  // An odd size holds two units.
  EXPECT_EQ(std::u16string(wide), u"a");
  EXPECT_TRUE(CopyText<char16_t>(u"ab", wide, 6));
  EXPECT_EQ(std::u16string(wide), u"ab");
}

}  // namespace
}  // namespace contrail::api
