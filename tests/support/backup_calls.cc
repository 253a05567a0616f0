#include "tests/support/backup_calls.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include "engine/api/error_table.h"
#include "tests/support/checkout.h"
#include "tests/support/jet_fixture.h"

namespace contrail::test {
namespace {

constexpr uint32_t kReadBytes = 1 << 20;

char* TextOf(std::string& text) { return text.empty() ? nullptr : text.data(); }

using Call = std::function<JET_ERR(CallArguments&)>;

JET_ERR ReadInto(CallArguments& a, bool legacy) {
  std::vector<char> buffer(kReadBytes);
  return legacy ? JetReadFile(a.handle, buffer.data(), kReadBytes, &a.read)
                : JetReadFileInstance(a.instance, a.handle, buffer.data(), kReadBytes, &a.read);
}

JET_ERR Logs2(CallArguments& a) {
  uint32_t size = 0;
  JET_LOGINFO_A range = {};
  range.cbSize = sizeof(range);
  return JetGetLogInfoInstance2A(a.instance, nullptr, 0, &size, &range);
}

std::map<std::string, Call> LegacyCalls() {
  static uint32_t low, high, size;
  return {
      {"JetBackup", [](auto& a) { return JetBackupA(TextOf(a.folder), 0, nullptr); }},
      {"JetBeginExternalBackup", [](auto&) { return JetBeginExternalBackup(0); }},
      {"JetGetAttachInfo", [](auto&) { return JetGetAttachInfoA(nullptr, 0, &size); }},
      {"JetOpenFile", [](auto& a) { return JetOpenFileA(a.file.c_str(), &a.handle, &low, &high); }},
      {"JetReadFile", [](auto& a) { return ReadInto(a, true); }},
      {"JetCloseFile", [](auto& a) { return JetCloseFile(a.handle); }},
      {"JetGetLogInfo", [](auto&) { return JetGetLogInfoA(nullptr, 0, &size); }},
      {"JetTruncateLog", [](auto&) { return JetTruncateLog(); }},
      {"JetEndExternalBackup", [](auto&) { return JetEndExternalBackup(); }},
      {"JetStopBackup", [](auto&) { return JetStopBackup(); }},
      {"JetStopService", [](auto&) { return JetStopService(); }},
      {"JetRestore", [](auto& a) { return JetRestoreA(TextOf(a.folder), nullptr); }},
      {"JetRestore2", [](auto& a) { return JetRestore2A(TextOf(a.folder), nullptr, nullptr); }},
  };
}

std::map<std::string, Call> InstanceCalls() {
  static uint32_t low, high, size;
  return {
      {"JetBackupInstance",
       [](auto& a) { return JetBackupInstanceA(a.instance, TextOf(a.folder), 0, nullptr); }},
      {"JetBeginExternalBackupInstance",
       [](auto& a) { return JetBeginExternalBackupInstance(a.instance, 0); }},
      {"JetGetAttachInfoInstance",
       [](auto& a) { return JetGetAttachInfoInstanceA(a.instance, nullptr, 0, &size); }},
      {"JetOpenFileInstance",
       [](auto& a) {
         return JetOpenFileInstanceA(a.instance, a.file.c_str(), &a.handle, &low, &high);
       }},
      {"JetReadFileInstance", [](auto& a) { return ReadInto(a, false); }},
      {"JetCloseFileInstance", [](auto& a) { return JetCloseFileInstance(a.instance, a.handle); }},
      {"JetGetLogInfoInstance",
       [](auto& a) { return JetGetLogInfoInstanceA(a.instance, nullptr, 0, &size); }},
      {"JetGetLogInfoInstance2", Logs2},
      {"JetGetTruncateLogInfoInstance",
       [](auto& a) { return JetGetTruncateLogInfoInstanceA(a.instance, nullptr, 0, &size); }},
      {"JetTruncateLogInstance", [](auto& a) { return JetTruncateLogInstance(a.instance); }},
      {"JetEndExternalBackupInstance",
       [](auto& a) { return JetEndExternalBackupInstance(a.instance); }},
      {"JetEndExternalBackupInstance2",
       [](auto& a) { return JetEndExternalBackupInstance2(a.instance, a.end_flags); }},
      {"JetStopBackupInstance", [](auto& a) { return JetStopBackupInstance(a.instance); }},
      {"JetStopServiceInstance", [](auto& a) { return JetStopServiceInstance(a.instance); }},
      {"JetStopServiceInstance2",
       [](auto& a) { return JetStopServiceInstance2(a.instance, JET_bitStopServiceAll); }},
      {"JetRestoreInstance",
       [](auto& a) { return JetRestoreInstanceA(a.instance, TextOf(a.folder), nullptr, nullptr); }},
      {"JetTerm", [](auto& a) { return JetTerm(a.instance); }},
      {"JetTerm2", [](auto& a) { return JetTerm2(a.instance, JET_bitTermComplete); }},
  };
}

}  // namespace

JET_ERR ErrorNumber(const std::string& name) {
  if (name == "JET_errSuccess") return JET_errSuccess;
  for (const auto table : {api::kLoggingErrors, api::kCallErrors, api::kDataErrors}) {
    for (const api::ErrorFacts& facts : table) {
      if (facts.name == name) return facts.number;
    }
  }
  ADD_FAILURE() << "no error is called " << name;
  return 0;
}

std::vector<ErrorRow> ErrorRowsOf(const std::string& test) {
  std::ifstream file(std::string(kSourceFolder) + "/tests/backup/error_rows.tsv");
  std::vector<ErrorRow> rows;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    ErrorRow row;
    std::string named;
    std::getline(fields, row.function, '\t');
    std::getline(fields, row.code, '\t');
    std::getline(fields, named, '\t');
    if (line.starts_with('#') || named != test) continue;
    row.number = ErrorNumber(row.code);
    rows.push_back(std::move(row));
  }
  EXPECT_FALSE(rows.empty()) << "no row of error_rows.tsv names " << test;
  return rows;
}

std::vector<ErrorRow> ErrorRowsOfThisTest() {
  const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
  return ErrorRowsOf(std::string(test.test_suite_name()) + "." + test.name());
}

bool IsLegacy(const std::string& function) { return LegacyCalls().contains(function); }

JET_ERR CallByName(const std::string& function, CallArguments* arguments) {
  for (const auto& calls : {LegacyCalls(), InstanceCalls()}) {
    const auto found = calls.find(function);
    if (found != calls.end()) return found->second(*arguments);
  }
  ADD_FAILURE() << "not in this table: " << function;
  return JET_errFeatureNotAvailable;
}

void ExpectRows(bool legacy, const CallArguments& arguments) {
  int tried = 0;
  for (const ErrorRow& row : ErrorRowsOfThisTest()) {
    if (IsLegacy(row.function) != legacy) continue;
    CallArguments copy = arguments;
    const JET_ERR error = CallByName(row.function, &copy);
    EXPECT_EQ(error, row.number) << row.function << " gave " << JetErrorText(error) << ", expected "
                                 << row.code;
    ++tried;
  }
  EXPECT_GT(tried, 0) << "no row of this kind";
}

}  // namespace contrail::test
