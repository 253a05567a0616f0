#include "storage/same_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/scratch_folder.h"

namespace contrail {
namespace {

namespace fs = std::filesystem;

class SameFileTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_.path() / "a/b");
    fs::create_directory(folder_.path() / "c");
    fs::create_directory_symlink(folder_.path() / "a/b", folder_.path() / "link");
    std::ofstream(At("a/b/file")) << "content";
  }
  std::string At(const std::string& name) const { return (folder_.path() / name).string(); }

  const test::ScratchFolder folder_;
};

TEST_F(SameFileTest, Spellings) {
  EXPECT_TRUE(SameFile(At("a/b"), At("a/b/")));
  EXPECT_TRUE(SameFile(At("a/b/"), At("a/./b/../b")));
  EXPECT_FALSE(SameFile(At("a/b"), At("a")));
  EXPECT_FALSE(SameFile(At("a/b"), At("a/bb")));
  // What is not there.
  EXPECT_TRUE(SameFile("/nowhere/x/", "/nowhere/./x"));
  EXPECT_FALSE(SameFile("/nowhere/x", "/nowhere/y"));
  EXPECT_TRUE(SameFile("/", "//"));
}

TEST_F(SameFileTest, Links) {
  EXPECT_TRUE(SameFile(At("link/"), At("a/b")));
  EXPECT_TRUE(SameFile(At("link/file"), At("a/b/file")));
  fs::create_hard_link(At("a/b/file"), At("c/other"));
  EXPECT_TRUE(SameFile(At("c/other"), At("link/file")));
  EXPECT_FALSE(SameFile(At("c"), At("link")));
}

TEST_F(SameFileTest, Within) {
  EXPECT_TRUE(IsWithin(At("a/b/"), At("a/")));
  EXPECT_TRUE(IsWithin(At("a"), At("a/")));
  EXPECT_FALSE(IsWithin(At("a"), At("a/b")));
  EXPECT_FALSE(IsWithin(At("c"), At("a")));
  EXPECT_TRUE(IsWithin(At("link/file"), At("a")));
  EXPECT_TRUE(IsWithin(At("link"), At("a")));
  EXPECT_TRUE(IsWithin(At("a/b/file"), At("link")));
  // Not made yet, below a link.
  EXPECT_TRUE(IsWithin(At("link/new/folder"), At("a")));
  EXPECT_TRUE(IsWithin("/nowhere/x/y", "/nowhere/x/"));
  EXPECT_FALSE(IsWithin("/nowhere/xy", "/nowhere/x"));
  EXPECT_TRUE(IsWithin(At("c"), "/"));
}

}  // namespace
}  // namespace contrail
