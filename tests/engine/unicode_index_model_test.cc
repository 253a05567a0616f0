// Random changes of rows with names in many scripts, against a model; at the end the whole file is
// checked, every key of every index with it.

#include <algorithm>
#include <map>
#include <random>

#include "engine/icu_text_order.h"
#include "tests/support/sound_database.h"
#include "tests/support/unicode_index_fixture.h"

namespace contrail::test {
namespace {

constexpr uint32_t kSeed = 77;
constexpr int kChanges = 1000;
constexpr int kChangesOfTransaction = 50;

class UnicodeIndexModelTest : public UnicodeIndexTest {
 protected:
  // Few letters of many kinds, so that names are often equal but for case or accents.
  std::u16string RandomName() {
    static constexpr std::u16string_view kLetters[] = {
        u"a",     u"A", u"\u00e4", u"e",      u"\u00e9", u"e\u0301", u"z",      u"-",
        u" ",     u"1", u"\u03b1", u"\u0416", u"\u3042", u"\u30a2",  u"\u4e00", u"\xd83e\xdd8a",
        u"\xd83e"};
    std::u16string name;
    const size_t letters = 1 + random_() % 6;
    for (size_t i = 0; i < letters; ++i) name += kLetters[random_() % std::size(kLetters)];
    return name;
  }
  std::string KeyOf(std::u16string_view name) {
    std::vector<std::byte> key(255);
    const auto* bytes = reinterpret_cast<const std::byte*>(name.data());
    const SortKeyResult made = order_->MakeKey({bytes, name.size() * 2}, key).value();
    return {reinterpret_cast<const char*>(key.data()), made.size};
  }
  std::vector<std::u16string> Sorted() {
    std::map<std::pair<std::string, int32_t>, std::u16string> sorted;
    for (const auto& [id, name] : model_) sorted[{KeyOf(name), id}] = name;
    std::vector<std::u16string> names;
    for (const auto& [key, name] : sorted) names.push_back(name);
    return names;
  }
  void GoTo(int32_t id) {
    ASSERT_JET_OK(UseIndex("primary"));
    ASSERT_JET_OK(JetMakeKey(session_, table_, &id, sizeof id, JET_bitNewKey));
    ASSERT_JET_OK(JetSeek(session_, table_, JET_bitSeekEQ));
  }
  void OneChange() {
    const uint32_t what = random_() % 10;
    if (model_.empty() || what < 5) {
      const std::u16string name = RandomName();
      ASSERT_JET_OK(Insert(name));
      model_[++last_id_] = name;
      return;
    }
    auto place = model_.lower_bound(1 + static_cast<int32_t>(random_() % last_id_));
    if (place == model_.end()) place = model_.begin();
    GoTo(place->first);
    if (what < 8) {
      place->second = RandomName();
      ASSERT_JET_OK(Rename(place->second));
    } else {
      ASSERT_JET_OK(JetDelete(session_, table_));
      model_.erase(place);
    }
  }
  // The first row, in the index's order, of those with this key.
  void ExpectSeek(const std::u16string& name) {
    ASSERT_JET_OK(UseIndex("by_name"));
    const std::string key = KeyOf(name);
    const auto equal = [&](const auto& row) { return KeyOf(row.second) == key; };
    const auto expected = std::find_if(model_.begin(), model_.end(), equal);
    if (expected == model_.end()) {
      EXPECT_JET(JET_errRecordNotFound, Seek(name));
    } else {
      ASSERT_JET_OK(Seek(name));
      EXPECT_EQ(Name(), expected->second);
    }
  }

  std::mt19937 random_{kSeed};
  std::map<int32_t, std::u16string> model_;
  int32_t last_id_ = 0;
  uint64_t version_ = 0;
  std::shared_ptr<const TextOrder> order_ = MakeIcuTextOrder(u"en-US", 0x30401, &version_).value();
};

TEST_F(UnicodeIndexModelTest, RowsAndOrderAreThoseOfTheModel) {
  Start(JET_contrailSortOrderAutomatic);
  CreatePeople();
  ASSERT_JET_OK(CreateNameIndex());
  for (int change = 0; change < kChanges; ++change) {
    if (change % kChangesOfTransaction == 0) ASSERT_JET_OK(JetBeginTransaction(session_));
    ASSERT_NO_FATAL_FAILURE(OneChange()) << "seed " << kSeed << ", change " << change;
    if (change % 25 == 0) {
      ASSERT_NO_FATAL_FAILURE(ExpectSeek(RandomName())) << change;
    }
    if ((change + 1) % kChangesOfTransaction != 0) continue;
    ASSERT_JET_OK(JetCommitTransaction(session_, 0));
    if ((change + 1) % 250 != 0) continue;
    ASSERT_JET_OK(UseIndex("by_name"));
    ASSERT_EQ(Names(), Sorted()) << "seed " << kSeed << ", change " << change;
  }
  ASSERT_JET_OK(UseIndex("by_name"));
  EXPECT_EQ(Names(), Sorted());
  Stop();
  EXPECT_SOUND(Path());
}

}  // namespace
}  // namespace contrail::test
