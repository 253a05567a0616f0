#include "tests/support/one_instance.h"

#include <filesystem>

namespace contrail::test {
namespace {

void Set(uint32_t id, uintptr_t number, const char* text) {
  EXPECT_JET_OK(JetSetSystemParameterA(nullptr, 0, id, number, text));
}

void SetFolders(const char* folder) {
  Set(JET_paramSystemPath, 0, folder);
  Set(JET_paramLogFilePath, 0, folder);
  Set(JET_paramTempPath, 0, folder);
}

}  // namespace

OneInstance::OneInstance(const JetFolder& folder, const JetOptions& options)
    : path_(folder / "test.edb") {
  Set(JET_paramDatabasePageSize, options.page_size, nullptr);
  Set(JET_paramCacheSizeMax, options.cache_pages, nullptr);
  SetFolders(folder.path().c_str());
  Set(JET_paramLogFileSize, options.log_kibibytes, nullptr);
  Set(JET_paramCircularLog, options.circular, nullptr);
  Set(JET_paramRecovery, 0, options.recovery ? "on" : "off");
}

OneInstance::~OneInstance() {
  JetTerm2(0, JET_bitTermAbrupt);
  SetFolders("./");
  Set(JET_paramLogFileSize, 5120, nullptr);
  Set(JET_paramCircularLog, 0, nullptr);
  Set(JET_paramRecovery, 0, "on");
}

void OneInstance::Start() {
  ASSERT_JET_OK(Init());
  ASSERT_JET_OK(JetBeginSessionA(0, &session_, nullptr, nullptr));
  if (std::filesystem::exists(path_)) {
    ASSERT_JET_OK(JetAttachDatabaseA(session_, path_.c_str(), 0));
    ASSERT_JET_OK(JetOpenDatabaseA(session_, path_.c_str(), nullptr, &database_, 0));
  } else {
    ASSERT_JET_OK(JetCreateDatabaseA(session_, path_.c_str(), nullptr, &database_, 0));
  }
}

}  // namespace contrail::test
