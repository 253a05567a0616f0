// The numbers of esent.h against the lists of the API that may stand beside the source tree.

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/checkout.h"
#include "tests/support/shared_data.h"

namespace contrail::test {
namespace {

using Row = std::vector<std::string>;

std::vector<Row> ReadTable(const std::string& name) {
  std::ifstream file(SharedFolder() / "spec" / name);
  std::vector<Row> rows;
  bool heading = true;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) continue;
    if (heading) {
      heading = false;
      continue;
    }
    Row row;
    std::istringstream columns(line);
    for (std::string column; std::getline(columns, column, '\t');) row.push_back(column);
    rows.push_back(row);
  }
  return rows;
}

// Name -> value as written, for #define and for enumerators of the headers.
std::map<std::string, std::string> HeaderNumbers() {
  std::map<std::string, std::string> numbers;
  const std::regex line_form(R"((?:#define |  )(JET_\w+)(?: =)? (.*?),?)");
  const auto folder = std::filesystem::path(kSourceFolder) / "include" / "esent";
  for (const auto& header : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(header.path());
    for (std::string line; std::getline(file, line);) {
      std::smatch match;
      if (std::regex_match(line, match, line_form)) numbers[match[1]] = match[2];
    }
  }
  return numbers;
}

// The low 32 bits of a number as the headers write it: "(-5)", "0x10", "7".
uint32_t Low32(std::string written) {
  std::erase(written, '(');
  return static_cast<uint32_t>(std::stoull(written, nullptr, 0));
}

TEST(SpecificationTest, EveryPublicConstantHasItsValue) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  const auto numbers = HeaderNumbers();
  int checked = 0;
  for (const Row& row : ReadTable("grbits.tsv")) {
    const std::string &name = row[1], &value = row[2];
    if (row[5] != "public" || value.starts_with('"')) continue;
    ASSERT_TRUE(numbers.contains(name)) << name;
    const std::string& written = numbers.at(name);
    if (written.starts_with("(~") || written.starts_with("((")) continue;  // handles: layout.c
    if (name == "JET_MoveFirst") continue;  // an expression, as INT_MIN has no literal
    EXPECT_EQ(Low32(written), static_cast<uint32_t>(std::stoll(value))) << name;
    ++checked;
  }
  EXPECT_GT(checked, 500);
}

TEST(SpecificationTest, EveryPublicErrorHasItsNumber) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  const auto numbers = HeaderNumbers();
  int checked = 0;
  for (const Row& row : ReadTable("errors.tsv")) {
    if (row[3] != "public" || !row[0].starts_with("JET_")) continue;
    ASSERT_TRUE(numbers.contains(row[0])) << row[0];
    EXPECT_EQ(Low32(numbers.at(row[0])), static_cast<uint32_t>(std::stoll(row[1]))) << row[0];
    ++checked;
  }
  EXPECT_GT(checked, 400);
}

}  // namespace
}  // namespace contrail::test
