// The two moments at which a database header changes its state: attached (dirty) and detached
// (clean). Section 2.5 of the format says what a clean header looks like.

#pragma once

#include <functional>

#include "engine/instance_state.h"
#include "storage/database.h"

namespace contrail {

// The attach record is durable at attachment.position. A database that comes from another log
// stream loses its backup stamps. `change` (may be null, here and below) has the last word.
Status MarkHeaderDirty(Database& database, const Attachment& attachment,
                       const Signature& log_signature, const LogTime& generation_created,
                       const std::function<void(DatabaseHeader*)>& change = nullptr);
// All pages are flushed, and the detach record is durable at `position`.
Status MarkHeaderClean(Database& database, Lgpos position,
                       const std::function<void(DatabaseHeader*)>& change = nullptr);

}  // namespace contrail
