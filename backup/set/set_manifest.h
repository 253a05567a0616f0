// The manifest of one backup in a set: what was backed up, which files hold it, and what every one
// of them hashes to. docs/format/backup_set.md.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backup/set/content_hash.h"
#include "backup/set/set_kind.h"
#include "storage/status.h"

namespace contrail {

inline constexpr uint32_t kManifestFormat = 2;
inline constexpr char kManifestName[] = "manifest.json";
// 32 hexadecimal digits: the XXH3-128 of the manifest's bytes.
inline constexpr char kManifestHashName[] = "manifest.json.xxh3";

enum class SetFileKind { kDatabase, kLog };

struct SetFile {
  SetFileKind kind = SetFileKind::kDatabase;
  std::string name;         // As it is restored, without a folder.
  std::string stored_name;  // In the backup's folder: an LZ4 frame. Empty in a stream.
  uint64_t bytes = 0;
  uint64_t stored_bytes = 0;
  std::string hash;                 // XXH3-128 of the content, 32 hexadecimal digits.
  std::string stored_hash;          // Of the stored file.
  std::vector<std::string> chunks;  // Of each kChunkBytes of the content. Empty in a stream.
  uint32_t generation = 0;          // Logs.
  std::string created;              // Logs: when the generation began.
  std::string original_path;        // Databases: where it lay.
  std::string signature;            // Databases.

  friend bool operator==(const SetFile&, const SetFile&) = default;

  std::string ToJson() const;
  // kDatabaseCorrupted when it describes no file, or one whose name leads elsewhere.
  static Result<SetFile> FromJson(const std::string& text);
};

// What a table held at the backup's end (backup/set/table_content.h).
struct TableContent {
  std::string database;  // Its signature.
  std::string table;
  uint64_t rows = 0;
  std::string hash;
  friend bool operator==(const TableContent&, const TableContent&) = default;
};

struct UnrecordedTable {
  std::string database;  // Its signature.
  std::string table;
  std::string reason;
  friend bool operator==(const UnrecordedTable&, const UnrecordedTable&) = default;
};

struct SetManifest {
  uint32_t number = 0;  // Within the set, from 1. 0: a stream.
  BackupScope kind = BackupScope::kFull;
  std::string created;  // "2026-11-22 11:16:07.123 UTC"
  std::string base_name;
  std::string log_signature;
  uint32_t page_size = 0;
  uint32_t generation_low = 0;
  uint32_t generation_high = 0;
  // The epoch: what the database headers are stamped with.
  std::string mark;  // Log position: generation:block:offset, hexadecimal.
  std::string mark_time;
  uint32_t previous_number = 0;  // Of the backup it goes on from; 0: none.
  std::string previous_hash;     // Of that one's manifest.
  std::vector<SetFile> files;
  bool has_contents = false;  // The content of the tables was to be recorded.
  std::vector<TableContent> contents;
  std::vector<UnrecordedTable> not_recorded;

  uint64_t TotalBytes() const;   // Of all files' content.
  uint64_t StoredBytes() const;  // As they are stored.
  // Its logs are of the same stream as those of the other backup, and begin where those end or
  // before.
  bool GoesOnFrom(const SetManifest& before) const {
    return log_signature == before.log_signature && generation_low <= before.generation_high + 1;
  }

  std::string ToJson() const;
  // kInvalidDatabaseVersion when it is of another format than kManifestFormat; kDatabaseCorrupted
  // when it is no manifest: also when names lead elsewhere or occur twice, or
  // sizes and chunks do not fit together.
  static Result<SetManifest> FromJson(const std::string& text);
};

}  // namespace contrail
