// The answer of JetGetInstanceInfo, JetOSSnapshotFreeze and JetOSSnapshotGetFreezeInfo. Source: the
// backup contract, section 18.

#pragma once

#include <esent.h>

#include <cstring>
#include <string>
#include <vector>

#include "engine/api/caller_memory.h"
#include "engine/api/text.h"

namespace contrail::api {

struct InstanceFacts {
  JET_INSTANCE handle = 0;
  std::string name;
  std::vector<std::string> databases;  // Those that are logged.
};

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
      pointers += facts.databases.size() * 2;
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
    for (size_t i = 0; i < count; ++i) next_pointer_[i] = TakeText();
    next_pointer_ += 2 * count;
  }

  const std::vector<InstanceFacts>& all_;
  Char** next_pointer_ = nullptr;
  Char* next_text_ = nullptr;
};

// One block for JetFreeBuffer; nothing (null) when there are no instances. kOutOfMemory.
template <typename Char, typename Info>
Status GiveInstances(const std::vector<InstanceFacts>& all, uint32_t* count, Info** infos) {
  *count = 0;
  *infos = nullptr;
  if (all.empty()) return Status::Ok();
  ASSIGN_OR_RETURN(*infos, (InstanceBlock<Char, Info>(all).Build()));
  *count = static_cast<uint32_t>(all.size());
  return Status::Ok();
}

}  // namespace contrail::api
