// Which sort order makes the keys of an index, and ICU's orders.

#include "engine/text_order.h"

#include <gtest/gtest.h>

#include "engine/icu_text_order.h"
#include "tests/support/hex.h"
#include "tests/support/sort_table_file.h"

namespace contrail {
namespace {

using test::SortTableFile;
using test::ToHex;
using test::WindowsSortId;

IndexSchema WindowsIndex(uint64_t version, uint8_t id = 1) {
  IndexSchema index;
  index.flags = index_flag::kLocalizedText;
  index.locale_name = u"en-US";
  index.sort_version = version;
  index.sort_id = WindowsSortId(id);
  return index;
}

IndexSchema NewIndexOf(std::u16string locale, uint32_t flags = kDefaultLCMapFlags) {
  IndexSchema index;
  index.flags = index_flag::kLocalizedText;
  index.locale_name = std::move(locale);
  index.lcmap_flags = flags;
  return index;
}

std::string Key(const TextOrder& order, std::u16string_view text, size_t room = 200) {
  std::vector<std::byte> to(room);
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  const Result<SortKeyResult> key = order.MakeKey({bytes, text.size() * 2}, to);
  if (!key.ok()) return "error " + std::to_string(key.status().number());
  return ToHex(Bytes(to).first(key->size)) + (key->truncated ? "..." : "");
}

std::shared_ptr<const SortTables> Tables(const SortTableFile& file) {
  return SortTables::Parse(file.Encode(), "made", DiscardEvents()).value();
}

constexpr uint64_t kWindows10 = 0x0006020f'0006020f;
constexpr uint64_t kTables = 0x00060305'00060305;

TEST(TextOrders, BuiltInWeightsServeWhatTheyAreKnownFor) {
  const TextOrders orders;
  EXPECT_NE(orders.Find(WindowsIndex(kWindows10)), nullptr);
  EXPECT_NE(orders.Find(WindowsIndex(0x0006020d'0006020d)), nullptr);
  EXPECT_EQ(orders.Find(WindowsIndex(0x0006020c'0006020c)), nullptr);
  EXPECT_EQ(orders.Find(WindowsIndex(0x00060210'00060210)), nullptr);
  EXPECT_EQ(orders.Find(WindowsIndex(0)), nullptr);
  EXPECT_EQ(orders.Find(WindowsIndex(kWindows10, 2)), nullptr);
  IndexSchema index = WindowsIndex(kWindows10);
  index.lcmap_flags = 0x400;
  EXPECT_EQ(orders.Find(index), nullptr);
  index.lcmap_flags = 0x200;
  EXPECT_EQ(orders.Find(index), nullptr);
  // An index of before there were sort IDs: by its locale.
  index = WindowsIndex(kWindows10);
  index.sort_id = {};
  EXPECT_NE(orders.Find(index), nullptr);
  index.locale_name = u"da-DK";
  EXPECT_EQ(orders.Find(index), nullptr);
  index.locale_name.clear();
  index.lcid = 1033;
  EXPECT_NE(orders.Find(index), nullptr);
  index.flags = 0;
  EXPECT_EQ(orders.Find(index), nullptr);
}

TEST(TextOrders, TablesServeIndexesOfTheirVersion) {
  SortTableFile file;
  file.orders.push_back({.id = 2, .exceptions = {{u'a', {0x77, 0x0e, 0x02, 0x02}}}});
  const TextOrders orders(Tables(file));
  EXPECT_EQ(Key(*orders.Find(WindowsIndex(kTables)), u"a"), "0e020101010100");
  EXPECT_EQ(Key(*orders.Find(WindowsIndex(kTables, 2)), u"a"), "0e770101010100");
  EXPECT_EQ(orders.Find(WindowsIndex(kTables, 3)), nullptr);
  EXPECT_EQ(orders.Find(WindowsIndex(kWindows10, 2)), nullptr);
  EXPECT_NE(orders.Find(WindowsIndex(kWindows10)), nullptr);  // Built in.
  EXPECT_EQ(TextOrders().Find(WindowsIndex(kTables)), nullptr);
}

TEST(TextOrders, NewIndexes) {
  SortTableFile file;
  const TextOrders with_tables(Tables(file));
  IndexSchema index = NewIndexOf(u"en-US");
  ASSERT_TRUE(with_tables.Choose(index).ok());
  EXPECT_EQ(index.sort_version, kTables);
  EXPECT_EQ(index.sort_id, WindowsSortId(1));
  ASSERT_NE(index.text_order, nullptr);
  EXPECT_EQ(Key(*index.text_order, u"a"), Key(*with_tables.Find(index), u"a"));

  // A locale of which it is not known what sort Windows gives it.
  index = NewIndexOf(u"da-DK");
  ASSERT_TRUE(with_tables.Choose(index).ok());
  EXPECT_EQ(index.sort_id, kIcuSortId);
  const TextOrders windows_only(Tables(file), SortOrderChoice::kWindows);
  EXPECT_TRUE(windows_only.Choose(index).Is(Error::kInvalidLanguageId));

  const TextOrders built_in(nullptr, SortOrderChoice::kWindows);
  index = NewIndexOf(u"EN-us");
  ASSERT_TRUE(built_in.Choose(index).ok());
  EXPECT_EQ(index.sort_version, kWindows10);
  index = NewIndexOf(u"en-US", 0x400);
  EXPECT_TRUE(built_in.Choose(index).Is(Error::kInvalidLCMapStringFlags));

  const TextOrders automatic;
  index = NewIndexOf(u"en-US");
  ASSERT_TRUE(automatic.Choose(index).ok());
  EXPECT_EQ(index.sort_id, kIcuSortId);
  EXPECT_NE(automatic.Find(index), nullptr);
  for (const char16_t* nonsense : {u"xx-YY", u"en-US_nonsense", u"e n", u"qqq"}) {
    index = NewIndexOf(nonsense);
    EXPECT_TRUE(automatic.Choose(index).Is(Error::kInvalidLanguageId));
  }
  for (const uint32_t flags : {0u, 0x1u, 0x200u, 0xc00u, 0x100400u}) {
    index = NewIndexOf(u"en-US", flags);
    EXPECT_TRUE(automatic.Choose(index).Is(Error::kInvalidLCMapStringFlags)) << flags;
  }
}

TEST(TextOrders, AnIndexOfAnotherIcuIsNotTouched) {
  const TextOrders orders;
  IndexSchema index = NewIndexOf(u"de-DE");
  ASSERT_TRUE(orders.Choose(index).ok());
  for (const uint64_t change : {uint64_t{1}, uint64_t{1} << 24, uint64_t{1} << 32}) {
    IndexSchema other = index;
    other.sort_version ^= change;
    EXPECT_EQ(orders.Find(other), nullptr);
  }
}

class IcuOrder : public testing::Test {
 protected:
  static std::string KeyOf(std::u16string_view text, std::u16string_view locale = u"en-US",
                           uint32_t flags = kDefaultLCMapFlags, size_t room = 200) {
    uint64_t version = 0;
    return Key(*MakeIcuTextOrder(locale, flags, &version).value(), text, room);
  }
};

TEST_F(IcuOrder, OrdersTextOfAnyLanguage) {
  const std::u16string_view rising[] = {
      u"",      u"!", u"1",      u"A",      u"\u00e4", u"apple",  u"caf\u00e9",
      u"Cafes", u"z", u"\u03b1", u"\u0436", u"\u3042", u"\u4e00", u"\xd83e\xdd8a"};
  std::vector<std::string> keys;
  for (const std::u16string_view text : rising) keys.push_back(KeyOf(text));
  keys.pop_back();  // A symbol: before letters.
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
  EXPECT_LT(KeyOf(u"\xd83e\xdd8a"), KeyOf(u"1"));
  EXPECT_EQ(KeyOf(u"e\u0301"), KeyOf(u"\u00e9"));
  EXPECT_NE(KeyOf(u"\xd83e\xdd8a"), KeyOf(u"\xd83e\xdd8b"));
}

TEST_F(IcuOrder, FollowsTheLocale) {
  EXPECT_LT(KeyOf(u"\u00f6", u"de-DE"), KeyOf(u"z", u"de-DE"));
  EXPECT_GT(KeyOf(u"\u00f6", u"sv-SE"), KeyOf(u"z", u"sv-SE"));
  EXPECT_GT(KeyOf(u"\u00e4", u"de-DE_phoneb"), KeyOf(u"ad", u"de-DE_phoneb"));
  EXPECT_LT(KeyOf(u"\u00e4", u"de-DE"), KeyOf(u"ad", u"de-DE"));
}

TEST_F(IcuOrder, FollowsTheFlags) {
  const auto equal = [](std::u16string_view a, std::u16string_view b, uint32_t flags) {
    return KeyOf(a, u"en-US", flags) == KeyOf(b, u"en-US", flags);
  };
  EXPECT_TRUE(equal(u"Apple", u"aPPLE", 0x30401));
  EXPECT_FALSE(equal(u"Apple", u"aPPLE", 0x400));
  EXPECT_FALSE(equal(u"\u00e9", u"e", 0x30401));
  EXPECT_TRUE(equal(u"\u00e9", u"E", 0x403));
  EXPECT_TRUE(equal(u"\u00e9", u"e", 0x402));
  EXPECT_FALSE(equal(u"\u00e9", u"E", 0x402));
  EXPECT_TRUE(equal(u"co-op", u"coop", 0x405));
  EXPECT_TRUE(equal(u"\u3042", u"\u30a2", 0x30401));
  EXPECT_LT(KeyOf(u"a9", u"en-US", 0x409), KeyOf(u"a10", u"en-US", 0x409));
}

// Limits of search keys look for the first 1, the end of the primary weights.
TEST_F(IcuOrder, KeysOfBeginningsAreBeginnings) {
  for (const std::u16string_view text : {u"co\u00f6peration 12", u"\u3042\u304b\u30fc",
                                         u"\u4e00\u4e8c\u4e09", u"na\u00efve - \u0436"}) {
    for (size_t size = 1; size <= text.size(); ++size) {
      const std::string begin = KeyOf(text.substr(0, size));
      size_t end = 0;
      while (begin.compare(end, 2, "01") != 0) end += 2;
      EXPECT_EQ(KeyOf(text).compare(0, end, begin, 0, end), 0) << size;
    }
  }
}

TEST_F(IcuOrder, CutKeysArePrefixes) {
  const std::u16string_view text = u"co\u00f6peration \u4e00\u3042 12-\u00df";
  const std::string whole = KeyOf(text);
  EXPECT_TRUE(whole.ends_with("00"));
  for (size_t room = 1; room < whole.size() / 2; ++room) {
    EXPECT_EQ(KeyOf(text, u"en-US", kDefaultLCMapFlags, room), whole.substr(0, 2 * room) + "...");
  }
  EXPECT_EQ(KeyOf(text, u"en-US", kDefaultLCMapFlags, whole.size() / 2), whole);
}

}  // namespace
}  // namespace contrail
