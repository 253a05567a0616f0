// The modes of the process (tests/backup/mode_table.tsv), every cell, and what
// JetEnableMultiInstance makes of its parameters.

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "engine/api/api_registry.h"
#include "tests/support/cell_table.h"
#include "tests/support/event_lines.h"
#include "tests/support/jet_fixture.h"
#include "tests/support/one_instance.h"

namespace contrail::test {
namespace {

// By what a call without an instance says.
std::string Mode() {
  switch (const JET_ERR error = JetStopBackup()) {
    case JET_errInvalidParameter:
      return "NoSet";
    case JET_errRunningInMultiInstanceMode:
      return "Multi";
    default:
      return error >= 0 || error == JET_errRestoreInProgress ? "One" : "?";
  }
}

// Status callbacks have no argument of their own.
std::string* mode_in_status = nullptr;

JET_ERR NoteMode(JET_SESID, JET_SNP, JET_SNT what, void*) {
  if (what == JET_sntBegin) *mode_in_status = Mode();
  return JET_errSuccess;
}

class ProcessModeTest : public testing::Test {
 protected:
  ProcessModeTest() { mode_in_status = &mode_while_it_works_; }

  static JET_ERR Enable(uintptr_t page_size) {
    JET_SETSYSPARAM_A parameter = {};
    parameter.paramid = JET_paramDatabasePageSize;
    parameter.lParam = page_size;
    uint32_t set = 0;
    return JetEnableMultiInstanceA(&parameter, 1, &set);
  }
  void Enter(const std::string& mode) {
    folder_ = std::make_unique<JetFolder>();
    set_ = folder_->path();
    if (mode == "One") {
      one_ = std::make_unique<OneInstance>(*folder_);
      ASSERT_JET_OK(one_->Init());
    } else if (mode == "Multi") {
      ASSERT_JET_OK(Enable(4096));
    }
    ASSERT_EQ(Mode(), mode);
    mode_while_it_works_.clear();
  }
  // The mode goes with the last instance.
  void Leave() {
    one_.reset();
    JetTerm(made_);
    made_ = JET_instanceNil;
    if (Mode() == "One") JetTerm(0);
    if (Mode() == "Multi") {
      JET_INSTANCE instance = JET_instanceNil;
      ASSERT_JET_OK(JetCreateInstanceA(&instance, nullptr));
      ASSERT_JET_OK(JetTerm(instance));
    }
    EXPECT_EQ(Mode(), "NoSet");
    EXPECT_JET_OK(JetSetSystemParameterA(nullptr, 0, JET_paramSystemPath, 0, "./"));
    EXPECT_JET_OK(JetSetSystemParameterA(nullptr, 0, JET_paramLogFilePath, 0, "./"));
  }
  JET_ERR Init() {
    if (one_ == nullptr) {
      EXPECT_JET_OK(JetSetSystemParameterA(nullptr, 0, JET_paramSystemPath, 0, set_.c_str()));
      EXPECT_JET_OK(JetSetSystemParameterA(nullptr, 0, JET_paramLogFilePath, 0, set_.c_str()));
    }
    return JetInit(nullptr);
  }
  JET_ERR EndLast() {
    if (one_ != nullptr) return JetTerm(0);
    EXPECT_JET_OK(JetCreateInstanceA(&made_, "last"));
    return JetTerm(made_);
  }

