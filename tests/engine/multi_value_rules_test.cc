// What the values of one row may be to each other, through the API: in a unique index, and where
// JetSetColumn is asked to see that none comes twice. And text of half units.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/support/jet_fixture.h"
#include "tests/support/sound_database.h"

namespace contrail::test {
namespace {

using namespace std::string_literals;  // NOLINT(google-build-using-namespace): keys with NUL.

class MultiValueRulesTest : public testing::Test {
 protected:
  MultiValueRulesTest() : database_(folder_), session_(database_.session()) {}

  void SetUp() override {
    ASSERT_JET_OK(JetCreateTableA(session_, database_.id(), "rows", 1, 80, &table_));
    constexpr JET_GRBIT kMany = JET_bitColumnTagged | JET_bitColumnMultiValued;
    ASSERT_JET_OK(AddColumn("id", JET_coltypLong, JET_bitColumnAutoincrement, 0, &id_));
    ASSERT_JET_OK(AddColumn("tag", JET_coltypText, kMany, 1252, &tag_));
    ASSERT_JET_OK(AddColumn("word", JET_coltypLongText, kMany, 1200, &word_));
    ASSERT_JET_OK(CreateIndex("primary", "+id\0"s, JET_bitIndexPrimary));
  }

  JET_ERR AddColumn(const char* name, JET_COLTYP type, JET_GRBIT grbit, uint16_t code_page,
                    JET_COLUMNID* id) {
    JET_COLUMNDEF def = {};
    def.cbStruct = sizeof(def);
    def.coltyp = type;
    def.grbit = grbit;
    def.cp = code_page;
    return JetAddColumnA(session_, table_, name, &def, nullptr, 0, id);
  }

  JET_ERR CreateIndex(const char* name, const std::string& key, JET_GRBIT grbit) {
    return JetCreateIndexA(session_, table_, name, grbit, key.c_str(),
                           static_cast<uint32_t>(key.size() + 1), 80);
  }

  // Adds a value to the row that is being made.
  JET_ERR AddValue(JET_COLUMNID column, std::string_view value, JET_GRBIT grbit = 0) {
    return SetValue(column, 0, value, grbit);
  }
  JET_ERR SetValue(JET_COLUMNID column, uint32_t number, std::string_view value,
                   JET_GRBIT grbit = 0) {
    JET_SETINFO info = {sizeof(info), 0, number};
    return JetSetColumn(session_, table_, column, value.data(), static_cast<uint32_t>(value.size()),
                        grbit, &info);
  }
  JET_ERR AddWord(std::u16string_view word, JET_GRBIT grbit = 0) {
    return AddValue(word_, {reinterpret_cast<const char*>(word.data()), word.size() * 2}, grbit);
  }

  JET_ERR Prepare(uint32_t what = JET_prepInsert) {
    return JetPrepareUpdate(session_, table_, what);
  }
  JET_ERR Update() { return JetUpdate(session_, table_, nullptr, 0, nullptr); }

