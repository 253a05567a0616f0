// The programs that README.md shows do what it says, and so do their forms in C.

#include <gtest/gtest.h>

#include "tests/support/command.h"
#include "tests/support/scratch_folder.h"

namespace contrail::test {
namespace {

CommandResult RunIn(const std::filesystem::path& folder, const std::string& program) {
  return RunCommand({"sh", "-c", "cd \"$0\" && exec \"$1\"", folder.string(), program});
}

TEST(ExamplesTest, EmbedThenBackUpAndRestore) {
  const ScratchFolder scratch;
  const CommandResult embed = RunIn(scratch.path(), CONTRAIL_EXAMPLE_EMBED);
  ASSERT_EQ(embed.exit_status, 0) << embed.errors;
  EXPECT_EQ(embed.output, "read back forty-two\n");

  const CommandResult backup = RunIn(scratch.path(), CONTRAIL_EXAMPLE_BACKUP);
  ASSERT_EQ(backup.exit_status, 0) << backup.errors;
  EXPECT_NE(backup.output.find("restored example/restored/data.edb"), std::string::npos);
  // What it streamed is what tar knows.
  const CommandResult list = RunCommand({"tar", "-tf", scratch.path() / "example" / "monday.tar"});
  EXPECT_EQ(list.exit_status, 0) << list.errors;
  EXPECT_TRUE(list.output.starts_with("data.edb\n")) << list.output;
}

TEST(ExamplesTest, EmbedThenBackUpInC) {
  const ScratchFolder scratch;
  const CommandResult embed = RunIn(scratch.path(), CONTRAIL_EXAMPLE_EMBED_C);
  ASSERT_EQ(embed.exit_status, 0) << embed.errors;
  EXPECT_EQ(embed.output, "read back 42\n");

  const CommandResult backup = RunIn(scratch.path(), CONTRAIL_EXAMPLE_BACKUP_C);
  ASSERT_EQ(backup.exit_status, 0) << backup.errors;
  const auto copy = scratch.path() / "example" / "backup" / "data.edb";
  ASSERT_TRUE(std::filesystem::exists(copy));
  EXPECT_GT(std::filesystem::file_size(copy), 0u);
  int logs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(copy.parent_path())) {
    logs += entry.path().extension() == ".log";
  }
  EXPECT_GT(logs, 0);
}

}  // namespace
}  // namespace contrail::test