  std::map<std::string, std::function<JET_ERR()>> Events() {
    char* set = set_.data();
    map_ = {set, set};
    return {
        {"JetInit", [this] { return Init(); }},
        {"JetCreateInstance", [this] { return JetCreateInstanceA(&made_, "made"); }},
        {"JetCreateInstance2", [this] { return JetCreateInstance2A(&made_, "made", nullptr, 0); }},
        {"JetEnableMultiInstance", [] { return Enable(4096); }},
        {"JetEnableMultiInstance(nothing)",
         [] { return JetEnableMultiInstanceA(nullptr, 0, nullptr); }},
        {"JetEnableMultiInstance(another value)", [] { return Enable(8192); }},
        {"JetEnableMultiInstance(a bad value)", [] { return Enable(3); }},
        {"JetEnableMultiInstance(no array)",
         [] { return JetEnableMultiInstanceA(nullptr, 1, nullptr); }},
        {"call without an instance", [] { return JetGetAttachInfoA(nullptr, 0, nullptr); }},
        {"call with an unknown instance",
         [] { return JetGetAttachInfoInstanceA(0x12345, nullptr, 0, nullptr); }},
        {"JetRestore", [set] { return JetRestoreA(set, NoteMode); }},
        {"JetRestore2", [set] { return JetRestore2A(set, set, NoteMode); }},
        {"JetRestoreInstance", [set] { return JetRestoreInstanceA(0, set, set, NoteMode); }},
        {"JetExternalRestore",
         [this, set] { return JetExternalRestoreA(set, set, &map_, 1, set, 0, 0, NoteMode); }},
        {"JetExternalRestore2",
         [this, set] {
           JET_LOGINFO_A info = {};
           info.cbSize = sizeof(info);
           return JetExternalRestore2A(set, set, &map_, 1, set, &info, nullptr, nullptr, nullptr,
                                       NoteMode);
         }},
        {"the last instance ends", [this] { return EndLast(); }},
    };
  }

