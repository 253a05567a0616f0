// The repository's rules (tests/repository/rules.py) hold, and each of them catches what it is for.

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/checkout.h"
#include "tests/support/command.h"
#include "tests/support/scratch_folder.h"

namespace contrail::test {
namespace {

const std::string kRules = std::string(kSourceFolder) + "/tests/repository/rules.py";

CommandResult Check(const std::string& rule, const std::filesystem::path& root) {
  return RunCommand({"python3", kRules, rule, "--root", root.string()});
}

class RuleTest : public testing::TestWithParam<const char*> {};

TEST_P(RuleTest, Holds) {
  const CommandResult result = Check(GetParam(), kSourceFolder);
  EXPECT_EQ(result.exit_status, 0) << result.output << result.errors;
  RecordProperty("summary", result.errors);
}

INSTANTIATE_TEST_SUITE_P(Repository, RuleTest,
                         testing::Values("folder-directions", "include-style", "file-length",
                                         "line-length", "function-length", "document-links",
                                         "readme-examples", "status-page", "file-names", "marks",
                                         "event-numbers"),
                         [](const auto& info) {
                           std::string name = info.param;
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

// A small tree that breaks one rule, and the start of the line that must be reported.
struct Violation {
  const char* name;
  const char* rule;
  std::map<std::string, std::string> files;
  const char* reported;
};

std::string Repeat(const std::string& line, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += line;
  return text;
}

std::vector<Violation> Violations() {
  const std::string wide(101, 'x');
  return {
      {"climb",
       "folder-directions",
       {{"storage/a.h", "\n#include \"log/b.h\"\n"}},
       "storage/a.h:2:"},
      {"climb_from_include",
       "folder-directions",
       {{"include/esent.h", "#include \"engine/a.h\"\n"}},
       "include/esent.h:1:"},
      {"product_includes_tests",
       "folder-directions",
       {{"engine/a.cc", "#include \"tests/support/command.h\"\n"}},
       "engine/a.cc:1:"},
      {"bare_include", "include-style", {{"log/a.cc", "#include \"b.h\"\n"}}, "log/a.cc:1:"},
      {"no_guard", "include-style", {{"log/a.h", "int a;\n"}}, "log/a.h:1:"},
      {"long_file", "file-length", {{"log/a.cc", Repeat("int a;\n", 601)}}, "log/a.cc:601:"},
      {"long_line", "line-length", {{"log/a.cc", "int a;\n" + wide + "\n"}}, "log/a.cc:2:"},
      {"long_function",
       "function-length",
       {{"log/a.cc", "int F(int a,\n      int b) {\n" + Repeat("  G();\n", 68) + "}\n"}},
       "log/a.cc:1: 71 lines"},
      {"unbuilt_source",
       "dead-files",
       {{"log/a.cc", ""}, {"CMakeLists.txt", "log/b.cc\n"}},
       "log/a.cc:1:"},
      {"lonely_header", "dead-files", {{"log/a.h", "#pragma once\n"}}, "log/a.h:1:"},
      {"stale_placeholder",
       "dead-files",
       {{"log/placeholder.cc", ""}, {"log/a.cc", ""}, {"CMakeLists.txt", "log/*.cc a.cc\n"}},
       "log/placeholder.cc:1:"},
      {"nameless_script", "dead-files", {{"tools/a.sh", ""}}, "tools/a.sh:1:"},
      {"broken_link", "document-links", {{"docs/a.md", "\nsee [b](b.md#part)\n"}}, "docs/a.md:2:"},
      {"broken_path", "document-links", {{"docs/a.md", "see `log/gone.h`\n"}}, "docs/a.md:1:"},
      {"untrue_example",
       "readme-examples",
       {{"README.md", "\n```c\n/* From examples/a.c */\nint a;\n```\n"},
        {"examples/a.c", "int b;\n"}},
       "README.md:2:"},
      {"no_status", "status-page", {{"docs/a.md", ""}}, "docs/status.md:1:"},
      {"unnamed_setting",
       "test-settings",
       {{"tests/log/a_test.cc", "\nstd::getenv(\"CONTRAIL_ROUNDS\");\n"}},
       "tests/log/a_test.cc:2:"},
      {"empty_name", "file-names", {{"log/file_util.cc", ""}}, "log/file_util.cc:1:"},
      {"bare_mark", "marks", {{"log/a.cc", "// TODO: later\n"}}, "log/a.cc:1:"},
      {"bare_nolint", "marks", {{"log/a.cc", "int a;  // NOLINT\n"}}, "log/a.cc:1:"},
      {"machine_path", "marks", {{"docs/a.md", "run /home/somebody/x\n"}}, "docs/a.md:1:"},
      {"sleep",
       "marks",
       {{"tests/log/a_test.cc", "std::this_thread::sleep_for(a);\n"}},
       "tests/log/a_test.cc:1:"},
      {"event_number_twice",
       "event-numbers",
       {{"engine/event_ids.h",
         "inline constexpr uint32_t kA = 7;\ninline constexpr uint32_t kB = 7;\n"}},
       "engine/event_ids.h:2:"},
      {"own_event_number_in_two_lists",
       "event-numbers",
       {{"backup/backup_events.h", "inline constexpr uint32_t kA = 903;\n"},
        {"engine/event_ids.h", "inline constexpr uint32_t kB = 903;\n"}},
       "engine/event_ids.h:1:"},
  };
}

class PlantedViolationTest : public testing::TestWithParam<Violation> {};

TEST_P(PlantedViolationTest, IsCaught) {
  const Violation& violation = GetParam();
  const ScratchFolder scratch;
  for (const auto& [path, text] : violation.files) {
    std::filesystem::create_directories((scratch.path() / path).parent_path());
    std::ofstream(scratch.path() / path) << text;
  }
  const CommandResult result = Check(violation.rule, scratch.path());
  EXPECT_EQ(result.exit_status, 1) << result.errors;
  EXPECT_EQ(result.output.rfind(violation.reported, 0), 0u) << result.output;
}

INSTANTIATE_TEST_SUITE_P(Repository, PlantedViolationTest, testing::ValuesIn(Violations()),
                         [](const auto& info) { return info.param.name; });

TEST(RuleListTest, EveryRuleHasAPlantedViolation) {
  std::set<std::string> planted;
  for (const Violation& violation : Violations()) planted.insert(violation.rule);
  std::istringstream list(RunCommand({"python3", kRules, "--list"}).output);
  std::set<std::string> rules;
  for (std::string rule; std::getline(list, rule);) rules.insert(rule);
  EXPECT_EQ(planted, rules);
}

}  // namespace
}  // namespace contrail::test
