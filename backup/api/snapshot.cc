// Family "snapshot". Source: the backup contract, section 16.

#include "backup/api/snapshot_registry.h"
#include "engine/api/call_scope.h"
#include "engine/api/instance_block.h"

namespace contrail::api {
namespace {

constexpr JET_GRBIT kPrepareFlags = JET_bitIncrementalSnapshot | JET_bitCopySnapshot |
                                    JET_bitContinueAfterThaw | JET_bitExplicitPrepare;

// Runs `body(SnapshotSession&) -> Status` on the session of this number, and forgets the session
// when that was its end.
template <typename Body>
Status InSnapshot(JET_OSSNAPID number, Body&& body) {
  SnapshotRegistry& registry = SnapshotRegistry::Get();
  ASSIGN_OR_RETURN(const std::shared_ptr<SnapshotSession> session, registry.Find(number));
  const Status status = body(*session);
  registry.Settle(number);
  return status;
}

std::vector<ApiInstance*> InitializedInstances() {
  std::vector<ApiInstance*> instances = ApiRegistry::Get().Instances();
  std::erase_if(instances, [](const ApiInstance* instance) { return !instance->initialized; });
  return instances;
}

Status Bind(SnapshotSession& session, ApiInstance& instance, bool only_idle) {
  const InstanceCall call(instance);
  RETURN_IF_ERROR(call.status());
  return session.Add(*instance.engine, instance.handle, instance.name, only_idle);
}

Status Prepare(JET_OSSNAPID* number, JET_GRBIT grbit) {
  if ((grbit & ~kPrepareFlags) != 0) return Error::kInvalidGrbit;
  if (number == nullptr) return Error::kInvalidParameter;
  const std::vector<ApiInstance*> instances = InitializedInstances();
  if (instances.empty()) return Error::kNotInitialized;
  const SnapshotKind kind{.incremental = (grbit & JET_bitIncrementalSnapshot) != 0,
                          .copy = (grbit & JET_bitCopySnapshot) != 0};
  const auto session = std::make_shared<SnapshotSession>(
      kind, (grbit & JET_bitContinueAfterThaw) != 0, SnapshotRegistry::Get().timers());
  const bool all = (grbit & JET_bitExplicitPrepare) == 0;
  for (ApiInstance* instance : instances) {
    // One that another session has, or that is ending, is left out.
    if (!all || Bind(*session, *instance, /*only_idle=*/false).ok()) {
      instance->events.Report(SnapshotBegins(kind));
    }
  }
  *number = SnapshotRegistry::Get().Add(session);
  return Status::Ok();
}

Status PrepareInstance(JET_OSSNAPID number, JET_INSTANCE handle, JET_GRBIT grbit) {
  if (grbit != 0) return Error::kInvalidGrbit;
  ASSIGN_OR_RETURN(ApiInstance* const instance, ApiRegistry::Get().Resolve(handle));
  return InSnapshot(number, [&](SnapshotSession& session) {
    return Bind(session, *instance, /*only_idle=*/true);
  });
}

template <typename Char, typename Info>
Status GiveMembers(const SnapshotSession& session, uint32_t* count, Info** infos) {
  ASSIGN_OR_RETURN(const std::vector<SnapshotInstance> members, session.Instances());
  std::vector<InstanceFacts> facts;
  for (const SnapshotInstance& member : members) {
    facts.push_back({member.handle, member.name, member.databases});
  }
  return GiveInstances<Char>(facts, count, infos);
}

template <typename Char, typename Info>
Status GetFreezeInfo(JET_OSSNAPID number, uint32_t* count, Info** infos, JET_GRBIT grbit) {
  if (grbit != 0) return Error::kInvalidGrbit;
  if (count == nullptr || infos == nullptr) return Error::kInvalidParameter;
  *count = 0;
  *infos = nullptr;
  return InSnapshot(
      number, [&](SnapshotSession& session) { return GiveMembers<Char>(session, count, infos); });
}

template <typename Char, typename Info>
Status Freeze(JET_OSSNAPID number, uint32_t* count, Info** infos, JET_GRBIT grbit) {
  if (grbit != 0) return Error::kInvalidGrbit;
  if (count == nullptr || infos == nullptr) return Error::kInvalidParameter;
  *count = 0;
  *infos = nullptr;
  const auto timeout = absl::Milliseconds(
      static_cast<int64_t>(ApiRegistry::Get().ProcessNumber(JET_paramOSSnapshotTimeout)));
  return InSnapshot(number, [&](SnapshotSession& session) -> Status {
    RETURN_IF_ERROR(session.Freeze(timeout));
    const Status given = GiveMembers<Char>(session, count, infos);
    // A caller who does not know what is frozen cannot go on.
    if (!given.ok()) session.Abort().Ignore();
    return given;
  });
}

Status Thaw(JET_OSSNAPID number, JET_GRBIT grbit) {
  if (grbit != 0) return Error::kInvalidGrbit;
  return InSnapshot(number, [](SnapshotSession& session) { return session.Thaw(); });
}

Status Truncate(JET_OSSNAPID number, std::optional<JET_INSTANCE> handle, JET_GRBIT grbit) {
  if ((grbit & ~JET_bitAllDatabasesSnapshot) != 0) return Error::kInvalidGrbit;
  std::optional<uintptr_t> only;
  if (handle.has_value()) {
    ASSIGN_OR_RETURN(const ApiInstance* const instance, ApiRegistry::Get().Resolve(*handle));
    only = instance->handle;
  }
  return InSnapshot(number, [&](SnapshotSession& session) {
    return session.Truncate(only, (grbit & JET_bitAllDatabasesSnapshot) != 0);
  });
}

Status End(JET_OSSNAPID number, JET_GRBIT grbit) {
  if ((grbit & ~JET_bitAbortSnapshot) != 0) return Error::kInvalidGrbit;
  return InSnapshot(number, [&](SnapshotSession& session) {
    return grbit == JET_bitAbortSnapshot ? session.Abort() : session.End();
  });
}

Status Abort(JET_OSSNAPID number, JET_GRBIT grbit) {
  if (grbit != 0) return Error::kInvalidGrbit;
  return End(number, JET_bitAbortSnapshot);
}

}  // namespace
}  // namespace contrail::api

