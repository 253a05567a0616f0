#include "backup/set/set_manifest.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "backup/set/json_number.h"
#include "log/log_format.h"

namespace contrail {
namespace {

using nlohmann::json;

constexpr size_t kBaseNameBytes = 3;  // As JET_paramBaseName has it.

// JSON is UTF-8, names of files are bytes: those that are no UTF-8 are kept as {"hex": "..."}.
json NameToJson(const std::string& name) {
  const json text = name;
  try {
    text.dump();
  } catch (const json::exception&) {
    return {{"hex", absl::BytesToHexString(name)}};
  }
  return text;
}

std::string NameFromJson(const json& name) {
  if (!name.is_object()) return name.get<std::string>();
  const auto text = name.at("hex").get<std::string>();
  const bool digits = text.size() % 2 == 0 && std::all_of(text.begin(), text.end(), [](char c) {
                        return absl::ascii_isxdigit(static_cast<unsigned char>(c));
                      });
  return digits ? absl::HexStringToBytes(text) : std::string();
}

json FileToJson(const SetFile& file) {
  json object = {{"kind", file.kind == SetFileKind::kDatabase ? "database" : "log"},
                 {"name", NameToJson(file.name)},
                 {"bytes", file.bytes},
                 {"xxh3_128", file.hash}};
  if (!file.stored_name.empty()) {
    object["stored_name"] = NameToJson(file.stored_name);
    object["stored_bytes"] = file.stored_bytes;
    object["stored_xxh3_128"] = file.stored_hash;
    object["chunks_xxh3_128"] = file.chunks;
  }
  if (file.kind == SetFileKind::kLog) {
    object["generation"] = file.generation;
    object["generation_created"] = file.created;
  } else {
    object["original_path"] = NameToJson(file.original_path);
    object["signature"] = file.signature;
  }
  return object;
}

// A name that leads nowhere else.
bool IsPlainName(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

// 0 where there is none.
uint32_t GenerationAt(const json& object, const char* name) {
  const auto generation = NumberAt<uint32_t>(object, name);
  if (generation > kMaxGeneration) throw std::out_of_range(name);
  return generation;
}

// The library reports what it does not find by throwing; no exception leaves this file.
SetFile FileFromJson(const json& object) {
  SetFile file;
  const auto kind = object.at("kind").get<std::string>();
  if (kind != "database" && kind != "log") throw std::out_of_range("kind");
  file.kind = kind == "database" ? SetFileKind::kDatabase : SetFileKind::kLog;
  file.name = NameFromJson(object.at("name"));
  file.bytes = NumberAt<uint64_t>(object, "bytes");
  file.hash = object.at("xxh3_128").get<std::string>();
  if (object.contains("stored_name")) {
    file.stored_name = NameFromJson(object.at("stored_name"));
    file.stored_bytes = NumberAt<uint64_t>(object, "stored_bytes");
    file.stored_hash = object.at("stored_xxh3_128").get<std::string>();
    file.chunks = object.at("chunks_xxh3_128").get<std::vector<std::string>>();
  }
  if (file.kind == SetFileKind::kLog) {
    file.generation = GenerationAt(object, "generation");
    file.created = object.at("generation_created").get<std::string>();
  } else {
    file.original_path = NameFromJson(object.at("original_path"));
    file.signature = object.at("signature").get<std::string>();
  }
  return file;
}

bool MakesSense(const SetFile& file) {
  if (!IsPlainName(file.name)) return false;
  if (file.stored_name.empty()) return file.chunks.empty();
  const uint64_t chunks = file.bytes / kChunkBytes + (file.bytes % kChunkBytes == 0 ? 0 : 1);
  return IsPlainName(file.stored_name) && file.chunks.size() == chunks;
}

json ContentsToJson(const std::vector<TableContent>& contents) {
  json list = json::array();
  for (const TableContent& content : contents) {
    list.push_back({{"database", NameToJson(content.database)},
                    {"table", NameToJson(content.table)},
                    {"rows", content.rows},
                    {"xxh3_128", content.hash}});
  }
  return list;
}

std::vector<TableContent> ContentsFromJson(const json& list) {
  std::vector<TableContent> contents;
  for (const json& object : list) {
    contents.push_back({NameFromJson(object.at("database")), NameFromJson(object.at("table")),
                        NumberAt<uint64_t>(object, "rows"),
                        object.at("xxh3_128").get<std::string>()});
  }
  return contents;
}

json UnrecordedToJson(const std::vector<UnrecordedTable>& tables) {
  json list = json::array();
  for (const UnrecordedTable& table : tables) {
    list.push_back({{"database", NameToJson(table.database)},
                    {"table", NameToJson(table.table)},
                    {"reason", table.reason}});
  }
  return list;
}

std::vector<UnrecordedTable> UnrecordedFromJson(const json& list) {
  std::vector<UnrecordedTable> tables;
  for (const json& object : list) {
    tables.push_back({NameFromJson(object.at("database")), NameFromJson(object.at("table")),
                      object.at("reason").get<std::string>()});
  }
  return tables;
}

// Throws; a kind that is none gives false.
bool ReadHead(const json& object, SetManifest* manifest) {
  const std::optional<BackupScope> kind = BackupKindOfName(object.at("kind").get<std::string>());
  if (!kind.has_value()) return false;
  manifest->kind = *kind;
  manifest->number = NumberAt<uint32_t>(object, "number");
  manifest->created = object.at("created").get<std::string>();
  manifest->base_name = object.at("base_name").get<std::string>();
  manifest->log_signature = object.at("log_signature").get<std::string>();
  manifest->page_size = NumberAt<uint32_t>(object, "page_size");
  manifest->generation_low = GenerationAt(object, "generation_low");
  manifest->generation_high = GenerationAt(object, "generation_high");
  manifest->mark = object.at("mark").get<std::string>();
  manifest->mark_time = object.at("mark_time").get<std::string>();
  if (object.contains("previous")) {
    manifest->previous_number = NumberAt<uint32_t>(object.at("previous"), "number");
    manifest->previous_hash = object.at("previous").at("manifest_xxh3_128").get<std::string>();
    // Chains lead back, and end.
    if (manifest->previous_number >= manifest->number) return false;
  }
  if (NumberAt<uint64_t>(object, "chunk_bytes") != kChunkBytes) return false;
  return IsPlainName(manifest->base_name) && manifest->base_name.size() == kBaseNameBytes;
}

}  // namespace

std::string SetFile::ToJson() const { return FileToJson(*this).dump(); }

Result<SetFile> SetFile::FromJson(const std::string& text) {
  try {
    SetFile file = FileFromJson(json::parse(text));
    if (!MakesSense(file)) return Error::kDatabaseCorrupted;
    return file;
  } catch (const std::exception&) {
    return Error::kDatabaseCorrupted;
  }
}

uint64_t SetManifest::TotalBytes() const {
  uint64_t bytes = 0;
  for (const SetFile& file : files) bytes += file.bytes;
  return bytes;
}

uint64_t SetManifest::StoredBytes() const {
  uint64_t bytes = 0;
  for (const SetFile& file : files) bytes += file.stored_bytes;
  return bytes;
}

std::string SetManifest::ToJson() const {
  json object = {{"format", kManifestFormat},
                 {"number", number},
                 {"kind", BackupKindName(kind)},
                 {"created", created},
                 {"base_name", base_name},
                 {"log_signature", log_signature},
                 {"page_size", page_size},
                 {"generation_low", generation_low},
                 {"generation_high", generation_high},
                 {"mark", mark},
                 {"mark_time", mark_time},
                 {"chunk_bytes", kChunkBytes}};
  if (previous_number != 0) {
    object["previous"] = {{"number", previous_number}, {"manifest_xxh3_128", previous_hash}};
  }
  json list = json::array();
  for (const SetFile& file : files) list.push_back(FileToJson(file));
  object["files"] = list;
  object["totals"] = {{"files", files.size()}, {"bytes", TotalBytes()}};
  if (has_contents) object["contents"] = ContentsToJson(contents);
  if (!not_recorded.empty()) object["contents_not_recorded"] = UnrecordedToJson(not_recorded);
  return object.dump(2) + "\n";
}

Result<SetManifest> SetManifest::FromJson(const std::string& text) {
  try {
    const json object = json::parse(text);
    SetManifest manifest;
    if (NumberAt<uint32_t>(object, "format") != kManifestFormat)
      return Error::kInvalidDatabaseVersion;
    if (!ReadHead(object, &manifest)) return Error::kDatabaseCorrupted;
    std::set<std::string> names;
    for (const json& file : object.at("files")) {
      manifest.files.push_back(FileFromJson(file));
      const SetFile& last = manifest.files.back();
      if (!MakesSense(last) || !names.insert(last.name).second) return Error::kDatabaseCorrupted;
    }
    const json& totals = object.at("totals");
    if (NumberAt<uint64_t>(totals, "files") != manifest.files.size() ||
        NumberAt<uint64_t>(totals, "bytes") != manifest.TotalBytes()) {
      return Error::kDatabaseCorrupted;
    }
    manifest.has_contents = object.contains("contents");
    if (manifest.has_contents) manifest.contents = ContentsFromJson(object.at("contents"));
    if (object.contains("contents_not_recorded")) {
      manifest.not_recorded = UnrecordedFromJson(object.at("contents_not_recorded"));
    }
    return manifest;
  } catch (const std::exception&) {
    return Error::kDatabaseCorrupted;
  }
}

}  // namespace contrail
