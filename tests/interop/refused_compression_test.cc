// Values compressed by schemes of later formats: refused, and the event says which.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "engine/offline_reader.h"
#include "storage/page_checksum.h"
#include "storage/posix_file.h"
#include "tests/support/hex.h"
#include "tests/support/jet_fixture.h"
#include "tests/support/recording.h"
#include "tests/support/shared_data.h"

namespace contrail::test {
namespace {

constexpr uint32_t kPageSize = 4096;

// Exchanges the first byte of these in a database, everywhere, and seals the pages again.
void Exchange(const std::string& path, const std::string& hex, uint8_t first) {
  const std::vector<std::byte> wanted = Hex(hex);
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  std::vector<std::byte> page(kPageSize);
  size_t found = 0;
  for (PageNumber number = 1; number <= 254; ++number) {
    file.seekg(static_cast<std::streamoff>(FileOffsetOf(number, kPageSize)));
    file.read(reinterpret_cast<char*>(page.data()), kPageSize);
    bool changed = false;
    for (auto at = page.begin();; ++at, changed = true, ++found) {
      at = std::search(at, page.end(), wanted.begin(), wanted.end());
      if (at == page.end()) break;
      *at = std::byte{first};
    }
    if (!changed) continue;
    SealPage(page, number);
    file.seekp(static_cast<std::streamoff>(FileOffsetOf(number, kPageSize)));
    file.write(reinterpret_cast<const char*>(page.data()), kPageSize);
  }
  EXPECT_GE(found, 1u);
}

struct Refused {
  const char* sample;
  const char* column;
  const char* hex;
  uint8_t first;
  const char* name;
};

class RefusedCompressionTest : public testing::TestWithParam<Refused> {};

TEST_P(RefusedCompressionTest, IsNamed) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  const JetFolder folder;
  const std::string table_name = GetParam().sample;
  const auto sample = UnpackSample(table_name + ".edb", folder.path());
  ASSERT_FALSE(sample.empty());
  const std::string path = folder / "test.edb";
  std::filesystem::rename(sample, path);
  ASSERT_NO_FATAL_FAILURE(Exchange(path, GetParam().hex, GetParam().first));

  RecordingEvents events;
  auto reader = OfflineReader::Open(PosixFileSystem(), events, path, false, 1 << 20);
  ASSERT_TRUE(reader.ok());
  const TableSchema table = (*reader)->FindTable(table_name).value();
  const ColumnSchema* column = table.FindColumn(std::string_view(GetParam().column));
  ASSERT_NE(column, nullptr);
  const Status status = (*reader)->ForEachRow(table, [&](const OfflineRow& row) {
    std::vector<std::byte> bytes;
    return (*reader)->ReadValue(table, row.record.Value(*column).value(), &bytes);
  });
  EXPECT_EQ(status, Error::kFeatureNotAvailable);
  ASSERT_EQ(events.events().size(), 1u);
  EXPECT_NE(events.events()[0].text.find(GetParam().name), std::string::npos)
      << events.events()[0].text;
  EXPECT_NE(events.events()[0].text.find(table_name), std::string::npos);
  reader->reset();

  JetDatabase database(folder);
  const JET_TABLEID opened = database.Open(table_name.c_str());
  ASSERT_JET_OK(JetMove(database.session(), opened, JET_MoveLast, 0));
  char value[4000];
  EXPECT_JET(
      JET_errFeatureNotAvailable,
      JetRetrieveColumn(database.session(), opened, database.Column(opened, GetParam().column),
                        value, sizeof(value), nullptr, 0, nullptr));
}

// A long value's chunk.
INSTANTIATE_TEST_SUITE_P(Schemes, RefusedCompressionTest,
                         testing::Values(Refused{"text", "LongCompressedASCII",
                                                 "181b040f0000004c6f6e67", 0x28, "XPRESS9"}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace contrail::test
