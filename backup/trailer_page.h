// The trailer of a streamed database: one page behind the last, which tells a restore what the copy
// needs. Source: the backup contract, section 13; docs/format/streamed_file.md.

#pragma once

#include "storage/bytes.h"
#include "storage/database_header.h"
#include "storage/status.h"

namespace contrail {

struct TrailerPage {
  BackupInfo backup;  // generation_high: the newest that a page of the copy may have come from.
  Signature database_signature;
  Signature log_signature;
  uint32_t generation_min_required = 0;
  uint32_t generation_max_required = 0;
  uint32_t generation_max_committed = 0;
  LogTime max_required_created;
  LogTime max_committed_created;
  // The pages were not all read before this was made, by the reader who got it: the copy needs all
  // that was logged until its backup had read the last of them, whatever the generations say.
  bool in_parts = false;
  friend bool operator==(const TrailerPage&, const TrailerPage&) = default;

  // Writes the whole page, with its checksum.
  void Encode(MutableBytes page) const;
  static Result<TrailerPage> Decode(Bytes page);  // kBadPatchPage
};

}  // namespace contrail
