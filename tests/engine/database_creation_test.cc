#include "engine/database_creation.h"

#include <gtest/gtest.h>

#include "tests/support/scratch_folder.h"
#include "tests/support/shared_data.h"

namespace contrail {
namespace {

class DatabaseCreationTest : public ::testing::TestWithParam<uint32_t> {};

TEST_P(DatabaseCreationTest, TheCheckerFindsANewDatabaseSound) {
  const test::ScratchFolder folder;
  const std::string path = folder.path() / "new.edb";
  const LogTime now = LogTime::Now();
  const CreateDatabaseOptions options{
      .page_size = GetParam(), .signature = Signature::Random(now), .created = now};
  ASSERT_TRUE(CreateDatabaseFile(PosixFileSystem(), DiscardEvents(), path, options, false).ok());
  CONTRAIL_REQUIRE_SHARED_DATA();
  const test::CommandResult result = test::RunEdbCheck({"check", path});
  EXPECT_EQ(result.exit_status, 0) << result.output;
}

INSTANTIATE_TEST_SUITE_P(PageSizes, DatabaseCreationTest,
                         ::testing::Values(4096, 8192, 16384, 32768));

TEST(DatabaseCreation, AnExistingFileIsKept) {
  const test::ScratchFolder folder;
  const std::string path = folder.path() / "new.edb";
  const CreateDatabaseOptions options{.signature = Signature::Random(), .created = LogTime::Now()};
  ASSERT_TRUE(CreateDatabaseFile(PosixFileSystem(), DiscardEvents(), path, options, false).ok());
  EXPECT_EQ(CreateDatabaseFile(PosixFileSystem(), DiscardEvents(), path, options, false),
            Status(Error::kDatabaseDuplicate));
  EXPECT_TRUE(CreateDatabaseFile(PosixFileSystem(), DiscardEvents(), path, options, true).ok());
}

}  // namespace
}  // namespace contrail
