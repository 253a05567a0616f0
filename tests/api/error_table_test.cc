#include "engine/api/error_table.h"

#include <esent.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "tests/support/checkout.h"

namespace contrail::api {
namespace {

JET_ERRINFOBASIC_W Ask(JET_ERR number, JET_ERR* result) {
  JET_ERRINFOBASIC_W facts = {};
  facts.cbStruct = sizeof(facts);
  *result = JetGetErrorInfoW(&number, &facts, sizeof(facts), JET_ErrorInfoSpecificErr, 0);
  return facts;
}

TEST(ErrorTableTest, IsOrderedAndKnowsEachNumberOnce) {
  JET_ERR last = 0x7FFFFFFF;
  std::set<std::string> names;
  for (const auto& table : {kLoggingErrors, kCallErrors, kDataErrors}) {
    for (const ErrorFacts& facts : table) {
      EXPECT_LT(facts.number, last) << facts.name;
      last = facts.number;
      EXPECT_TRUE(names.insert(facts.name).second) << facts.name;
      EXPECT_EQ(FindError(facts.number), &facts);
      EXPECT_NE(*facts.text, '\0') << facts.name;
    }
  }
}

TEST(ErrorTableTest, KnowsEveryNumberOfTheHeader) {
  std::ifstream header(std::string(test::kSourceFolder) + "/include/esent/errors.h");
  const std::regex define(R"(#define (JET_\w+) \(?(-?\d+)\)?)");
  std::string line;
  int count = 0;
  while (std::getline(header, line)) {
    std::smatch match;
    if (!std::regex_match(line, match, define)) continue;
    ++count;
    EXPECT_NE(FindError(std::stoi(match[2])), nullptr) << line;
  }
  EXPECT_GT(count, 400);
}

TEST(ErrorTableTest, KnowsEveryNumberOfTheEngineUnderItsName) {
  std::ifstream api(std::string(test::kSourceFolder) + "/include/esent/errors.h");
  const std::string defines{std::istreambuf_iterator<char>(api), {}};
  std::ifstream header(std::string(test::kSourceFolder) + "/storage/error.h");
  const std::regex enumerator(R"(\s*k(Warn)?(\w+) = (-?\d+),)");
  std::string line;
  int count = 0;
  while (std::getline(header, line)) {
    std::smatch match;
    if (!std::regex_match(line, match, enumerator)) continue;
    ++count;
    const ErrorFacts* facts = FindError(std::stoi(match[3]));
    ASSERT_NE(facts, nullptr) << line;
    const std::string name = (match[1].matched ? "wrn" : "err") + match[2].str();
    // esent.h has two names for some numbers, and none for a few that clients see all the same.
    const bool in_header = defines.find("#define JET_" + name + " ") != std::string::npos;
    EXPECT_TRUE(in_header || facts->name == "JET_" + name || facts->name == name) << line;
  }
  EXPECT_GT(count, 300);
}

TEST(ErrorInfoTest, TellsCategoryAndPath) {
  JET_ERR result = 0;
  const JET_ERRINFOBASIC_W facts = Ask(JET_errOutOfMemory, &result);
  ASSERT_EQ(result, JET_errSuccess);
  EXPECT_EQ(facts.errValue, JET_errOutOfMemory);
  EXPECT_EQ(facts.errcatMostSpecific, JET_errcatMemory);
  const uint8_t path[8] = {JET_errcatError, JET_errcatOperation, JET_errcatResource,
                           JET_errcatMemory};
  EXPECT_EQ(0, memcmp(facts.rgCategoricalHierarchy, path, sizeof(path)));
}

TEST(ErrorInfoTest, ObsoleteNumberHasNoCategory) {
  JET_ERR result = 0;
  const JET_ERRINFOBASIC_W facts = Ask(JET_errRfsFailure, &result);
  ASSERT_EQ(result, JET_errSuccess);
  EXPECT_EQ(facts.errcatMostSpecific, JET_errcatUnknown);
  EXPECT_EQ(facts.rgCategoricalHierarchy[0], 0);
}

TEST(ErrorInfoTest, RefusesBadArguments) {
  JET_ERR number = JET_errDiskFull;
  JET_ERRINFOBASIC_W facts = {};
  const uint32_t size = sizeof(facts);
  EXPECT_EQ(JetGetErrorInfoW(nullptr, &facts, size, 1, 0), JET_errInvalidParameter);
  EXPECT_EQ(JetGetErrorInfoW(&number, nullptr, size, 1, 0), JET_errInvalidParameter);
  EXPECT_EQ(JetGetErrorInfoW(&number, &facts, size - 1, 1, 0), JET_errInvalidParameter);
  EXPECT_EQ(JetGetErrorInfoW(&number, &facts, size, 0, 0), JET_errInvalidParameter);
  EXPECT_EQ(JetGetErrorInfoW(&number, &facts, size, 1, 1), JET_errInvalidParameter);
  number = -9999;
  EXPECT_EQ(JetGetErrorInfoW(&number, &facts, size, 1, 0), JET_errInvalidParameter);
}

}  // namespace
}  // namespace contrail::api
