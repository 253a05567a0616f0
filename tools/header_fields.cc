#include "tools/header_fields.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "storage/check.h"
#include "storage/database_header_fields.h"
#include "storage/page_checksum.h"
#include "tools/verb.h"

namespace contrail::tool {
namespace {

constexpr const char* kGroups[] = {"format", "identity", "state",     "log",    "backup",
                                   "size",   "health",   "flush map", "revert", "system"};

// Where a field belongs, by its offset; fields keep the order of the file within a group.
const char* GroupOf(size_t offset) {
  struct Range {
    size_t first;
    size_t last;
    const char* group;
  };
  static constexpr std::array<Range, 34> kRanges = {{
      {8, 12, "format"},       {232, 236, "format"},   {340, 344, "format"}, {208, 208, "format"},
      {644, 648, "format"},    {667, 667, "format"},   {16, 24, "identity"}, {104, 104, "identity"},
      {212, 212, "identity"},  {508, 508, "identity"}, {52, 52, "state"},    {296, 300, "state"},
      {348, 348, "state"},     {416, 416, "state"},    {536, 536, "state"},  {640, 640, "state"},
      {672, 684, "state"},     {56, 96, "log"},        {108, 108, "log"},    {564, 572, "log"},
      {136, 184, "backup"},    {316, 316, "backup"},   {356, 360, "backup"}, {420, 472, "backup"},
      {540, 556, "size"},      {580, 580, "size"},     {656, 656, "size"},   {240, 288, "health"},
      {364, 400, "health"},    {476, 492, "health"},   {516, 532, "health"}, {652, 652, "health"},
      {584, 612, "flush map"}, {688, 740, "revert"},
  }};
  for (const Range& range : kRanges) {
    if (offset >= range.first && offset <= range.last) return range.group;
  }
  return "system";
}

std::string PositionText(const Lgpos& position) {
  return position.IsNull()
             ? "none"
             : absl::StrFormat("0x%X,%X,%X", position.generation, position.block, position.offset);
}

Json PositionJson(const Lgpos& position) {
  if (position.IsNull()) return nullptr;
  return Json{
      {"generation", position.generation}, {"block", position.block}, {"offset", position.offset}};
}

std::string FileTypeText(FileType type) {
  static constexpr const char* kNames[] = {"unknown",    "database",   "streaming file",
                                           "log",        "checkpoint", "temporary database",
                                           "flight log", "flush map"};
  const auto number = static_cast<uint32_t>(type);
  return absl::StrCat(number, " (", number < std::size(kNames) ? kNames[number] : "not known", ")");
}

std::string BackupTypeText(BackupType type) {
  return absl::StrCat(static_cast<uint32_t>(type), " (", BackupTypeName(type), ")");
}

// Adds one field of a database header in the way of its type and, where numbers say little, its
// offset.
class FieldWriter {
 public:
  explicit FieldWriter(FieldList* list) : list_(*list) {}

  template <typename T>
  void operator()(size_t offset, const char* name, const T& field) {
    if constexpr (std::is_integral_v<T>) {
      AddNumber(offset, name, field);
    } else if constexpr (std::is_same_v<T, DatabaseState>) {
      list_.Add(name, StateText(field), static_cast<uint32_t>(field));
    } else if constexpr (std::is_same_v<T, FileType>) {
      list_.Add(name, FileTypeText(field), static_cast<uint32_t>(field));
    } else if constexpr (std::is_same_v<T, BackupType>) {
      list_.Add(name, BackupTypeText(field), static_cast<uint32_t>(field));
    } else {
      list_.Add(name, field);
    }
  }

 private:
  void AddNumber(size_t offset, const char* name, uint64_t number) {
    const bool hexadecimal = offset == header_offset::kVersion || offset == 340 || offset == 208 ||
                             offset == 508 || offset == 16;
    if (hexadecimal && number != 0) {
      list_.Add(name, absl::StrFormat("%d (0x%x)", number, number), number);
    } else {
      list_.Add(name, Json(number));
    }
  }

