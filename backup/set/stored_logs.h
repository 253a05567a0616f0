// Log files that a backup has stored whole before it died. An archived log never changes, so the
// next backup into the set takes them over instead of storing them again; databases are another
// matter: a copy of one is good only together with the log from its own backup's begin on.
//
// Beside each stored log lies a note, "edb00005.log.lz4.whole": the XXH3-128 of what follows, and
// the file's entry of the manifest. It is written when the log is synced.
//
// The caller of all of these has the set's lock.

#pragma once

#include <optional>
#include <string>

#include "backup/set/set_manifest.h"
#include "storage/file.h"

namespace contrail {

Status NoteStoredLog(FileSystem& files, const std::string& folder, const SetFile& log,
                     const std::string& log_signature);

// What is known of the stored copy of this log: same name, generation, time and stream. Its bytes
// are read and are those of the note. Nothing, and no file of it, when there is no such copy.
Result<std::optional<SetFile>> FindStoredLog(FileSystem& files, const std::string& folder,
                                             const SetFile& log, const std::string& log_signature);

// Removes everything but whole stored logs from a folder, and the folder when none is there. Ok
// when there is no such folder.
Status KeepStoredLogs(FileSystem& files, const std::string& folder);

// What backups that died have left anywhere in the set: stored logs move into `folder`, which is
// made; all else is removed. Also what an expiry has left.
Status GatherLeftovers(FileSystem& files, const std::string& set_folder, const std::string& folder);

// Removes what the manifest does not name: notes, and logs that have turned out not to be needed.
Status RemoveUnlisted(FileSystem& files, const std::string& folder, const SetManifest& manifest);

}  // namespace contrail
