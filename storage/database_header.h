// The database header: page 0 of a database file, and its shadow in the page after it.
//
// Source: the .edb format, database header; docs/format/database_header.md. Fields are plain
// values; whoever shares a header between threads guards it (storage/database.h).

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/event.h"
#include "storage/file.h"
#include "storage/lgpos.h"
#include "storage/log_time.h"
#include "storage/page_format.h"
#include "storage/status.h"

namespace contrail {

// What a new file is written as. A file of a newer update may hold what these writers do not keep
// right, so it is only read; one of an update that is not known here is refused.
inline constexpr uint32_t kFormatVersion = 0x620;
inline constexpr uint32_t kFormatUpdate = 20;
inline constexpr uint32_t kNewestKnownUpdate = 290;
inline constexpr DbTime kFirstDbTime = 0x40;
inline constexpr uint32_t kHeaderMagic = 0x89ABCDEF;

enum class DatabaseState : uint32_t {
  kJustCreated = 1,  // Creation has not been finished.
  kDirty = 2,        // Attached, or crashed: needs its logs.
  kClean = 3,
  kBeingConverted = 4,
  kForceDetached = 5,
  kIncrementalReseed = 6,
  kDirtyAndPatched = 7,
  kRevertInProgress = 8,
};

enum class FileType : uint32_t {
  kUnknown = 0,
  kDatabase = 1,
  kStreaming = 2,
  kLog = 3,
  kCheckpoint = 4,
  kTemporaryDatabase = 5,
  kTrace = 6,
  kFlushMap = 7,
};

enum class BackupType : uint32_t { kStreaming = 0, kOsSnapshot = 1, kSnapshot = 2, kSurrogate = 3 };

// A backup's stamp. All zero: none.
struct BackupInfo {
  static constexpr size_t kSize = 24;

  Lgpos mark;    // Where in the log the backup began.
  LogTime time;  // When.
  uint32_t generation_low = 0;
  uint32_t generation_high = 0;

  static BackupInfo Load(const std::byte* from);  // kSize bytes.
  void Store(std::byte* to) const;
  bool IsNull() const { return *this == BackupInfo(); }
  friend constexpr bool operator==(const BackupInfo&, const BackupInfo&) = default;
};

// How often something happened, when last, and how often before the last offline defragmentation.
struct HeaderCounter {
  uint32_t count = 0;
  LogTime last;
  uint32_t count_before = 0;
  friend constexpr bool operator==(const HeaderCounter&, const HeaderCounter&) = default;
};

// LGPOS: 8 bytes {u16 offset, u16 block, u32 generation}.
Lgpos LoadLgpos(const std::byte* from);
void StoreLgpos(std::byte* to, const Lgpos& position);

// Why a page is no usable header, for the event.
struct HeaderFault {
  std::string rule;  // One sentence.
  std::string expected;
  std::string found;
  size_t offset = 0;  // In the page: of the field that is wrong.
};

struct DatabaseHeader {
  uint32_t version = kFormatVersion;
  uint32_t attribute = 0;
  DbTime dbtime = 0;  // Highest value handed out.
  Signature signature;
  DatabaseState state = DatabaseState::kJustCreated;
  Lgpos consistent_position;
  LogTime consistent_time;
  LogTime attach_time;
  Lgpos attach_position;
  LogTime detach_time;
  Lgpos detach_position;  // Zero while attached.
  uint32_t database_id = 1;
  Signature log_signature;
  BackupInfo last_full_backup;
  BackupInfo last_incremental_backup;
  // Set in streamed copies only; generation_high is 0 until the restore has patched the copy.
  BackupInfo current_full_backup;
  uint32_t flags = 0;
  ObjectId last_object_id = 0;
  uint32_t os_major = 0;
  uint32_t os_minor = 0;
  uint32_t os_build = 0;
  uint32_t os_service_pack = 0;
  uint32_t update = kFormatUpdate;
  uint32_t page_size = 0;
  uint32_t repair_count = 0;
  LogTime repair_time;
  uint64_t scrub_dbtime = 0;
  LogTime scrub_time;
  // Log generations that redo needs; zero when clean.
  uint32_t generation_min_required = 0;
  uint32_t generation_max_required = 0;
  BackupInfo current_snapshot_backup;
  uint32_t created_version = kFormatVersion;
  uint32_t created_update = kFormatUpdate;
  LogTime generation_max_created;  // Of the generation in generation_max_committed.
  BackupType last_full_backup_type = BackupType::kStreaming;
  BackupType last_incremental_backup_type = BackupType::kStreaming;
  uint32_t repair_count_before = 0;
  HeaderCounter corrected_checksums;
  HeaderCounter uncorrectable_checksums;
  HeaderCounter bad_checksums;
  uint32_t generation_max_committed = 0;
  BackupInfo last_copy_backup;
  BackupInfo last_differential_backup;
  BackupType last_copy_backup_type = BackupType::kStreaming;
  BackupType last_differential_backup_type = BackupType::kStreaming;
  HeaderCounter incremental_reseeds;
  HeaderCounter page_patches;
  uint64_t sort_version = 0;  // All bits set: the file keeps MSysLocales.
  LogTime scan_previous_end;
  LogTime scan_start;
  uint32_t scan_highest_continuous = 0;
  uint32_t generation_recovering = 0;
  uint32_t extend_count = 0;
  LogTime extend_time;
  uint32_t shrink_count = 0;
  LogTime shrink_time;
  LogTime reattach_time;
  Lgpos reattach_position;
  uint32_t trim_count = 0;
  Signature header_flush_signature;
  Signature flush_map_signature;
  uint32_t generation_min_consistent = 0;
  uint32_t update_minor = 0;
  uint32_t engine_format_version = 0;
  uint32_t scan_highest = 0;
  Lgpos resize_position;
  FileType file_type = FileType::kDatabase;
  LogTime generation_max_required_created;
  uint32_t generation_pre_redo_min_consistent = 0;
  uint32_t generation_pre_redo_min_required = 0;
  Signature revert_signature;
  uint32_t revert_count = 0;
  LogTime revert_from;
  LogTime revert_to;
  uint32_t revert_pages = 0;
  Lgpos commit_before_revert;

  // The page this header was decoded from; Encode keeps what the fields above do not cover. Empty
  // for a new header.
  std::vector<std::byte> page_image;

  // A header as a new file begins with: state kJustCreated, no log positions.
  static DatabaseHeader New(uint32_t page_size, const Signature& signature);

  // The header in `page`, whose size is the page size. Errors, each with *fault filled in when not
  // null: kReadVerifyFailure (checksum), kDatabaseCorrupted (no database header, or one of another
  // page size), kFileInvalidType (a header of another kind of file), kInvalidDatabaseVersion (a
  // format this engine does not know).
  static Result<DatabaseHeader> Decode(Bytes page, HeaderFault* fault);
  // Writes all of `page` (page_size bytes) with the checksum.
  void Encode(MutableBytes page) const;

  friend bool operator==(const DatabaseHeader&, const DatabaseHeader&) = default;
};

// Reads the header, whatever the page size; the shadow when the first copy is damaged (with a
// warning event). Errors (with an event each): kDatabaseCorrupted when neither copy is whole,
// kFileInvalidType, kInvalidDatabaseVersion; those of File.
Result<DatabaseHeader> ReadHeader(File& file, EventSink& events);

// Writes the first copy, syncs, writes the second, syncs: after a crash at least one is whole.
Status WriteHeader(File& file, const DatabaseHeader& header);

}  // namespace contrail
