// A database with a table of people whose names are Unicode text, driven through the API.

#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/jet_fixture.h"

namespace contrail::test {

// An instance with parameters of its own, and a session; the database is made or attached by calls.
class UnicodeIndexTest : public testing::Test {
 protected:
  void Start(uint32_t sort_order, const std::string& table_path = "") {
    instance_.emplace(folder_);
    ASSERT_JET_OK(Set(JET_paramContrailSortOrder, sort_order, nullptr));
    ASSERT_JET_OK(Set(JET_paramContrailSortTablePath, 0, table_path.c_str()));
    ASSERT_JET_OK(instance_->Init());
    ASSERT_JET_OK(JetBeginSessionA(instance_->handle(), &session_, nullptr, nullptr));
  }
  JET_ERR Set(uint32_t id, uintptr_t number, const char* text) {
    JET_INSTANCE handle = instance_->handle();
    return JetSetSystemParameterA(&handle, JET_sesidNil, id, number, text);
  }
  // The database with a table "people": id (primary key), name (Unicode long text), note.
  void CreatePeople() {
    ASSERT_JET_OK(JetCreateDatabaseA(session_, Path().c_str(), nullptr, &database_, 0));
    ASSERT_JET_OK(JetCreateTableA(session_, database_, "people", 1, 80, &table_));
    id_ = AddColumn("id", JET_coltypLong, JET_bitColumnAutoincrement);
    name_ = AddColumn("name", JET_coltypLongText);
    note_ = AddColumn("note", JET_coltypLong);
    ASSERT_JET_OK(
        JetCreateIndexA(session_, table_, "primary", JET_bitIndexPrimary, "+id\0", 5, 80));
  }
  JET_COLUMNID AddColumn(const char* name, JET_COLTYP type, JET_GRBIT grbit = 0) {
    JET_COLUMNDEF definition = {};
    definition.cbStruct = sizeof definition;
    definition.coltyp = type;
    definition.cp = 1200;
    definition.grbit = grbit;
    JET_COLUMNID column = 0;
    EXPECT_JET_OK(JetAddColumnA(session_, table_, name, &definition, nullptr, 0, &column));
    return column;
  }
  JET_ERR CreateNameIndex(const char* index = "by_name", JET_GRBIT grbit = 0) {
    return JetCreateIndexA(session_, table_, index, grbit, "+name\0", 7, 80);
  }
  void Reopen(const char* table = "people") {
    ASSERT_JET_OK(JetAttachDatabaseA(session_, Path().c_str(), 0));
    ASSERT_JET_OK(JetOpenDatabaseA(session_, Path().c_str(), nullptr, &database_, 0));
    OpenTable(table);
  }
  void OpenTable(const char* table) {
    ASSERT_JET_OK(JetOpenTableA(session_, database_, table, nullptr, 0, 0, &table_));
    JET_COLUMNDEF column = {};
    const auto find = [&](const char* name, JET_COLUMNID* id) {
      const JET_ERR error =
          JetGetTableColumnInfoA(session_, table_, name, &column, sizeof column, JET_ColInfo);
      *id = error >= 0 ? column.columnid : 0;
    };
    find("id", &id_);
    find("name", &name_);
    find("note", &note_);
  }
  void Stop() {
    ASSERT_JET_OK(instance_->Term());
    instance_.reset();
  }
  std::string Path() const { return folder_ / "test.edb"; }

  JET_ERR SetName(std::u16string_view name) {
    return JetSetColumn(session_, table_, name_, name.data(),
                        static_cast<uint32_t>(name.size() * 2), 0, nullptr);
  }
  JET_ERR Insert(std::u16string_view name) {
    EXPECT_JET_OK(JetPrepareUpdate(session_, table_, JET_prepInsert));
    EXPECT_JET_OK(SetName(name));
    const JET_ERR error = JetUpdate(session_, table_, nullptr, 0, nullptr);
    if (error < 0) EXPECT_JET_OK(JetPrepareUpdate(session_, table_, JET_prepCancel));
    return error;
  }
  JET_ERR Rename(std::u16string_view name) {
    EXPECT_JET_OK(JetPrepareUpdate(session_, table_, JET_prepReplace));
    EXPECT_JET_OK(SetName(name));
    const JET_ERR error = JetUpdate(session_, table_, nullptr, 0, nullptr);
    if (error < 0) EXPECT_JET_OK(JetPrepareUpdate(session_, table_, JET_prepCancel));
    return error;
  }
  JET_ERR UseIndex(const char* index) { return JetSetCurrentIndexA(session_, table_, index); }
  JET_ERR MakeKey(std::u16string_view name, JET_GRBIT grbit = 0) {
    return JetMakeKey(session_, table_, name.data(), static_cast<uint32_t>(name.size() * 2),
                      JET_bitNewKey | grbit);
  }
  JET_ERR Seek(std::u16string_view name) {
    const JET_ERR made = MakeKey(name);
    return made < 0 ? made : JetSeek(session_, table_, JET_bitSeekEQ);
  }
  std::u16string Name() {
    char16_t text[200];
    uint32_t size = 0;
    EXPECT_JET_OK(JetRetrieveColumn(session_, table_, name_, text, sizeof text, &size, 0, nullptr));
    return {text, std::min<size_t>(size / 2, std::size(text))};
  }
  // In the order of the current index, from where the cursor stands on.
  std::vector<std::u16string> NamesFromHere() {
    std::vector<std::u16string> names;
    do {
      names.push_back(Name());
    } while (JetMove(session_, table_, JET_MoveNext, 0) >= 0);
    return names;
  }
  std::vector<std::u16string> Names() {
    if (JetMove(session_, table_, JET_MoveFirst, 0) < 0) return {};
    return NamesFromHere();
  }

  JetFolder folder_;
  std::optional<JetInstance> instance_;
  JET_SESID session_ = JET_sesidNil;
  JET_DBID database_ = JET_dbidNil;
  JET_TABLEID table_ = JET_tableidNil;
  JET_COLUMNID id_ = 0, name_ = 0, note_ = 0;
};

}  // namespace contrail::test