  JetFolder folder_;
  JetDatabase database_;
  JET_SESID session_;
  JET_TABLEID table_ = JET_tableidNil;
  JET_COLUMNID id_ = 0, tag_ = 0, word_ = 0;
};

TEST_F(MultiValueRulesTest, AUniqueIndexTakesNoKeyTwiceFromOneRow) {
  ASSERT_JET_OK(CreateIndex("by_tag", "+tag\0"s, JET_bitIndexUnique));
  ASSERT_JET_OK(Prepare());
  ASSERT_JET_OK(AddValue(tag_, "red"));
  ASSERT_JET_OK(AddValue(tag_, "Red"));
  EXPECT_JET(JET_errMultiValuedIndexViolation, Update());
  // The update is there to be put right.
  ASSERT_JET_OK(SetValue(tag_, 2, "blue"));
  ASSERT_JET_OK(Update());

  ASSERT_JET_OK(JetMove(session_, table_, JET_MoveFirst, 0));
  ASSERT_JET_OK(Prepare(JET_prepReplace));
  ASSERT_JET_OK(SetValue(tag_, 2, "red"));
  EXPECT_JET(JET_errMultiValuedIndexViolation, Update());
  ASSERT_JET_OK(Prepare(JET_prepCancel));
  // Of two rows it is a duplicate as ever.
  ASSERT_JET_OK(Prepare());
  ASSERT_JET_OK(AddValue(tag_, "blue"));
  EXPECT_JET(JET_errKeyDuplicate, Update());
}

TEST_F(MultiValueRulesTest, AnyOtherIndexHasOneEntryForThem) {
  ASSERT_JET_OK(CreateIndex("by_tag", "+tag\0"s, 0));
  ASSERT_JET_OK(Prepare());
  ASSERT_JET_OK(AddValue(tag_, "red"));
  ASSERT_JET_OK(AddValue(tag_, "red"));
  ASSERT_JET_OK(Update());
  ASSERT_JET_OK(JetSetCurrentIndexA(session_, table_, "by_tag"));
  uint32_t entries = 0;
  ASSERT_JET_OK(JetIndexRecordCount(session_, table_, &entries, 0));
  EXPECT_EQ(entries, 1u);
}

TEST_F(MultiValueRulesTest, AUniqueIndexIsNotMadeOverARowWithAKeyTwice) {
  ASSERT_JET_OK(Prepare());
  ASSERT_JET_OK(AddValue(tag_, "red"));
  ASSERT_JET_OK(AddValue(tag_, "red"));
  ASSERT_JET_OK(Update());
  EXPECT_JET(JET_errKeyDuplicate, CreateIndex("unique", "+tag\0"s, JET_bitIndexUnique));
  EXPECT_JET_OK(CreateIndex("any", "+tag\0"s, 0));
}

// (a, x), (a, y), (b, x), (b, y): no two alike, until a second value comes twice.
TEST_F(MultiValueRulesTest, ACrossProductIsJudgedByItsCombinations) {
  ASSERT_JET_OK(
      CreateIndex("cross", "+tag\0+word\0"s, JET_bitIndexUnique | JET_bitIndexCrossProduct));
  ASSERT_JET_OK(Prepare());
  for (const char* tag : {"a", "b"}) ASSERT_JET_OK(AddValue(tag_, tag));
  for (const char16_t* word : {u"x", u"y"}) ASSERT_JET_OK(AddWord(word));
  ASSERT_JET_OK(Update());
  ASSERT_JET_OK(Prepare());
  ASSERT_JET_OK(AddValue(tag_, "c"));
  for (const char16_t* word : {u"x", u"X"}) ASSERT_JET_OK(AddWord(word));
  EXPECT_JET(JET_errMultiValuedIndexViolation, Update());
}

TEST_F(MultiValueRulesTest, NormalizedValuesAreUniqueAsKeysAre) {
  constexpr JET_GRBIT kNormalized = JET_bitSetUniqueNormalizedMultiValues;
  constexpr JET_GRBIT kExact = JET_bitSetUniqueMultiValues;
  ASSERT_JET_OK(Prepare());
  ASSERT_JET_OK(AddValue(tag_, "AB"));
  EXPECT_JET(JET_errMultiValuedDuplicate, AddValue(tag_, "AB", kExact));
  EXPECT_JET(JET_errMultiValuedDuplicate, AddValue(tag_, "ab", kNormalized));
  EXPECT_JET_OK(AddValue(tag_, "abc", kNormalized));
  EXPECT_JET_OK(AddValue(tag_, "aB", kExact));
  // Its own old value is in no value's way.
  EXPECT_JET_OK(SetValue(tag_, 2, "ABC", kNormalized));
  EXPECT_JET(JET_errMultiValuedDuplicate, SetValue(tag_, 2, "ab", kNormalized));

  ASSERT_JET_OK(AddWord(u"\u00e9lan"));
  EXPECT_JET(JET_errMultiValuedDuplicate, AddWord(u"\u00c9LAN", kNormalized));
  EXPECT_JET_OK(AddWord(u"\u00c9LAN", kExact));
  EXPECT_JET_OK(AddWord(u"elan", kNormalized));
  EXPECT_JET_OK(AddValue(word_, "", kNormalized | JET_bitSetZeroLength));
  EXPECT_JET(JET_errMultiValuedDuplicate, AddValue(word_, "", kNormalized | JET_bitSetZeroLength));
  EXPECT_JET(JET_errInvalidGrbit, AddWord(u"a", kNormalized | JET_bitSetAppendLV));
  EXPECT_JET(JET_errInvalidGrbit, AddWord(u"a", kExact | JET_bitSetOverwriteLV));
}

// Keys end somewhere: what is the same up to there may differ behind it.
TEST_F(MultiValueRulesTest, ValuesThatAreTooLongForAKeyAreTheSameAfterTruncation) {
  constexpr JET_GRBIT kNormalized = JET_bitSetUniqueNormalizedMultiValues;
  ASSERT_JET_OK(JetBeginTransaction(session_));
  ASSERT_JET_OK(Prepare());
  const std::u16string same(300, u'a');
  ASSERT_JET_OK(AddWord(same + u"x"));
  EXPECT_JET(JET_errMultiValuedDuplicateAfterTruncation, AddWord(same + u"y", kNormalized));
  EXPECT_JET_OK(AddWord(same + u"y", JET_bitSetUniqueMultiValues));
  EXPECT_JET(JET_errMultiValuedDuplicate, AddWord(same + u"x", JET_bitSetUniqueMultiValues));
  EXPECT_JET_OK(AddWord(u"b" + same, kNormalized));
  // Values of the long value tree, and compressed ones, are looked into.
  const std::u16string separated(4000, u'c');
  ASSERT_JET_OK(AddWord(separated, JET_bitSetSeparateLV));
  EXPECT_JET(JET_errMultiValuedDuplicate, AddWord(separated, JET_bitSetUniqueMultiValues));
  EXPECT_JET(JET_errMultiValuedDuplicateAfterTruncation, AddWord(separated, kNormalized));
  ASSERT_JET_OK(
      SetValue(word_, 1, std::string(500, 'z'), JET_bitSetCompressed | JET_bitSetIntrinsicLV));
  EXPECT_JET(JET_errMultiValuedDuplicate,
             AddValue(word_, std::string(500, 'z'), JET_bitSetUniqueMultiValues));
  ASSERT_JET_OK(JetRollback(session_, 0));
}

// What is not a number of whole units is kept as it is, and is no damage.
TEST_F(MultiValueRulesTest, TextOfHalfUnits) {
  JET_COLUMNID text = 0;
  ASSERT_JET_OK(AddColumn("text", JET_coltypText, 0, 1200, &text));
  ASSERT_JET_OK(CreateIndex("by_text", "+text\0"s, 0));
  const std::string odd = "a\0b"s;
  ASSERT_JET_OK(Prepare());
  ASSERT_JET_OK(SetValue(text, 1, odd));
  ASSERT_JET_OK(AddValue(word_, odd));
  ASSERT_JET_OK(SetValue(word_, 1, "\0c"s, JET_bitSetAppendLV));
  ASSERT_JET_OK(Update());
  ASSERT_JET_OK(JetSetCurrentIndexA(session_, table_, "by_text"));
  // The key has the whole units.
  ASSERT_JET_OK(JetMakeKey(session_, table_, "a\0", 2, JET_bitNewKey));
  ASSERT_JET_OK(JetSeek(session_, table_, JET_bitSeekEQ));
  for (const auto& [column, value] : {std::pair{text, odd}, {word_, odd + "\0c"s}}) {
    char found[8];
    uint32_t size = 0;
    ASSERT_JET_OK(
        JetRetrieveColumn(session_, table_, column, found, sizeof(found), &size, 0, nullptr));
    EXPECT_EQ(std::string(found, size), value);
  }
  ASSERT_JET_OK(database_.engine().Term());
  EXPECT_EQ(OwnFindings(folder_ / "test.edb"), "");
}

}  // namespace
}  // namespace contrail::test
