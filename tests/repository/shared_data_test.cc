#include "tests/support/shared_data.h"

#include <gtest/gtest.h>

namespace contrail::test {
namespace {

TEST(CommandTest, ReportsStatusAndBothStreams) {
  const CommandResult result = RunCommand({"sh", "-c", "echo out; echo err >&2; exit 3"});
  EXPECT_EQ(result.exit_status, 3);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.errors, "err\n");
}

TEST(CommandTest, ProgramThatDoesNotExist) {
  EXPECT_EQ(RunCommand({"no-such-program-anywhere"}).exit_status, 127);
}

TEST(CommandTest, KilledProgram) {
  EXPECT_EQ(RunCommand({"sh", "-c", "kill -9 $$"}).exit_status, 128 + 9);
}

TEST(ScratchFolderTest, IsRemovedWithItsContents) {
  std::filesystem::path path;
  {
    const ScratchFolder scratch;
    path = scratch.path();
    std::filesystem::create_directories(path / "a" / "b");
    EXPECT_TRUE(std::filesystem::is_directory(path / "a" / "b"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(SharedDataTest, CheckerAcceptsEverySampleAndRefusesADamagedOne) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  const ScratchFolder scratch;
  ASSERT_FALSE(SampleNames().empty());
  for (const std::string& name : SampleNames()) {
    const auto database = UnpackSample(name, scratch.path());
    ASSERT_FALSE(database.empty()) << name;
    const CommandResult sound = RunEdbCheck({"header", database.string()});
    EXPECT_EQ(sound.exit_status, 0) << name << ": " << sound.output << sound.errors;
  }
  const auto truncated = UnpackSample("basic.edb", scratch.path());
  std::filesystem::resize_file(truncated, 100);
  EXPECT_NE(RunEdbCheck({"check", truncated.string()}).exit_status, 0);
}

}  // namespace
}  // namespace contrail::test
