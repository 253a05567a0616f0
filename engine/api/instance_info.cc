// Instances and threads, of the family "info"; JetIdle.

#include <cstring>

#include "engine/api/buffers.h"
#include "engine/api/call_scope.h"
#include "engine/api/database_report.h"
#include "engine/api/instance_block.h"
#include "engine/api/text.h"

namespace contrail::api {
namespace {

Result<std::vector<InstanceFacts>> AllInstances() {
  std::vector<InstanceFacts> all;
  for (ApiInstance* instance : ApiRegistry::Get().Instances()) {
    const InstanceCall call(*instance, Allowed::kAlways);
    // One that does not run has no databases to speak of, but is there.
    InstanceFacts facts{instance->handle, instance->name, {}};
    if (call.status().ok()) {
      const bool logged = instance->engine->options().recovery;
      RETURN_IF_ERROR(instance->engine->ForEachDatabase([&](AttachedDatabase& database) {
        if (logged && !database.read_only()) facts.databases.push_back(database.path());
        return Status::Ok();
      }));
    }
    all.push_back(std::move(facts));
  }
  return all;
}

template <typename Char, typename Info>
JET_ERR GetInstanceInfo(uint32_t* count, Info** infos) {
  if (count == nullptr || infos == nullptr) return JET_errInvalidParameter;
  const Result<std::vector<InstanceFacts>> all = AllInstances();
  if (!all.ok()) return ToJet(all.status());
  return ToJet(GiveInstances<Char>(*all, count, infos));
}

Status Idle(const SessionScope& scope, JET_GRBIT grbit) {
  constexpr JET_GRBIT kKnown = JET_bitIdleFlushBuffers | JET_bitIdleCompact | JET_bitIdleStatus;
  if ((grbit & ~kKnown) != 0) return Error::kInvalidGrbit;
  Instance& engine = scope.instance();
  if ((grbit & JET_bitIdleStatus) != 0) {
    // The limit of versions is far above what a healthy program has.
    return Error::kWarnNoIdleActivity;
  }
  RETURN_IF_ERROR(engine.transactions().CleanUp(SIZE_MAX).status());
  if ((grbit & JET_bitIdleFlushBuffers) != 0) {
    RETURN_IF_ERROR(engine.ForEachDatabase(
        [](AttachedDatabase& database) { return database.database().pages().FlushAll(); }));
  }
  return Status::Ok();
}

}  // namespace
}  // namespace contrail::api

using contrail::api::ApiRegistry;
using contrail::api::InstanceCall;
using contrail::api::ToJet;

JET_API JetGetInstanceInfoA(uint32_t* pcInstanceInfo, JET_INSTANCE_INFO_A** paInstanceInfo) {
  return contrail::api::GetInstanceInfo<char>(pcInstanceInfo, paInstanceInfo);
}

JET_API JetGetInstanceInfoW(uint32_t* pcInstanceInfo, JET_INSTANCE_INFO_W** paInstanceInfo) {
  return contrail::api::GetInstanceInfo<char16_t>(pcInstanceInfo, paInstanceInfo);
}

JET_API JetGetInstanceMiscInfo(JET_INSTANCE instance, void* pvResult, uint32_t cbMax,
                               uint32_t InfoLevel) {
  const auto found = ApiRegistry::Get().Resolve(instance);
  if (!found.ok()) return ToJet(found.status());
  const InstanceCall call(**found);
  if (!call.status().ok()) return ToJet(call.status());
  if (pvResult == nullptr) return JET_errInvalidParameter;
  if (InfoLevel == JET_InstanceMiscInfoRBS) return JET_errFeatureNotAvailable;
  if (InfoLevel != JET_InstanceMiscInfoLogSignature) return JET_errInvalidParameter;
  if (cbMax < sizeof(JET_SIGNATURE)) return JET_errInvalidBufferSize;
  const JET_SIGNATURE signature =
      contrail::api::ToJetSignature((*found)->engine->log().signature());
  return ToJet(contrail::api::CopyExactly(signature, pvResult, sizeof(signature)));
}

// The engine counts per instance and not per thread: the numbers are zero.
JET_API JetGetThreadStats(void* pvResult, uint32_t cbMax) {
  if (pvResult == nullptr) return JET_errInvalidParameter;
  if (cbMax != sizeof(JET_THREADSTATS) && cbMax != sizeof(JET_THREADSTATS2) &&
      cbMax != sizeof(JET_THREADSTATS3)) {
    return JET_errInvalidParameter;
  }
  JET_THREADSTATS3 stats = {};
  stats.cbStruct = cbMax;
  std::memcpy(pvResult, &stats, cbMax);
  return JET_errSuccess;
}

JET_API JetIdle(JET_SESID sesid, JET_GRBIT grbit) {
  return contrail::api::InSession(sesid, [&](const contrail::api::SessionScope& scope) {
    return contrail::api::Idle(scope, grbit);
  });
}
