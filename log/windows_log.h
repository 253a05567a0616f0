// The header of a log file of Windows' ESE: enough to say whose it is. Such a log is recognised,
// described and refused, never replayed. Layout: docs/format/log.md, "Log files of Windows".

#pragma once

#include <string>
#include <vector>

#include "log/log_files.h"

namespace contrail {

inline constexpr size_t kWindowsLogHeaderBytes = 4096;

// A database that was attached when the generation began.
struct WindowsAttachment {
  uint8_t database_id = 0;
  std::string path;  // UTF-8.
  DbTime dbtime = 0;
  ObjectId last_object_id = 0;
  Lgpos attach_position;
  Lgpos consistent_position;
  Signature signature;
};

struct WindowsLogHeader {
  uint32_t stored_checksum = 0;
  uint32_t computed_checksum = 0;
  uint32_t generation = 0;
  uint32_t sector_bytes = 0;
  uint32_t header_sectors = 0;
  uint32_t file_sectors = 0;
  uint32_t page_size = 0;
  LogTime created;
  LogTime previous_created;
  uint32_t major = 0;
  uint32_t minor = 0;
  uint32_t update_major = 0;
  uint32_t update_minor = 0;
  Signature signature;      // Of the log stream.
  std::string system_path;  // As the header has them: 8-bit text for people.
  std::string log_path;
  bool circular = false;  // Circular logging when the file was made.
  bool circular_before = false;
  bool reserved = false;  // Made out of a reserve file, on a full disk.
  Lgpos checkpoint;       // When the file was made. Its block counts sectors.
  uint64_t previous_segments_checksum = 0;
  uint32_t engine_version = 0;
  uint32_t file_type = 0;
  std::vector<WindowsAttachment> attachments;

  bool is_whole() const { return stored_checksum == computed_checksum; }
  // "8.4000.4.3"
  std::string VersionText() const;
  // What the sector size is called in the file: since version 8 a sector is a segment of 4 KiB.
  uint64_t file_bytes() const { return uint64_t{sector_bytes} * file_sectors; }
};

// False unless `bytes` begin like a Windows log; with fewer bytes than the header has, too.
bool DecodeWindowsLogHeader(Bytes bytes, WindowsLogHeader* header);

}  // namespace contrail
