// Functions that need no database.

#include <esent.h>

#include <cstring>

#include "engine/api/call_scope.h"
#include "engine/api/caller_memory.h"
#include "engine/api/error_table.h"

namespace {

// JetGetVersion: major version in bits 28-31, minor in 24-27, build in 8-23, service level in 0-7.
// Programs ask for the build to learn which calls exist: 9900 and more mean everything up to
// JetIndexRecordCount2 and JET_bitTableCreateImmutableStructure.
constexpr uint32_t kMajorVersion = 10;
constexpr uint32_t kBuild = 9900;

}  // namespace

JET_API JetGetVersion(JET_SESID sesid, uint32_t* pwVersion) {
  return contrail::api::InSession(
      sesid,
      [&](const contrail::api::SessionScope&) -> contrail::Status {
        if (pwVersion == nullptr) return contrail::Error::kInvalidParameter;
        *pwVersion = (kMajorVersion << 28) | (kBuild << 8);
        return contrail::Status::Ok();
      },
      contrail::api::Allowed::kAlways);
}

JET_API JetFreeBuffer(char* pbBuf) {
  contrail::api::FreeForCaller(pbBuf);
  return JET_errSuccess;
}

// The flags choose which parts of the cache Windows' crash dumps take in. Core dumps take in what
// the kernel's coredump_filter says and need nothing from the engine, so there is nothing to do.
JET_API JetConfigureProcessForCrashDump(JET_GRBIT) { return JET_errSuccess; }

JET_API JetGetErrorInfoW(void* pvContext, void* pvResult, uint32_t cbMax, uint32_t InfoLevel,
                         JET_GRBIT grbit) {
  if (pvContext == nullptr || pvResult == nullptr || cbMax < sizeof(JET_ERRINFOBASIC_W) ||
      InfoLevel != JET_ErrorInfoSpecificErr || grbit != 0) {
    return JET_errInvalidParameter;
  }
  JET_ERR number = 0;
  std::memcpy(&number, pvContext, sizeof(number));
  const contrail::api::ErrorFacts* facts = contrail::api::FindError(number);
  if (facts == nullptr) return JET_errInvalidParameter;
  JET_ERRINFOBASIC_W result = {};
  result.cbStruct = sizeof(result);
  result.errValue = number;
  result.errcatMostSpecific = facts->category;
  const auto path = contrail::api::CategoryPath(facts->category);
  std::memcpy(result.rgCategoricalHierarchy, path.data(), path.size());
  std::memcpy(pvResult, &result, sizeof(result));
  return JET_errSuccess;
}
