// `contrail check` against an independent checker: what either finds wrong the other must object
// to, and both must pass what is sound.

#include <gtest/gtest.h>

#include "engine/database_creation.h"
#include "tests/support/shared_data.h"
#include "tests/tools/tool_path.h"

namespace contrail {
namespace {

test::CommandResult Check(const std::string& path) {
  return test::RunCommand({test::ToolPath(), "check", path, "--json"});
}

void ExpectSound(const std::string& path) {
  const test::CommandResult ours = Check(path);
  EXPECT_EQ(ours.exit_status, 0) << ours.output;
  const test::CommandResult theirs = test::RunEdbCheck({"check", path});
  EXPECT_EQ(theirs.exit_status, 0) << theirs.output;
}

class SoundSampleTest : public ::testing::TestWithParam<std::string> {};

TEST_P(SoundSampleTest, BothCheckersFindNothing) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  const test::ScratchFolder folder;
  ExpectSound(test::UnpackSample(GetParam(), folder.path()));
}

std::vector<std::string> Samples() {
  std::vector<std::string> names = test::SampleNames();
  if (names.empty()) names.push_back("none");  // One test that says that it was skipped.
  return names;
}

INSTANTIATE_TEST_SUITE_P(Windows, SoundSampleTest, ::testing::ValuesIn(Samples()),
                         [](const auto& info) {
                           return info.param.substr(0, info.param.find('.'));
                         });

class SoundNewDatabaseTest : public ::testing::TestWithParam<uint32_t> {};

TEST_P(SoundNewDatabaseTest, BothCheckersFindNothing) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  const test::ScratchFolder folder;
  const std::string path = folder.path() / "new.edb";
  const LogTime now = LogTime::Now();
  const CreateDatabaseOptions options{
      .page_size = GetParam(), .signature = Signature::Random(now), .created = now};
  ASSERT_TRUE(CreateDatabaseFile(PosixFileSystem(), DiscardEvents(), path, options, false).ok());
  ExpectSound(path);
}

INSTANTIATE_TEST_SUITE_P(PageSizes, SoundNewDatabaseTest,
                         ::testing::Values(4096, 8192, 16384, 32768));

TEST(CheckTest, WhatCannotBeReadIsNoFinding) {
  const test::ScratchFolder folder;
  EXPECT_EQ(Check(folder.path() / "absent.edb").exit_status, 2);
  EXPECT_EQ(Check(folder.path()).exit_status, 2);
}

}  // namespace
}  // namespace contrail
