// Table files: what is read, what is refused and how, and that no damage is trusted.

#include "engine/sort_tables.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <random>

#include "engine/event_ids.h"
#include "engine/unicode_sort_key.h"
#include "storage/file.h"
#include "tests/support/hex.h"
#include "tests/support/recording.h"
#include "tests/support/sort_table_file.h"

namespace contrail {
namespace {

using test::RecordingEvents;
using test::SortTableFile;
using test::WindowsSortId;

SortTableFile RichFile() {
  SortTableFile file;
  file.units[u'\u00e6'] = {0x00, 0x02, 0x00, 0x00};
  file.units[u'\u1100'] = {0, sort_script::kJamo, 2, 2};
  file.units[u'\u3042'] = {0x02, 0x03, 0x02, 0x27};
  file.expansions = {{u'a', u'e'}};
  file.contractions.push_back({{{u"ch", {0x0b, 0x0e, 0x02, 0x02}}}});
  file.orders.push_back(
      {.id = 2, .contractions = 0, .exceptions = {{u'c', {0x0a, 0x0e, 0x02, 0xc2}}}});
  return file;
}

// Keys of texts that reach every table.
void UseEverything(const SortTables& tables) {
  constexpr std::u16string_view kTexts[] = {u"ch", u"ccc\u00e6", u"\u1100\u1161", u"\u3042\u30fc",
                                            u"a-b"};
  for (const uint8_t id : {1, 2}) {
    const std::optional<SortOrder> order = tables.FindOrder(WindowsSortId(id), 0x400);
    if (!order.has_value()) continue;
    for (const std::u16string_view text : kTexts) {
      std::array<std::byte, 100> to;
      const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
      const Result<SortKeyResult> key =
          MakeUnicodeSortKey(*order, 0x400, {bytes, text.size() * 2}, to);
      if (key.ok()) {
        EXPECT_LE(key->size, to.size());
      }
    }
  }
}

TEST(SortTables, ReadsOrders) {
  const auto tables = SortTables::Parse(RichFile().Encode(), "made", DiscardEvents()).value();
  EXPECT_EQ(tables->version(), 0x00060305u);
  EXPECT_EQ(tables->order_count(), 2u);
  EXPECT_TRUE(tables->FindOrder(WindowsSortId(1), 0x400).has_value());
  EXPECT_TRUE(tables->FindOrder(WindowsSortId(2), 0x400).has_value());
  EXPECT_FALSE(tables->FindOrder(WindowsSortId(3), 0x400).has_value());
  UseEverything(*tables);
}

TEST(SortTables, OrdersWithUnknownRulesAreNotUsed) {
  SortTableFile file;
  file.orders.push_back({.id = 4, .flags = 0x20});
  file.orders.push_back({.id = 5, .flags = 0x40});
  file.orders.push_back({.id = 6, .flags = 0x100});
  const auto tables = SortTables::Parse(file.Encode(), "made", DiscardEvents()).value();
  EXPECT_FALSE(tables->FindOrder(WindowsSortId(4), 0x401).has_value());
  EXPECT_FALSE(tables->FindOrder(WindowsSortId(5), 0x400).has_value());
  EXPECT_TRUE(tables->FindOrder(WindowsSortId(5), 0x401).has_value());
  EXPECT_FALSE(tables->FindOrder(WindowsSortId(6), 0x401).has_value());
}

TEST(SortTables, WhatIsNotUnderstoodIsRefusedWithAnEvent) {
  const auto refuse = [](std::vector<std::byte> bytes, int64_t offset) {
    RecordingEvents events;
    const auto tables = SortTables::Parse(std::move(bytes), "SortDefault.nls", events);
    EXPECT_TRUE(tables.status().Is(Error::kUnicodeLanguageValidationFailure));
    const Event event = events.Last(event_id::kSortTablesNotUnderstood);
    EXPECT_EQ(event.file, "SortDefault.nls");
    EXPECT_EQ(event.offset, offset) << event.expected << " / " << event.found;
    EXPECT_FALSE(event.expected.empty());
    EXPECT_FALSE(event.found.empty());
  };
  const SortTableFile file = RichFile();
  const std::vector<std::byte> good = file.Encode();
  refuse({}, 0);
  std::vector<std::byte> bad = good;
  StoreLittle<uint32_t>(bad.data() + 12, static_cast<uint32_t>(good.size()));
  refuse(bad, 12);
  bad = good;
  StoreLittle<uint32_t>(bad.data() + 4, 32);
  refuse(bad, 0);  // No room for all units.
  const size_t orders = file.orders_offset();
  bad = good;
  StoreLittle<uint32_t>(bad.data() + orders, 0x12345678);
  refuse(bad, static_cast<int64_t>(orders));  // The version.
  bad = good;
  StoreLittle<uint32_t>(bad.data() + orders + 4, 0x7fffffff);
  refuse(bad, static_cast<int64_t>(orders + 8));  // More orders than fit.
  bad = good;
  StoreLittle<uint32_t>(bad.data() + 16 + 4 * 0x10000, 0x10fff);
  refuse(bad, 16 + 4 * 0x10000);  // A page of exceptions past the end.
}

TEST(SortTables, EveryShorterFileIsRefused) {
  const SortTableFile file = RichFile();
  const std::vector<std::byte> good = file.Encode();
  // The last 12 bytes are not used.
  for (size_t size = file.orders_offset(); size < good.size() - 12; ++size) {
    std::vector<std::byte> cut(good.begin(), good.begin() + static_cast<ptrdiff_t>(size));
    EXPECT_FALSE(SortTables::Parse(std::move(cut), "cut", DiscardEvents()).ok()) << size;
  }
}

TEST(SortTables, DamageIsNeverTrusted) {
  constexpr uint32_t kSeed = 20;
  std::mt19937 random(kSeed);
  const SortTableFile file = RichFile();
  const std::vector<std::byte> good = file.Encode();
  size_t accepted = 0;
  for (int round = 0; round < 1000; ++round) {
    std::vector<std::byte> bad = good;
    for (int i = 0; i < 3; ++i) {
      // The header, the lists of pages and everything behind them.
      const size_t begin = 16 + 4 * 0x10000;
      const size_t place =
          round % 10 == 0 ? random() % 16 : begin + random() % (bad.size() - begin);
      bad[place] = static_cast<std::byte>(random());
    }
    const auto tables = SortTables::Parse(std::move(bad), "bad", DiscardEvents());
    if (!tables.ok()) continue;
    ++accepted;
    UseEverything(**tables);
  }
  EXPECT_GT(accepted, 0u);
  EXPECT_LT(accepted, 1000u);
}

// The copy that Debian's libwine installs, in the layout of Windows' own and with weights of
// Microsoft's published table; or the file that CONTRAIL_SORT_TABLES names.
TEST(SortTables, ARealFile) {
  const char* named = std::getenv("CONTRAIL_SORT_TABLES");
  const std::string path = named != nullptr ? named : "/usr/share/wine/nls/sortdefault.nls";
  if (!std::ifstream(path).good()) GTEST_SKIP() << path << " is not installed (libwine)";
  RecordingEvents events;
  const auto read = SortTables::Read(PosixFileSystem(), path, events);
  ASSERT_TRUE(read.ok()) << events.events().front().expected;
  const SortTables& tables = **read;
  const SortOrder order = tables.FindOrder(WindowsSortId(1), 0x30401).value();
  SortWeights built_in, stored;
  for (char32_t unit = 0; unit < 0x10000; ++unit) {
    const auto unit16 = static_cast<char16_t>(unit);
    if (!SortOrder::BuiltIn().FindUnit(unit16, &built_in)) continue;
    ASSERT_TRUE(order.FindUnit(unit16, &stored));
    EXPECT_EQ(std::memcmp(&built_in, &stored, sizeof stored), 0) << std::hex << unsigned{unit};
  }
  // Every order makes a key of every unit.
  size_t keys = 0;
  for (uint8_t id = 1; id <= tables.order_count(); ++id) {
    const std::optional<SortOrder> own = tables.FindOrder(WindowsSortId(id), 0x30401);
    if (!own.has_value()) continue;
    for (uint32_t unit = 1; unit < 0x10000; unit += id == 1 ? 1 : 13) {
      std::array<std::byte, 64> to;
      const char16_t text[] = {static_cast<char16_t>(unit), u'c', u'h'};
      SortWeights weights;
      ASSERT_TRUE(own->FindUnit(text[0], &weights));
      const Result<SortKeyResult> key =
          MakeUnicodeSortKey(*own, 0x30401, {reinterpret_cast<const std::byte*>(text), 6}, to);
      EXPECT_EQ(key.ok(), weights.script != sort_script::kJamo) << int{id} << " " << unit;
      ++keys;
    }
  }
  std::cout << "keys made: " << keys << "\n";
}

}  // namespace
}  // namespace contrail
