#include "backup/set/set_manifest.h"

#include <absl/strings/escaping.h>
#include <xxhash.h>

#include <nlohmann/json.hpp>

#include "backup/set/stored_file.h"

namespace contrail {
namespace {

using nlohmann::json;

constexpr int kFormat = 1;

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
  return name.is_object() ? absl::HexStringToBytes(name.at("hex").get<std::string>())
                          : name.get<std::string>();
}

json FileToJson(const SetFile& file) {
  json object = {{"kind", file.kind == SetFileKind::kDatabase ? "database" : "log"},
                 {"name", NameToJson(file.name)},
                 {"stored_name", NameToJson(file.stored_name)},
                 {"bytes", file.bytes},
                 {"stored_bytes", file.stored_bytes},
                 {"xxh3_128", file.hash},
                 {"stored_xxh3_128", file.stored_hash}};
  if (file.kind == SetFileKind::kLog) {
    object["generation"] = file.generation;
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

SetFile FileFromJson(const json& object) {
  SetFile file;
  file.kind = object.at("kind") == "database" ? SetFileKind::kDatabase : SetFileKind::kLog;
  file.name = NameFromJson(object.at("name"));
  file.stored_name = NameFromJson(object.at("stored_name"));
  file.bytes = object.at("bytes").get<uint64_t>();
  file.stored_bytes = object.at("stored_bytes").get<uint64_t>();
  file.hash = object.at("xxh3_128").get<std::string>();
  file.stored_hash = object.at("stored_xxh3_128").get<std::string>();
  if (file.kind == SetFileKind::kLog) {
    file.generation = object.at("generation").get<uint32_t>();
  } else {
    file.original_path = NameFromJson(object.at("original_path"));
    file.signature = object.at("signature").get<std::string>();
  }
  return file;
}

}  // namespace

std::string HashText(const std::string& text) {
  ContentHash hash;
  hash.Add(AsBytes(text));
  return hash.Text();
}

std::string SetManifest::ToJson() const {
  json object = {{"format", kFormat},
                 {"number", number},
                 {"kind", kind == BackupKind::kFull ? "full" : "incremental"},
                 {"created", created},
                 {"base_name", base_name},
                 {"log_signature", log_signature},
                 {"page_size", page_size},
                 {"generation_low", generation_low},
                 {"generation_high", generation_high},
                 {"mark", mark},
                 {"mark_time", mark_time}};
  if (kind == BackupKind::kIncremental) {
    object["previous"] = {{"number", previous_number}, {"manifest_xxh3_128", previous_hash}};
  }
  json list = json::array();
  for (const SetFile& file : files) list.push_back(FileToJson(file));
  object["files"] = list;
  return object.dump(2) + "\n";
}

// The library reports what it does not find by throwing; no exception leaves this function.
Result<SetManifest> SetManifest::FromJson(const std::string& text) {
  try {
    const json object = json::parse(text);
    if (object.at("format").get<int>() != kFormat) return Error::kDatabaseCorrupted;
    SetManifest manifest;
    manifest.number = object.at("number").get<uint32_t>();
    const std::string kind = object.at("kind").get<std::string>();
    if (kind != "full" && kind != "incremental") return Error::kDatabaseCorrupted;
    manifest.kind = kind == "full" ? BackupKind::kFull : BackupKind::kIncremental;
    manifest.created = object.at("created").get<std::string>();
    manifest.base_name = object.at("base_name").get<std::string>();
    manifest.log_signature = object.at("log_signature").get<std::string>();
    manifest.page_size = object.at("page_size").get<uint32_t>();
    manifest.generation_low = object.at("generation_low").get<uint32_t>();
    manifest.generation_high = object.at("generation_high").get<uint32_t>();
    manifest.mark = object.at("mark").get<std::string>();
    manifest.mark_time = object.at("mark_time").get<std::string>();
    if (manifest.kind == BackupKind::kIncremental) {
      manifest.previous_number = object.at("previous").at("number").get<uint32_t>();
      manifest.previous_hash = object.at("previous").at("manifest_xxh3_128").get<std::string>();
    }
    for (const json& file : object.at("files")) {
      manifest.files.push_back(FileFromJson(file));
      if (!IsPlainName(manifest.files.back().name) ||
          !IsPlainName(manifest.files.back().stored_name)) {
        return Error::kDatabaseCorrupted;
      }
    }
    return manifest;
  } catch (const json::exception&) {
    return Error::kDatabaseCorrupted;
  }
}

}  // namespace contrail
