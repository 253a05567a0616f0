// Indexes over Unicode text through the API: made, kept, sought in and refused, in databases of our
// own and of Windows'.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "tests/support/shared_data.h"
#include "tests/support/sort_table_file.h"
#include "tests/support/sound_database.h"
#include "tests/support/unicode_index_fixture.h"

namespace contrail::test {
namespace {

using Texts = std::vector<std::u16string>;

TEST_F(UnicodeIndexTest, AnyTextHasAPlace) {
  Start(JET_contrailSortOrderAutomatic);
  CreatePeople();
  ASSERT_JET_OK(CreateNameIndex());
  const Texts rising = {u"\xd83e\xdd8a fox", u"12",           u"\u00c4pfel",  u"Jos\u00e9",
                        u"jos\u00e9 b",      u"na\u00efve",   u"Zo\u00eb",    u"\u03b1\u03b2",
                        u"\u0416",           u"\u3042\u30fc", u"\u4e2d\u6587"};
  for (const size_t i : {4u, 0u, 10u, 7u, 2u, 9u, 1u, 3u, 8u, 5u, 6u}) {
    ASSERT_JET_OK(Insert(rising[i]));
  }
  ASSERT_JET_OK(UseIndex("by_name"));
  EXPECT_EQ(Names(), rising);
  ASSERT_JET_OK(Seek(u"JOS\u00c9"));
  EXPECT_EQ(Name(), u"Jos\u00e9");
  ASSERT_JET_OK(Rename(u"\u00e9lan"));
  EXPECT_JET(JET_errRecordNotFound, Seek(u"Jos\u00e9"));
  ASSERT_JET_OK(Seek(u"\u00e9lan"));
  ASSERT_JET_OK(JetDelete(session_, table_));
  EXPECT_JET(JET_errRecordNotFound, Seek(u"\u00e9lan"));

  // Everything that begins with "jo".
  ASSERT_JET_OK(MakeKey(u"jo", JET_bitPartialColumnStartLimit));
  ASSERT_JET_OK(JetSeek(session_, table_, JET_bitSeekGE));
  ASSERT_JET_OK(MakeKey(u"jo", JET_bitPartialColumnEndLimit));
  ASSERT_JET_OK(JetSetIndexRange(session_, table_, JET_bitRangeUpperLimit));
  EXPECT_EQ(NamesFromHere(), Texts{u"jos\u00e9 b"});
  Stop();

  Start(JET_contrailSortOrderAutomatic);
  Reopen();
  ASSERT_JET_OK(UseIndex("by_name"));
  EXPECT_EQ(Names().size(), rising.size() - 1);
  ASSERT_JET_OK(Seek(u"ZO\u00cb"));
}

// A short key looks at 128 units, of texts of any length.
TEST_F(UnicodeIndexTest, LongTexts) {
  Start(JET_contrailSortOrderAutomatic);
  CreatePeople();
  ASSERT_JET_OK(CreateNameIndex());
  const std::u16string same(128, u'\u00e9'), letters(5000, u'b'), other(5000, u'a');
  ASSERT_JET_OK(JetBeginTransaction(session_));  // Long values want one.
  for (const std::u16string& text : {letters, same + letters, other, same}) {
    ASSERT_JET_OK(Insert(text));
  }
  ASSERT_JET_OK(JetCommitTransaction(session_, 0));
  ASSERT_JET_OK(UseIndex("by_name"));
  ASSERT_JET_OK(Seek(same + u"whatever"));
  EXPECT_EQ(Name().substr(0, 100), same.substr(0, 100));
  ASSERT_JET_OK(JetMove(session_, table_, JET_MovePrevious, 0));
  EXPECT_EQ(Name().substr(0, 100), letters.substr(0, 100));
  ASSERT_JET_OK(Seek(other));
  ASSERT_JET_OK(JetDelete(session_, table_));
  EXPECT_JET(JET_errRecordNotFound, Seek(other));
}

TEST_F(UnicodeIndexTest, UniqueAndPrimary) {
  Start(JET_contrailSortOrderIcu);
  CreatePeople();
  ASSERT_JET_OK(CreateNameIndex("unique", JET_bitIndexUnique));
  ASSERT_JET_OK(Insert(u"\u00d6l"));
  EXPECT_JET(JET_errKeyDuplicate, Insert(u"\u00f6L"));
  ASSERT_JET_OK(Insert(u"Ol"));

  ASSERT_JET_OK(JetCloseTable(session_, table_));
  ASSERT_JET_OK(JetCreateTableA(session_, database_, "words", 1, 80, &table_));
  name_ = AddColumn("name", JET_coltypText);
  ASSERT_JET_OK(CreateNameIndex("primary", JET_bitIndexPrimary));
  for (const char16_t* word : {u"z", u"\u00e4", u"a", u"b"}) ASSERT_JET_OK(Insert(word));
  EXPECT_JET(JET_errKeyDuplicate, Insert(u"\u00c4"));
  EXPECT_EQ(Names(), (Texts{u"a", u"\u00e4", u"b", u"z"}));
}

TEST_F(UnicodeIndexTest, WindowsOrderRefusesTextItCannotPlace) {
  Start(JET_contrailSortOrderWindows);
  CreatePeople();
  ASSERT_JET_OK(CreateNameIndex());
  for (const char16_t* name : {u"co-op", u"coop", u"it's", u"Its", u"10", u"9"}) {
    ASSERT_JET_OK(Insert(name));
  }
  // Nothing of a refused update is left, inside a transaction either.
  ASSERT_JET_OK(JetBeginTransaction(session_));
  EXPECT_JET(JET_errUnicodeNormalizationNotSupported, Insert(u"Jos\u00e9"));
  ASSERT_JET_OK(Insert(u"Jose"));
  ASSERT_JET_OK(UseIndex("by_name"));
  ASSERT_JET_OK(Seek(u"COOP"));
  EXPECT_JET(JET_errUnicodeNormalizationNotSupported, Rename(u"\u00e9"));
  ASSERT_JET_OK(JetCommitTransaction(session_, 0));
  EXPECT_JET(JET_errUnicodeNormalizationNotSupported, MakeKey(u"\u00e9"));
  EXPECT_EQ(Names(), (Texts{u"10", u"9", u"coop", u"co-op", u"Its", u"it's", u"Jose"}));
  ASSERT_JET_OK(UseIndex("primary"));
  EXPECT_EQ(Names().size(), 7u);

  // An index over rows that it cannot place is not made.
  ASSERT_JET_OK(JetDeleteIndexA(session_, table_, "by_name"));
  ASSERT_JET_OK(Insert(u"Jos\u00e9"));
  EXPECT_JET(JET_errUnicodeNormalizationNotSupported, CreateNameIndex());
  EXPECT_JET(JET_errIndexNotFound, UseIndex("by_name"));
  EXPECT_EQ(Names().size(), 8u);
}

TEST_F(UnicodeIndexTest, LocalesAndFlags) {
  Start(JET_contrailSortOrderAutomatic);
  CreatePeople();
  const auto create = [this](const char* name, const char16_t* locale, uint32_t flags) {
    JET_UNICODEINDEX2 unicode = {const_cast<char16_t*>(locale), flags};
    JET_INDEXCREATE3_A index = {};
    index.cbStruct = sizeof index;
    index.szIndexName = const_cast<char*>(name);
    index.szKey = const_cast<char*>("+name\0");
    index.cbKey = 7;
    index.grbit = JET_bitIndexUnicode;
    index.ulDensity = 80;
    index.pidxunicode = &unicode;
    return JetCreateIndex4A(session_, table_, &index, 1);
  };
  ASSERT_JET_OK(create("swedish", u"sv-SE", 0x30401));
  ASSERT_JET_OK(create("german", u"de-DE", 0x30401));
  ASSERT_JET_OK(create("exact", u"de-DE", 0));
  EXPECT_JET(JET_errInvalidLanguageId, create("none", u"xx-YY", 0x30401));
  EXPECT_JET(JET_errInvalidLCMapStringFlags, create("none", u"en-US", 0x40000000));
  for (const char16_t* name : {u"z", u"\u00f6", u"o", u"O"}) ASSERT_JET_OK(Insert(name));
  ASSERT_JET_OK(UseIndex("swedish"));
  EXPECT_EQ(Names(), (Texts{u"o", u"O", u"z", u"\u00f6"}));
  ASSERT_JET_OK(UseIndex("german"));
  EXPECT_EQ(Names(), (Texts{u"o", u"O", u"\u00f6", u"z"}));
  char16_t locale[85];
  ASSERT_JET_OK(JetGetTableIndexInfoA(session_, table_, "german", locale, sizeof locale,
                                      JET_IdxInfoLocaleName));
  EXPECT_EQ(std::u16string(locale), u"de-DE");
}

TEST_F(UnicodeIndexTest, TableFileGivesWindowsOrder) {
  SortTableFile file;
  file.units[u'\u00e9'] = {0x21, 0x0e, 0x0e, 0x02};
  const std::vector<std::byte> bytes = file.Encode();
  const std::string path = folder_ / "SortDefault.nls";
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  Start(JET_contrailSortOrderAutomatic, path);
  CreatePeople();
  ASSERT_JET_OK(CreateNameIndex());
  for (const char16_t* name : {u"f", u"\u00e9", u"e"}) ASSERT_JET_OK(Insert(name));
  ASSERT_JET_OK(UseIndex("by_name"));
  EXPECT_EQ(Names(), (Texts{u"e", u"\u00e9", u"f"}));
  ASSERT_JET_OK(Seek(u"\u00e9"));
  Stop();

  // Without the file the index can be walked, and nothing else.
  Start(JET_contrailSortOrderAutomatic);
  Reopen();
  ASSERT_JET_OK(UseIndex("by_name"));
  EXPECT_EQ(Names(), (Texts{u"e", u"\u00e9", u"f"}));
  EXPECT_JET(JET_errUnicodeNormalizationNotSupported, Seek(u"e"));
  EXPECT_JET(JET_errUnicodeNormalizationNotSupported, Insert(u"g"));
  ASSERT_JET_OK(JetMove(session_, table_, JET_MoveFirst, 0));
  EXPECT_JET(JET_errUnicodeNormalizationNotSupported, JetDelete(session_, table_));
  // A change that leaves the indexed column alone is none of the index's business.
  ASSERT_JET_OK(JetPrepareUpdate(session_, table_, JET_prepReplace));
  const int32_t note = 7;
  ASSERT_JET_OK(JetSetColumn(session_, table_, note_, &note, sizeof note, 0, nullptr));
  ASSERT_JET_OK(JetUpdate(session_, table_, nullptr, 0, nullptr));
  EXPECT_EQ(Names().size(), 3u);
}

TEST_F(UnicodeIndexTest, BadTableFileStopsTheStart) {
  const std::string path = folder_ / "SortDefault.nls";
  std::ofstream(path) << "not a table";
  instance_.emplace(folder_);
  ASSERT_JET_OK(Set(JET_paramContrailSortTablePath, 0, path.c_str()));
  EXPECT_JET(JET_errUnicodeLanguageValidationFailure, instance_->Init());
  ASSERT_JET_OK(Set(JET_paramContrailSortTablePath, 0, (folder_ / "absent.nls").c_str()));
  EXPECT_JET(JET_errFileNotFound, instance_->Init());
  ASSERT_JET_OK(Set(JET_paramContrailSortTablePath, 0, ""));
  EXPECT_JET_OK(instance_->Init());
}

// index.edb has two indexes over Unicode text, with one row: "Simple Unicode text " and a fox.
TEST_F(UnicodeIndexTest, WindowsFileIsKeptInOrder) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  const ScratchFolder scratch;
  std::filesystem::copy_file(UnpackSample("index.edb", scratch.path()), Path());
  Start(JET_contrailSortOrderAutomatic);
  ASSERT_JET_OK(JetAttachDatabaseA(session_, Path().c_str(), 0));
  ASSERT_JET_OK(JetOpenDatabaseA(session_, Path().c_str(), nullptr, &database_, 0));
  OpenTable("index");
  JET_COLUMNDEF column = {};
  ASSERT_JET_OK(
      JetGetTableColumnInfoA(session_, table_, "Unicode", &column, sizeof column, JET_ColInfo));
  name_ = column.columnid;
  ASSERT_JET_OK(UseIndex("IxUnicode"));
  ASSERT_EQ(Names().size(), 1u);
  const std::u16string fox = Names().front();
  ASSERT_JET_OK(Seek(fox));
  for (const char16_t* name : {u"sly", u"Simple", u"simpler", u"-"}) ASSERT_JET_OK(Insert(name));
  EXPECT_JET(JET_errUnicodeNormalizationNotSupported, Insert(u"\u00e9"));
  EXPECT_EQ(Names(), (Texts{u"-", u"Simple", fox, u"simpler", u"sly"}));
  ASSERT_JET_OK(Seek(u"SLY"));
  ASSERT_JET_OK(Rename(u"sleepy"));
  ASSERT_JET_OK(Seek(u"-"));
  ASSERT_JET_OK(JetDelete(session_, table_));
  EXPECT_EQ(Names(), (Texts{u"Simple", fox, u"simpler", u"sleepy"}));
  Stop();
  EXPECT_SOUND(Path());
}

}  // namespace
}  // namespace contrail::test
