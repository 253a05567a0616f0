// Every field of the database header with its offset and name: one list for decoding, encoding and
// printing. Source: the .edb format, database header.

#pragma once

#include "storage/database_header.h"

namespace contrail {

namespace header_offset {
inline constexpr size_t kMagic = 4;
inline constexpr size_t kVersion = 8;
inline constexpr size_t kUpdate = 232;
inline constexpr size_t kPageSize = 236;
inline constexpr size_t kFileType = 667;  // Not aligned.
}  // namespace header_offset

template <typename Header, typename Visit>
void ForEachIdentityField(Header& header, Visit&& visit) {
  visit(header_offset::kVersion, "format version", header.version);
  visit(12, "attribute", header.attribute);
  visit(16, "dbtime", header.dbtime);
  visit(24, "signature", header.signature);
  visit(52, "state", header.state);
  visit(56, "consistent position", header.consistent_position);
  visit(64, "consistent time", header.consistent_time);
  visit(72, "attach time", header.attach_time);
  visit(80, "attach position", header.attach_position);
  visit(88, "detach time", header.detach_time);
  visit(96, "detach position", header.detach_position);
  visit(104, "database id", header.database_id);
  visit(108, "log signature", header.log_signature);
  visit(136, "last full backup", header.last_full_backup);
  visit(160, "last incremental backup", header.last_incremental_backup);
  visit(184, "current full backup", header.current_full_backup);
  visit(208, "flags", header.flags);
  visit(212, "last object id", header.last_object_id);
  visit(216, "OS major version", header.os_major);
  visit(220, "OS minor version", header.os_minor);
  visit(224, "OS build", header.os_build);
  visit(228, "OS service pack", header.os_service_pack);
  visit(header_offset::kUpdate, "format update", header.update);
  visit(header_offset::kPageSize, "page size", header.page_size);
  visit(240, "repair count", header.repair_count);
  visit(244, "repair time", header.repair_time);
  visit(280, "scrub dbtime", header.scrub_dbtime);
  visit(288, "scrub time", header.scrub_time);
  visit(296, "lowest generation required", header.generation_min_required);
  visit(300, "highest generation required", header.generation_max_required);
  visit(316, "current snapshot backup", header.current_snapshot_backup);
  visit(340, "format version at creation", header.created_version);
  visit(344, "format update at creation", header.created_update);
  visit(348, "creation of the highest generation", header.generation_max_created);
}

template <typename Header, typename Visit>
void ForEachHistoryField(Header& header, Visit&& visit) {
  visit(356, "last full backup type", header.last_full_backup_type);
  visit(360, "last incremental backup type", header.last_incremental_backup_type);
  visit(364, "repair count before defragmentation", header.repair_count_before);
  visit(368, "corrected checksums", header.corrected_checksums);
  visit(384, "uncorrectable checksums", header.uncorrectable_checksums);
  visit(400, "bad checksums", header.bad_checksums);
  visit(416, "highest generation committed", header.generation_max_committed);
  visit(420, "last copy backup", header.last_copy_backup);
  visit(444, "last differential backup", header.last_differential_backup);
  visit(468, "last copy backup type", header.last_copy_backup_type);
  visit(472, "last differential backup type", header.last_differential_backup_type);
  visit(476, "incremental reseeds", header.incremental_reseeds);
  visit(492, "page patches", header.page_patches);
  visit(508, "sort version", header.sort_version);
  visit(516, "previous scan end", header.scan_previous_end);
  visit(524, "scan start", header.scan_start);
  visit(532, "highest page scanned continuously", header.scan_highest_continuous);
  visit(536, "generation being recovered", header.generation_recovering);
  visit(540, "extend count", header.extend_count);
  visit(544, "extend time", header.extend_time);
  visit(552, "shrink count", header.shrink_count);
  visit(556, "shrink time", header.shrink_time);
  visit(564, "last attach time", header.reattach_time);
  visit(572, "last attach position", header.reattach_position);
  visit(580, "trim count", header.trim_count);
  visit(584, "header flush signature", header.header_flush_signature);
  visit(612, "flush map signature", header.flush_map_signature);
  visit(640, "lowest generation consistent", header.generation_min_consistent);
  visit(644, "format update minor", header.update_minor);
  visit(648, "engine format version", header.engine_format_version);
  visit(652, "highest page scanned", header.scan_highest);
  visit(656, "resize position", header.resize_position);
  visit(header_offset::kFileType, "file type", header.file_type);
  visit(672, "creation of the highest generation required", header.generation_max_required_created);
  visit(680, "lowest generation consistent before redo", header.generation_pre_redo_min_consistent);
  visit(684, "lowest generation required before redo", header.generation_pre_redo_min_required);
  visit(688, "revert signature", header.revert_signature);
  visit(716, "revert count", header.revert_count);
  visit(720, "reverted from", header.revert_from);
  visit(728, "reverted to", header.revert_to);
  visit(736, "reverted pages", header.revert_pages);
  visit(740, "commit position before revert", header.commit_before_revert);
}

// Calls visit(offset, name, field) for each, by offset; `header` is a DatabaseHeader, const or not.
template <typename Header, typename Visit>
void ForEachHeaderField(Header& header, Visit&& visit) {
  ForEachIdentityField(header, visit);
  ForEachHistoryField(header, visit);
}

}  // namespace contrail