using contrail::api::ToJet;

JET_API JetOSSnapshotPrepare(JET_OSSNAPID* psnapId, JET_GRBIT grbit) {
  return ToJet(contrail::api::Prepare(psnapId, grbit));
}

JET_API JetOSSnapshotPrepareInstance(JET_OSSNAPID snapId, JET_INSTANCE instance, JET_GRBIT grbit) {
  return ToJet(contrail::api::PrepareInstance(snapId, instance, grbit));
}

JET_API JetOSSnapshotFreezeA(JET_OSSNAPID snapId, uint32_t* pcInstanceInfo,
                             JET_INSTANCE_INFO_A** paInstanceInfo, JET_GRBIT grbit) {
  return ToJet(contrail::api::Freeze<char>(snapId, pcInstanceInfo, paInstanceInfo, grbit));
}

JET_API JetOSSnapshotFreezeW(JET_OSSNAPID snapId, uint32_t* pcInstanceInfo,
                             JET_INSTANCE_INFO_W** paInstanceInfo, JET_GRBIT grbit) {
  return ToJet(contrail::api::Freeze<char16_t>(snapId, pcInstanceInfo, paInstanceInfo, grbit));
}

JET_API JetOSSnapshotGetFreezeInfoA(JET_OSSNAPID snapId, uint32_t* pcInstanceInfo,
                                    JET_INSTANCE_INFO_A** paInstanceInfo, JET_GRBIT grbit) {
  return ToJet(contrail::api::GetFreezeInfo<char>(snapId, pcInstanceInfo, paInstanceInfo, grbit));
}

JET_API JetOSSnapshotGetFreezeInfoW(JET_OSSNAPID snapId, uint32_t* pcInstanceInfo,
                                    JET_INSTANCE_INFO_W** paInstanceInfo, JET_GRBIT grbit) {
  return ToJet(
      contrail::api::GetFreezeInfo<char16_t>(snapId, pcInstanceInfo, paInstanceInfo, grbit));
}

JET_API JetOSSnapshotThaw(JET_OSSNAPID snapId, JET_GRBIT grbit) {
  return ToJet(contrail::api::Thaw(snapId, grbit));
}

JET_API JetOSSnapshotTruncateLog(JET_OSSNAPID snapId, JET_GRBIT grbit) {
  return ToJet(contrail::api::Truncate(snapId, std::nullopt, grbit));
}

JET_API JetOSSnapshotTruncateLogInstance(JET_OSSNAPID snapId, JET_INSTANCE instance,
                                         JET_GRBIT grbit) {
  return ToJet(contrail::api::Truncate(snapId, instance, grbit));
}

JET_API JetOSSnapshotEnd(JET_OSSNAPID snapId, JET_GRBIT grbit) {
  return ToJet(contrail::api::End(snapId, grbit));
}

JET_API JetOSSnapshotAbort(JET_OSSNAPID snapId, JET_GRBIT grbit) {
  return ToJet(contrail::api::Abort(snapId, grbit));
}
