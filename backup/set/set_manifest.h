// The manifest of one backup in a set: what was backed up, which files hold it, and what every one
// of them hashes to. docs/format/backup_set.md.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backup/log_range.h"
#include "storage/status.h"

namespace contrail {

inline constexpr char kManifestName[] = "manifest.json";
// 32 hexadecimal digits: the XXH3-128 of the manifest's bytes.
inline constexpr char kManifestHashName[] = "manifest.json.xxh3";

enum class SetFileKind { kDatabase, kLog };

struct SetFile {
  SetFileKind kind = SetFileKind::kDatabase;
  std::string name;         // As it is restored, without a folder.
  std::string stored_name;  // In the backup's folder: an LZ4 frame.
  uint64_t bytes = 0;
  uint64_t stored_bytes = 0;
  std::string hash;           // XXH3-128 of the content, 32 hexadecimal digits.
  std::string stored_hash;    // Of the stored file.
  uint32_t generation = 0;    // Logs.
  std::string original_path;  // Databases: where it lay.
  std::string signature;      // Databases.
};

struct SetManifest {
  uint32_t number = 0;  // Within the set, from 1.
  BackupKind kind = BackupKind::kFull;
  std::string created;  // "2026-11-22 11:16:07.123 UTC"
  std::string base_name;
  std::string log_signature;
  uint32_t page_size = 0;
  uint32_t generation_low = 0;
  uint32_t generation_high = 0;
  // The epoch: what the database headers are stamped with.
  std::string mark;  // Log position: generation:block:offset, hexadecimal.
  std::string mark_time;
  uint32_t previous_number = 0;  // Incremental: the backup it goes on from.
  std::string previous_hash;     // Of that one's manifest.
  std::vector<SetFile> files;

  std::string ToJson() const;
  // kDatabaseCorrupted when it is no manifest.
  static Result<SetManifest> FromJson(const std::string& text);
};

// 32 hexadecimal digits.
std::string HashText(const std::string& text);

}  // namespace contrail
