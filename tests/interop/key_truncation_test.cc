// Keys whose segments VarSegMac cuts short: what comes behind such a segment still counts.

#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/jet_fixture.h"
#include "tests/support/shared_data.h"
#include "tests/support/sound_database.h"

namespace contrail::test {
namespace {

class KeyTruncationTest : public testing::TestWithParam<JET_COLTYP> {
 protected:
  // A row whose texts begin alike for longer than the limit.
  void Insert(JET_SESID session, JET_TABLEID table, int32_t id, size_t length) {
    const std::string value(length, 'x');
    ASSERT_JET_OK(JetPrepareUpdate(session, table, JET_prepInsert));
    ASSERT_JET_OK(JetSetColumn(session, table, 1, &id, sizeof(id), 0, nullptr));
    ASSERT_JET_OK(JetSetColumn(session, table, 128, value.data(),
                               static_cast<uint32_t>(value.size()), 0, nullptr));
    ASSERT_JET_OK(JetUpdate(session, table, nullptr, 0, nullptr));
  }
};

TEST_P(KeyTruncationTest, TheKeyGoesOnBehindACutOnPurpose) {
  const JetFolder folder;
  {
    JetDatabase database(folder);
    const JET_SESID session = database.session();
    JET_COLUMNCREATE_A columns[2] = {};
    columns[0].cbStruct = columns[1].cbStruct = sizeof(columns[0]);
    columns[0].szColumnName = const_cast<char*>("id");
    columns[0].coltyp = JET_coltypLong;
    columns[1].szColumnName = const_cast<char*>("value");
    columns[1].coltyp = GetParam();
    columns[1].cp = 1252;
    JET_INDEXCREATE_A index = {};
    index.cbStruct = sizeof(index);
    index.szIndexName = const_cast<char*>("both");
    index.szKey = const_cast<char*>("+value\0+id\0");
    index.cbKey = 12;
    index.grbit = JET_bitIndexUnique;
    index.cbVarSegMac = 20;
    index.ulDensity = 80;
    JET_TABLECREATE_A create = {};
    create.cbStruct = sizeof(create);
    create.szTableName = const_cast<char*>("rows");
    create.rgcolumncreate = columns;
    create.cColumns = 2;
    create.rgindexcreate = &index;
    create.cIndexes = 1;
    ASSERT_JET_OK(JetCreateTableColumnIndexA(session, database.id(), &create));
    const JET_TABLEID table = create.tableid;
    // Longer than the limit, and longer than what is left of the key.
    Insert(session, table, 3, 40);
    Insert(session, table, 1, 250);
    Insert(session, table, 2, 250);
    ASSERT_FALSE(HasFailure());
    ASSERT_JET_OK(JetSetCurrentIndexA(session, table, "both"));
    int32_t wanted = 1;
    for (JET_ERR error = JetMove(session, table, JET_MoveFirst, 0); error >= 0;
         error = JetMove(session, table, JET_MoveNext, 0)) {
      std::byte key[256];
      uint32_t size = 0;
      ASSERT_JET_OK(JetRetrieveKey(session, table, key, sizeof(key), &size, 0));
      EXPECT_EQ(size, 20u + 5u);
      int32_t id = 0;
      ASSERT_JET_OK(JetRetrieveColumn(session, table, 1, &id, sizeof(id), nullptr, 0, nullptr));
      EXPECT_EQ(id, wanted++);
    }
    EXPECT_EQ(wanted, 4);
    ASSERT_JET_OK(JetCloseTable(session, table));
    ASSERT_JET_OK(JetCloseDatabase(session, database.id(), 0));
    ASSERT_JET_OK(database.engine().Term());
  }
  EXPECT_SOUND(folder / "test.edb");
  if (!SharedFolder().empty()) {
    EXPECT_NE(RunUncorrectedEdbCheck({"check", folder / "test.edb"}).exit_status, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Types, KeyTruncationTest,
                         testing::Values(JET_COLTYP{JET_coltypText}, JET_COLTYP{JET_coltypBinary}),
                         [](const auto& info) {
                           return info.param == JET_coltypText ? "Text" : "Binary";
                         });

}  // namespace
}  // namespace contrail::test
