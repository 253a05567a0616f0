#include "tests/support/small_database.h"

#include <fstream>
#include <iterator>

#include "engine/database_creation.h"
#include "tests/support/jet_fixture.h"
#include "tests/support/planned_table.h"
#include "tests/support/planned_value.h"

namespace contrail::test {
namespace {

PlannedTable People() {
  return {.name = "people",
          .columns = {{.name = "id", .type = JET_coltypLong},
                      {.name = "flag", .type = JET_coltypBit},
                      {.name = "score", .type = JET_coltypIEEEDouble},
                      {.name = "name", .type = JET_coltypText, .code_page = 1200},
                      {.name = "code", .type = JET_coltypBinary, .max_size = 40},
                      {.name = "note",
                       .type = JET_coltypLongText,
                       .grbit = JET_bitColumnCompressed,
                       .set_grbit = JET_bitSetCompressed},
                      {.name = "tags",
                       .type = JET_coltypLongText,
                       .grbit = JET_bitColumnTagged | JET_bitColumnMultiValued},
                      {.name = "picture",
                       .type = JET_coltypLongBinary,
                       .set_grbit = JET_bitSetSeparateLV}},
          .indexes = {{.name = "main", .segments = {"+id"}, .grbit = JET_bitIndexPrimary},
                      {.name = "by name", .segments = {"+name", "-score"}},
                      {.name = "by tag", .segments = {"+tags"}},
                      {.name = "by code", .segments = {"-code"}, .grbit = JET_bitIndexIgnoreNull}}};
}

PlannedRow Person(int number, std::mt19937_64* random) {
  PlannedRow row(8);
  row[0] = {NumberedValue(JET_coltypLong, 0, number)};
  row[1] = {NumberedValue(JET_coltypBit, 0, number)};
  row[2] = {NumberedValue(JET_coltypIEEEDouble, 0, number * 7 % 50)};
  row[3] = {NumberedValue(JET_coltypText, 1200, number * 5 % 40)};
  if (number % 3 != 0) row[4] = {NumberedValue(JET_coltypBinary, 0, number)};
  row[5] = {LongValue(JET_coltypLongText, 1252, 40 + static_cast<size_t>(number) * 20, true, true,
                      random)};
  for (int tag = 0; tag < number % 4; ++tag) {
    row[6].push_back(NumberedValue(JET_coltypText, 1252, number + tag));
  }
  // Of two chunks, one, or none.
  if (number % 5 == 0) {
    const size_t size = number % 10 == 0 ? 4500 : 300;
    row[7] = {LongValue(JET_coltypLongBinary, 0, size, false, false, random)};
  }
  return row;
}

void Fill(JET_SESID session, JET_DBID database) {
  std::mt19937_64 random(256);
  TableWriter people(session, database, People());
  ASSERT_JET_OK(JetBeginTransaction(session));
  ASSERT_JET_OK(people.Create());
  for (int i = 0; i < 40; ++i) ASSERT_JET_OK(people.Insert(Person(i, &random)));
  // Pages that were used and are free again, and a table without a primary index.
  for (int i = 20; i < 36; ++i) ASSERT_JET_OK(people.Delete(i));
  TableWriter plain(session, database,
                    {.name = "plain", .columns = {{.name = "value", .type = JET_coltypGUID}}});
  ASSERT_JET_OK(plain.Create());
  for (int i = 0; i < 5; ++i) {
    ASSERT_JET_OK(plain.Insert({{NumberedValue(JET_coltypGUID, 0, i)}}));
  }
  ASSERT_JET_OK(JetCommitTransaction(session, 0));
  ASSERT_JET_OK(people.Close());
  ASSERT_JET_OK(plain.Close());
}

}  // namespace

std::vector<std::byte> MakeSmallDatabase() {
  const JetFolder folder;
  const std::string path = folder / "test.edb";
  CreateDatabaseOptions options;
  options.initial_pages = kSmallDatabaseBytes / options.page_size - 2;
  options.signature.random = 256;
  EXPECT_TRUE(
      CreateDatabaseFile(PosixFileSystem(), DiscardEvents(), path, options, /*overwrite=*/false)
          .ok());
  {
    JetDatabase database(folder);
    Fill(database.session(), database.id());
    EXPECT_JET_OK(database.engine().Term());
  }
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(text.size(), kSmallDatabaseBytes);
  if (text.size() != kSmallDatabaseBytes) return {};
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  return {bytes, bytes + text.size()};
}

}  // namespace contrail::test
