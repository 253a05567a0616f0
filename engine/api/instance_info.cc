// Instances and threads, of the family "info"; JetIdle.

#include <cstring>

#include "engine/api/buffers.h"
#include "engine/api/call_scope.h"
#include "engine/api/caller_memory.h"
#include "engine/api/database_report.h"
#include "engine/api/text.h"

namespace contrail::api {
namespace {

struct InstanceFacts {
  JET_INSTANCE handle = 0;
  std::string name;
  std::vector<std::string> databases;
};

Result<std::vector<InstanceFacts>> AllInstances() {
  std::vector<InstanceFacts> all;
  for (ApiInstance* instance : ApiRegistry::Get().Instances()) {
    const InstanceCall call(*instance);
    // One that does not run has no databases to speak of, but is there.
    InstanceFacts facts{instance->handle, instance->name, {}};
    if (call.status().ok()) {
      RETURN_IF_ERROR(instance->engine->ForEachDatabase([&facts](AttachedDatabase& database) {
        facts.databases.push_back(database.path());
        return Status::Ok();
      }));
    }
    all.push_back(std::move(facts));
  }
  return all;
}

// Everything that a call returns is one block, so that one JetFreeBuffer frees it: first the
// structures, then the arrays of pointers, then the texts.
template <typename Char, typename Info>
class InstanceBlock {
 public:
  explicit InstanceBlock(const std::vector<InstanceFacts>& all) : all_(all) {}

  Result<Info*> Build() {
    size_t pointers = 0;
    std::basic_string<Char> texts;
    for (const InstanceFacts& facts : all_) {
      pointers += facts.databases.size() * 3;
      RETURN_IF_ERROR(Append(facts.name, &texts));
      for (const std::string& path : facts.databases) RETURN_IF_ERROR(Append(path, &texts));
    }
    const size_t size =
        all_.size() * sizeof(Info) + pointers * sizeof(Char*) + (texts.size() + 1) * sizeof(Char);
    auto* block = static_cast<std::byte*>(AllocateForCaller(size));
    if (block == nullptr) return Error::kOutOfMemory;
    auto* infos = reinterpret_cast<Info*>(block);
    next_pointer_ = reinterpret_cast<Char**>(block + all_.size() * sizeof(Info));
    next_text_ = reinterpret_cast<Char*>(next_pointer_ + pointers);
    std::memcpy(next_text_, texts.data(), texts.size() * sizeof(Char));
    for (size_t i = 0; i < all_.size(); ++i) Fill(all_[i], &infos[i]);
    return infos;
  }

 private:
  static Status Append(const std::string& text, std::basic_string<Char>* to) {
    ASSIGN_OR_RETURN(const std::basic_string<Char> encoded, Encode<Char>(text));
    to->append(encoded);
    to->push_back(0);
    return Status::Ok();
  }
  Char* TakeText() {
    Char* text = next_text_;
    next_text_ += std::char_traits<Char>::length(text) + 1;
    return text;
  }
  void Fill(const InstanceFacts& facts, Info* info) {
    const size_t count = facts.databases.size();
    info->hInstanceId = facts.handle;
    Char* name = TakeText();
    info->szInstanceName = facts.name.empty() ? nullptr : name;
    info->cDatabases = count;
    info->szDatabaseFileName = next_pointer_;
    info->szDatabaseDisplayName = next_pointer_ + count;
    info->szDatabaseSLVFileName_Obsolete = next_pointer_ + 2 * count;
    for (size_t i = 0; i < count; ++i) next_pointer_[i] = TakeText();
    next_pointer_ += 3 * count;
  }

  const std::vector<InstanceFacts>& all_;
  Char** next_pointer_ = nullptr;
  Char* next_text_ = nullptr;
};

template <typename Char, typename Info>
JET_ERR GetInstanceInfo(uint32_t* count, Info** infos) {
  if (count == nullptr || infos == nullptr) return JET_errInvalidParameter;
  *count = 0;
  *infos = nullptr;
  const Result<std::vector<InstanceFacts>> all = AllInstances();
  if (!all.ok()) return ToJet(all.status());
  if (all->empty()) return JET_errSuccess;
  const Result<Info*> block = InstanceBlock<Char, Info>(*all).Build();
  if (!block.ok()) return ToJet(block.status());
  *count = static_cast<uint32_t>(all->size());
  *infos = *block;
  return JET_errSuccess;
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