  std::string set_;
  JET_RSTMAP_A map_ = {};
  std::string mode_while_it_works_;
  JET_INSTANCE made_ = JET_instanceNil;
  std::unique_ptr<JetFolder> folder_;
  std::unique_ptr<OneInstance> one_;
};

TEST_F(ProcessModeTest, EveryCell) {
  const int cells = ForEachCell("mode_table.tsv", [this](const Cell& cell) {
    Enter(cell.state);
    if (HasFatalFailure()) return;
    const auto events = Events();
    ASSERT_TRUE(events.contains(cell.call));
    const JET_ERR found = events.at(cell.call)();
    EXPECT_EQ(found, cell.result) << JetErrorText(found);
    EXPECT_EQ(mode_while_it_works_.empty() ? Mode() : mode_while_it_works_, cell.next);
    Leave();
  });
  EXPECT_EQ(cells, 47);
}

class ManyInstancesTest : public testing::Test {
 protected:
  // What becomes of the second of two parameters.
  void ExpectRefused(uint32_t id, uintptr_t number, char* text, JET_ERR expected) {
    JET_SETSYSPARAM_A parameters[2] = {};
    parameters[0].paramid = JET_paramDatabasePageSize;
    parameters[0].lParam = 4096;
    parameters[0].err = 7;
    parameters[1].paramid = id;
    parameters[1].lParam = number;
    parameters[1].sz = text;
    uint32_t set = 9;
    EXPECT_JET(expected, JetEnableMultiInstanceA(parameters, 2, &set));
    // The first one stays set, and the mode is what it was.
    EXPECT_EQ(set, 1u);
    EXPECT_EQ(parameters[0].err, JET_errSuccess);
    EXPECT_EQ(parameters[1].err, expected);
    EXPECT_EQ(Mode(), "NoSet");
  }
};

TEST_F(ManyInstancesTest, TupleLimits) {
  ExpectRefused(JET_paramIndexTuplesLengthMin, 1, nullptr, JET_errIndexTuplesInvalidLimits);
  ExpectRefused(JET_paramIndexTuplesLengthMax, 256, nullptr, JET_errIndexTuplesInvalidLimits);
  ExpectRefused(JET_paramIndexTuplesToIndexMax, 0, nullptr, JET_errIndexTuplesInvalidLimits);
}

TEST_F(ManyInstancesTest, InvalidPath) {
  std::string path = "/" + std::string(256, 'x');  // No file system has such a name.
  ExpectRefused(JET_paramSystemPath, 0, path.data(), JET_errInvalidPath);
}

// A second caller that wants something else is told, and an instance that is there reports it.
TEST_F(ManyInstancesTest, ConflictsAreEvents) {
  const auto last = [](uint32_t id) {
    Event found;
    for (const Event& event : api::ApiRegistry::Get().Instances().front()->events.Recent()) {
      if (event.id == id) found = event;
    }
    return found;
  };
  JET_SETSYSPARAM_A parameters[2] = {};
  parameters[0].paramid = JET_paramDatabasePageSize;
  parameters[0].lParam = 4096;
  parameters[1].paramid = JET_paramMaxInstances;
  parameters[1].lParam = 16;
  ASSERT_JET_OK(JetEnableMultiInstanceA(parameters, 1, nullptr));
  const JetFolder folder;
  const JetInstance instance(folder);
  parameters[0].lParam = 8192;
  EXPECT_JET(JET_errSystemParameterConflict, JetEnableMultiInstanceA(parameters, 1, nullptr));
  EXPECT_EQ(last(913).error, JET_errSystemParameterConflict);
  parameters[0].lParam = 4096;
  EXPECT_JET(JET_errSystemParameterConflict, JetEnableMultiInstanceA(parameters, 2, nullptr));
  EXPECT_EQ(last(914).error, JET_errSystemParameterConflict);
  EXPECT_JET(JET_errSystemParameterConflict, JetEnableMultiInstanceA(parameters + 1, 1, nullptr));
  EXPECT_EQ(last(915).error, JET_errSystemParameterConflict);
}

// Before there is an instance, they go where the process's parameters say.
TEST_F(ManyInstancesTest, ConflictsWithoutAnInstanceAreEventsToo) {
  const JetFolder folder;
  const std::string lines = folder / "events";
  std::string source = "file:" + lines;
  JET_SETSYSPARAM_A parameters[2] = {};
  parameters[0].paramid = JET_paramDatabasePageSize;
  parameters[0].lParam = 4096;
  parameters[1].paramid = JET_paramEventSource;
  parameters[1].sz = source.data();
  ASSERT_JET_OK(JetEnableMultiInstanceA(parameters, 2, nullptr));
  EXPECT_TRUE(api::ApiRegistry::Get().Instances().empty());
  parameters[0].lParam = 8192;
  EXPECT_JET(JET_errSystemParameterConflict, JetEnableMultiInstanceA(parameters, 1, nullptr));
  EXPECT_EQ(EventLines(lines).Lines().size(), 1u);
  EXPECT_EQ(EventLines(lines).FindMissing({.code = JET_errSystemParameterConflict}), "");
  EXPECT_NE(EventLines(lines).Lines().at(0).find(" 913: "), std::string::npos);
  parameters[0].lParam = 4096;
  parameters[1].paramid = JET_paramMaxInstances;
  parameters[1].lParam = 16;
  parameters[1].sz = nullptr;
  EXPECT_JET(JET_errSystemParameterConflict, JetEnableMultiInstanceA(parameters, 2, nullptr));
  ASSERT_EQ(EventLines(lines).Lines().size(), 2u);
  EXPECT_NE(EventLines(lines).Lines().at(1).find(" 914: "), std::string::npos);
  parameters[0].paramid = JET_paramCircularLog;
  parameters[0].lParam = 0;
  EXPECT_JET(JET_errSystemParameterConflict, JetEnableMultiInstanceA(parameters, 1, nullptr));
  ASSERT_EQ(EventLines(lines).Lines().size(), 3u);
  EXPECT_NE(EventLines(lines).Lines().at(2).find(" 915: "), std::string::npos);
  // For the tests behind this one: the last instance takes the mode with it.
  EXPECT_JET_OK(JetSetSystemParameterA(nullptr, JET_sesidNil, JET_paramEventSource, 0, ""));
  const JetInstance last(folder);
}

}  // namespace
}  // namespace contrail::test
