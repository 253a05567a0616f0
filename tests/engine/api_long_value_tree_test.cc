// The tree of long values is made when a table's first one is, apart from the transaction that
// makes it. Changes of the table's definition in that transaction must not lose it.

#include <gtest/gtest.h>

#include <string>

#include "tests/support/jet_fixture.h"
#include "tests/support/planned_table.h"
#include "tests/support/sound_database.h"

namespace contrail::test {
namespace {

const std::string kLong(5000, 'x');

class ApiLongValueTreeTest : public testing::Test {
 protected:
  ApiLongValueTreeTest()
      : session_(database_.session()),
        table_(session_, database_.id(),
               {.name = "values",
                .columns = {{.name = "id", .type = JET_coltypLong},
                            {.name = "text", .type = JET_coltypLongText}},
                .indexes = {{.name = "main", .segments = {"+id"}, .grbit = JET_bitIndexPrimary}}}) {
  }

  void SetUp() override {
    ASSERT_JET_OK(table_.Create());
    ASSERT_JET_OK(JetBeginTransaction(session_));
  }

  void TearDown() override {
    ASSERT_JET_OK(JetCommitTransaction(session_, 0));
    ASSERT_JET_OK(table_.Close());
    ASSERT_JET_OK(database_.engine().Term());
    EXPECT_SOUND(folder_ / "test.edb");
  }

  static PlannedRow Row(char id, const std::string& text) {
    return {{std::string{id, '\0', '\0', '\0'}}, {text}};
  }

  JetFolder folder_;
  JetDatabase database_{folder_};
  JET_SESID session_;
  TableWriter table_;
};

TEST_F(ApiLongValueTreeTest, NewColumnInTheSameTransactionKeepsIt) {
  const int32_t first = table_.Insert(Row(1, kLong));
  ASSERT_JET_OK(first);
  ASSERT_JET_OK(table_.AddColumn({.name = "more", .type = JET_coltypLong}));
  EXPECT_JET_OK(table_.Insert({{std::string{2, 0, 0, 0}}, {kLong}, {}}));
  EXPECT_JET_OK(table_.Delete(first));
}

TEST_F(ApiLongValueTreeTest, UndoneUpdateOfAChangedTableKeepsIt) {
  ASSERT_JET_OK(table_.Insert(Row(1, "short")));
  ASSERT_JET_OK(table_.AddColumn({.name = "more", .type = JET_coltypLongText}));
  // Four values that together are too long for a record; then the key is there already.
  PlannedRow row = Row(1, std::string(1000, 'a'));
  row.push_back({std::string(1000, 'b')});
  for (char name = 'c'; name < 'f'; ++name) {
    ASSERT_JET_OK(table_.AddColumn({.name = std::string{name}, .type = JET_coltypLongText}));
    row.push_back({std::string(1000, name)});
  }
  EXPECT_JET(JET_errKeyDuplicate, table_.Insert(row));
  row[0] = {std::string{2, 0, 0, 0}};
  row[1] = {kLong};
  EXPECT_JET_OK(table_.Insert(row));
}

TEST_F(ApiLongValueTreeTest, UndoneLevelInsideTakesItsOwnBack) {
  ASSERT_JET_OK(table_.AddColumn({.name = "more", .type = JET_coltypLong}));
  const TableWriter before = table_;
  ASSERT_JET_OK(JetBeginTransaction(session_));
  ASSERT_JET_OK(table_.Insert({{std::string{1, 0, 0, 0}}, {kLong}, {}}));
  ASSERT_JET_OK(JetRollback(session_, 0));
  table_ = before;
  EXPECT_JET_OK(table_.Insert({{std::string{1, 0, 0, 0}}, {kLong}, {}}));
}

}  // namespace
}  // namespace contrail::test
