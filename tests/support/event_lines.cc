#include "tests/support/event_lines.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/jet_fixture.h"

namespace contrail::test {
namespace {

// The text between ` name=` and the next such name, or the end.
std::string Part(const std::string& line, const std::string& name) {
  const size_t begin = line.find(" " + name + "=");
  if (begin == std::string::npos) return "";
  const size_t start = begin + name.size() + 2;
  size_t end = line.size();
  for (const char* next : {" offset=", " expected=", " found=", " code="}) {
    end = std::min(end, line.find(next, start));
  }
  return line.substr(start, end - start);
}

bool Says(const std::string& line, const ExpectedEvent& wanted) {
  const std::string offset = Part(line, "offset");
  return Part(line, "file").ends_with(wanted.file) &&
         (wanted.offset < 0 || offset == std::to_string(wanted.offset)) &&
         Part(line, "expected").find(wanted.expected) != std::string::npos &&
         Part(line, "found").find(wanted.found) != std::string::npos &&
         (wanted.code == 0 || Part(line, "code") == std::to_string(wanted.code)) &&
         (wanted.id == 0 || line.find(" " + std::to_string(wanted.id) + ": ") != std::string::npos);
}

}  // namespace

void EventLines::SetFor(JET_INSTANCE instance) const {
  EXPECT_JET_OK(JetSetSystemParameterA(&instance, JET_sesidNil, JET_paramEventSource, 0,
                                       ("file:" + path_).c_str()));
}

void EventLines::Clear() const { std::filesystem::remove(path_); }

std::vector<std::string> EventLines::Lines() const {
  std::vector<std::string> lines;
  std::ifstream file(path_);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::string EventLines::FindMissing(const ExpectedEvent& wanted) const {
  std::string all = "no event says so; there is:\n";
  for (const std::string& line : Lines()) {
    if (Says(line, wanted)) return "";
    all += "  " + line + "\n";
  }
  return all;
}

}  // namespace contrail::test