  FieldList& list_;
};

// What nobody has used for a long time and the structure does not cover.
void AddObsolete(Bytes page, FieldList* list) {
  constexpr size_t kStreamingSignature = 252;
  constexpr size_t kUpgradeCounters = 304;
  constexpr size_t kReserved = 664;
  constexpr size_t kEnd = 748;
  if (page.size() < kEnd) return;
  list->Group("obsolete");
  list->Add("streaming file signature", Signature::Load(page.data() + kStreamingSignature));
  for (size_t i = 0; i < 3; ++i) {
    list->Add(absl::StrCat("upgrade counter ", i + 1),
              Json(LoadLittle<uint32_t>(page.data() + kUpgradeCounters + 4 * i)));
  }
  const std::string_view reserved = AsText(page.subspan(kReserved, 3));
  list->Add("reserved", absl::BytesToHexString({reserved.data(), reserved.size()}) +
                            absl::StrFormat("%02x", static_cast<uint8_t>(page[kReserved + 7])));
}

}  // namespace

Json TimeJson(const LogTime& time) { return time.IsNull() ? Json(nullptr) : Json(time.ToText()); }

const char* BackupTypeName(BackupType type) {
  switch (type) {
    case BackupType::kStreaming:
      return "streaming";
    case BackupType::kOsSnapshot:
      return "OS snapshot";
    case BackupType::kSnapshot:
      return "snapshot";
    case BackupType::kSurrogate:
      return "surrogate";
  }
  return "not known";
}

const char* BackupPhaseName(BackupPhase phase) {
  switch (phase) {
    case BackupPhase::kBegin:
      return "begin";
    case BackupPhase::kPrepareLogs:
      return "prepare logs";
    case BackupPhase::kTruncate:
      return "truncate";
    case BackupPhase::kUpdate:
      return "update";
    case BackupPhase::kAbort:
      return "abort";
    case BackupPhase::kStop:
      return "stop";
  }
  return "not known";
}

std::string StateText(DatabaseState state) {
  switch (state) {
    case DatabaseState::kJustCreated:
      return "Just Created (1)";
    case DatabaseState::kDirty:
      return "Dirty Shutdown (2)";
    case DatabaseState::kClean:
      return "Clean Shutdown (3)";
    case DatabaseState::kBeingConverted:
      return "Being Converted (4)";
    case DatabaseState::kForceDetached:
      return "Force Detached (5)";
    case DatabaseState::kIncrementalReseed:
      return "Incremental Reseed in Progress (6)";
    case DatabaseState::kDirtyAndPatched:
      return "Dirty and Patched (7)";
    case DatabaseState::kRevertInProgress:
      return "Revert in Progress (8)";
  }
  return absl::StrCat("not known (", static_cast<uint32_t>(state), ")");
}

void FieldList::Add(const std::string& name, std::string text, Json value) {
  fields_.push_back({group_, name, std::move(text), std::move(value)});
}

void FieldList::Add(const std::string& name, const Json& value) {
  std::string text = value.is_null()      ? "none"
                     : value.is_string()  ? value.get<std::string>()
                     : value.is_boolean() ? (value.get<bool>() ? "yes" : "no")
                                          : value.dump();
  Add(name, std::move(text), value);
}

void FieldList::Add(const std::string& name, const Lgpos& position) {
  Add(name, PositionText(position), PositionJson(position));
}

void FieldList::Add(const std::string& name, const LogTime& time) {
  Add(name, time.IsNull() ? "none" : time.ToText(), TimeJson(time));
}

void FieldList::Add(const std::string& name, const Signature& signature) {
  if (signature.IsNull()) return Add(name, "none", nullptr);
  const std::string computer(
      signature.computer_name.data(),
      strnlen(signature.computer_name.data(), signature.computer_name.size()));
  Add(name,
      absl::StrCat("rand ", signature.random, ", created ", signature.created.ToText(),
                   computer.empty() ? "" : ", computer " + computer),
      Json{{"random", signature.random},
           {"created", TimeJson(signature.created)},
           {"computer", computer}});
}

void FieldList::Add(const std::string& name, const BackupInfo& backup) {
  if (backup.IsNull()) return Add(name, "none", nullptr);
  Add(name,
      absl::StrFormat("generations %d-%d (0x%x-0x%x), mark %s, %s", backup.generation_low,
                      backup.generation_high, backup.generation_low, backup.generation_high,
                      PositionText(backup.mark), backup.time.ToText()),
      Json{{"mark", PositionJson(backup.mark)},
           {"time", TimeJson(backup.time)},
           {"generation_low", backup.generation_low},
           {"generation_high", backup.generation_high}});
}

void FieldList::Add(const std::string& name, const HeaderCounter& counter) {
  std::string text = absl::StrCat(counter.count);
  if (!counter.last.IsNull()) absl::StrAppend(&text, ", last ", counter.last.ToText());
  if (counter.count_before != 0) absl::StrAppend(&text, ", before ", counter.count_before);
  Add(name, std::move(text),
      Json{{"count", counter.count},
           {"last", TimeJson(counter.last)},
           {"count_before", counter.count_before}});
}

Json FieldList::ToJson() const {
  Json document = Json::object();
  for (const HeaderField& field : fields_) {
    std::string name = field.name;
    std::replace(name.begin(), name.end(), ' ', '_');
    document[name] = field.value;
  }
  return document;
}

void FieldList::Print() const {
  const std::string* group = nullptr;
  for (const HeaderField& field : fields_) {
    if (group == nullptr || *group != field.group) std::printf("%s\n", field.group.c_str());
    group = &field.group;
    std::printf("  %-42s %s\n", field.name.c_str(), Printable(field.text).c_str());
  }
}

FieldList DescribeDatabaseHeader(const DatabaseHeader& header, Bytes page) {
  DCHECK(page.size() >= kMinPageSize);
  FieldList list;
  const auto stored = LoadLittle<uint32_t>(page.data());
  list.Group("format");
  list.Add("checksum", absl::StrFormat("%08x", stored), stored);
  const auto magic = LoadLittle<uint32_t>(page.data() + header_offset::kMagic);
  list.Add("magic", absl::StrFormat("%08x", magic), magic);
  FieldWriter writer(&list);
  for (const char* group : kGroups) {
    list.Group(group);
    ForEachHeaderField(header, [&](size_t offset, const char* name, const auto& field) {
      if (std::string_view(GroupOf(offset)) == group) writer(offset, name, field);
    });
  }
  AddObsolete(page, &list);
  return list;
}

}  // namespace contrail::tool
