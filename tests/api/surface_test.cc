// libesent.so against the table it is made from.

#include <dlfcn.h>
#include <esent.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>

#include "tests/support/checkout.h"
#include "tests/support/command.h"
#include "tests/support/shared_data.h"

namespace contrail::test {
namespace {

const std::string kScript = std::string(kSourceFolder) + "/tools/api_surface.py";

// The names between "global:" and "local:" of the version script.
std::set<std::string> TableExports() {
  const CommandResult script = RunCommand({"python3", kScript, "exports"});
  EXPECT_EQ(script.exit_status, 0) << script.errors;
  std::istringstream words(script.output);
  std::set<std::string> names;
  std::string word;
  while (words >> word) {
    if (word.starts_with("Jet")) names.insert(word.substr(0, word.size() - 1));
  }
  return names;
}

std::set<std::string> LibraryExports() {
  const CommandResult nm = RunCommand({"nm", "-D", "--defined-only", CONTRAIL_SHARED_LIBRARY});
  EXPECT_EQ(nm.exit_status, 0) << nm.errors;
  std::istringstream lines(nm.output);
  std::set<std::string> names;
  std::string address, kind, name;
  while (lines >> address >> kind >> name) {
    if (kind == "T") names.insert(name.substr(0, name.find('@')));
  }
  return names;
}

TEST(SurfaceTest, LibraryExportsTheTableAndNothingElse) {
  const std::set<std::string> table = TableExports();
  EXPECT_GE(table.size(), 299u);
  EXPECT_EQ(LibraryExports(), table);
}

TEST(SurfaceTest, TableHoldsTheWholePublicSurface) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  const auto list = SharedFolder() / "spec" / "surface.tsv";
  const CommandResult cut = RunCommand({"grep", "-v", "^#", list.string()});
  ASSERT_EQ(cut.exit_status, 0);
  std::set<std::string> wanted;
  std::istringstream lines(cut.output);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream columns(line);
    std::string name, forms, exports;
    std::getline(columns, name, '\t');
    std::getline(columns, forms, '\t');
    std::getline(columns, exports, '\t');
    std::istringstream words(exports);
    while (words >> name) wanted.insert(name);
  }
  EXPECT_EQ(TableExports(), wanted);
}

TEST(SurfaceTest, StatusPageIsUpToDate) {
  const CommandResult check = RunCommand({"python3", kScript, "check"});
  EXPECT_EQ(check.exit_status, 0) << check.errors;
}

TEST(SurfaceTest, LoadedLibraryAnswers) {
  void* library = dlopen(CONTRAIL_SHARED_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << dlerror();
  for (const std::string& name : TableExports()) {
    EXPECT_NE(dlsym(library, name.c_str()), nullptr) << name;
  }
  const auto get_version =
      reinterpret_cast<decltype(&JetGetVersion)>(dlsym(library, "JetGetVersion"));
  ASSERT_NE(get_version, nullptr);
  uint32_t version = 0;
  EXPECT_EQ(get_version(JET_sesidNil, &version), JET_errInvalidSesid);
  dlclose(library);
}

TEST(MiscTest, FreesWhatIsNull) { EXPECT_EQ(JetFreeBuffer(nullptr), JET_errSuccess); }

TEST(MiscTest, VersionNeedsASession) {
  uint32_t version = 0;
  EXPECT_EQ(JetGetVersion(JET_sesidNil, &version), JET_errInvalidSesid);
}

TEST(MiscTest, CrashDumpConfigurationIsAccepted) {
  EXPECT_EQ(JetConfigureProcessForCrashDump(JET_bitDumpMinimum), JET_errSuccess);
}

}  // namespace
}  // namespace contrail::test
