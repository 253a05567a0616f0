#include "tests/support/cells_database.h"

#include "tests/support/file_damage.h"
#include "tests/support/jet_fixture.h"
#include "tests/support/planned_table.h"
#include "tests/support/planned_value.h"

namespace contrail::test {
namespace {

constexpr int kRows = 100;
constexpr size_t kNoteSize = 160;

PlannedTable Cells() {
  return {.name = "cells",
          .columns = {{.name = "id", .type = JET_coltypLong},
                      {.name = "first", .type = JET_coltypText, .max_size = 40, .code_page = 1200},
                      {.name = "second", .type = JET_coltypBinary, .max_size = 10},
                      {.name = "number",
                       .type = JET_coltypLong,
                       .grbit = JET_bitColumnTagged | JET_bitColumnMultiValued},
                      {.name = "note", .type = JET_coltypLongText, .code_page = 1200},
                      {.name = "blob",
                       .type = JET_coltypLongBinary,
                       .set_grbit = JET_bitSetSeparateLV}},
          .indexes = {{.name = "main", .segments = {"+id"}, .grbit = JET_bitIndexPrimary},
                      {.name = "by first", .segments = {"+first"}},
                      {.name = "by second", .segments = {"+second"}}}};
}

PlannedRow Cell(int row, std::mt19937_64* random) {
  PlannedRow values(6);
  values[0] = {NumberedValue(JET_coltypLong, 0, row)};
  values[1] = {LongValue(JET_coltypText, 1200, 20, true, false, random)};
  values[2] = {LongValue(JET_coltypBinary, 0, 8, false, false, random)};
  const int numbers = row == 0 ? 3 : 1;
  for (int i = 0; i < numbers; ++i) {
    values[3].push_back(NumberedValue(JET_coltypLong, 0, row + i));
  }
  values[4] = {LongValue(JET_coltypLongText, 1200, kNoteSize, true, false, random)};
  if (row < 2) {
    const size_t size = row == 0 ? 300 : 9000;
    values[5] = {LongValue(JET_coltypLongBinary, 0, size, false, false, random)};
  }
  return values;
}

void Fill(JET_SESID session, JET_DBID database) {
  std::mt19937_64 random(4096);
  TableWriter cells(session, database, Cells());
  TableWriter plain(session, database,
                    {.name = "plain", .columns = {{.name = "value", .type = JET_coltypLong}}});
  ASSERT_JET_OK(JetBeginTransaction(session));
  ASSERT_JET_OK(cells.Create());
  for (int row = 0; row < kRows; ++row) ASSERT_JET_OK(cells.Insert(Cell(row, &random)));
  ASSERT_JET_OK(plain.Create());
  ASSERT_JET_OK(plain.Insert({{NumberedValue(JET_coltypLong, 0, 1)}}));
  ASSERT_JET_OK(JetCommitTransaction(session, 0));
  ASSERT_JET_OK(cells.Close());
  ASSERT_JET_OK(plain.Close());
}

std::string MakeOnce() {
  const JetFolder folder;
  {
    JetDatabase database(folder);
    Fill(database.session(), database.id());
    EXPECT_JET_OK(database.engine().Term());
  }
  return ReadBytes(folder / "test.edb");
}

}  // namespace

std::string MakeCellsDatabase(const std::filesystem::path& folder) {
  static const std::string bytes = MakeOnce();
  const std::filesystem::path path = folder / "cells.edb";
  WriteBytes(path, bytes);
  return path;
}

}  // namespace contrail::test
