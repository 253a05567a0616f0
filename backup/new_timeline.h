// NewTimeline: the log stream that begins where a restore to a point has ended, as a note in its
// folder describes it while the restore is under way.
//
// Behind the point the old stream's logs tell another history. The new stream has a signature of
// its own, so that none of them can ever be taken for one of its logs, and generation numbers above
// theirs. The note makes the restore repeatable: what an earlier try has logged is replayed by the
// next one, and is recognised as that of the same restore. docs/restore.md.

#pragma once

#include <optional>
#include <string>

#include "engine/instance.h"

namespace contrail {

struct NewTimeline {
  Signature old_signature;
  Lgpos stop_at;
  NewLogStream stream;

  static std::string NotePath(const std::string& folder, const std::string& base_name) {
    return folder + base_name + ".timeline";
  }

  // The new stream's signature in the note, if there is one: copies that an earlier try has begun
  // to replay say in their headers that they belong to it.
  static Result<std::optional<Signature>> NotedSignature(FileSystem& files,
                                                         const std::string& folder,
                                                         const std::string& base_name);
  // Looks into the folder of the new stream, whose lock the caller has: what an earlier try of the
  // same restore has left is taken up, an empty folder gets a new signature. With an event:
  // kBackupDirectoryNotEmpty (logs of any other kind are there).
  static Result<NewTimeline> Find(FileSystem& files, EventSink& events, const std::string& folder,
                                  const std::string& base_name, const Signature& old_signature,
                                  Lgpos stop_at, uint32_t first_generation);
  // The note, durable, before the stream begins.
  Status Write(FileSystem& files, const std::string& folder, const std::string& base_name) const;
  // The restore is complete. Ok when there is none.
  static Status Remove(FileSystem& files, const std::string& folder, const std::string& base_name);
};

}  // namespace contrail
