// Backups into a stream (docs/format/set_stream.md): no file is made anywhere.

#pragma once

#include "backup/set/backup_request.h"
#include "backup/set/byte_stream.h"
#include "engine/instance.h"

namespace contrail {

// Backs up a running instance. Errors of BackupSession, of files and of the sink, after any of
// which the stream has no end and nothing in the instance has changed. Whether its receiver has
// kept the stream nobody knows here: a full or incremental backup deletes logs when the sink has
// taken the last byte, a copy or a differential one never does.
Result<SetBackupResult> BackUpToStream(Instance& instance, const SetBackupRequest& request,
                                       ByteSink& sink);

}  // namespace contrail
