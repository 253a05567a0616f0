// The files of a log stream: names, headers, listing. docs/format/log.md.
//
//   <base>.log            the current generation
//   <base>00001.log ...   archived generations: 5 hexadecimal digits, 8 from 0x100000 on
//   <base>tmp.log         the next generation, preallocated and zero-filled
//   <base>.chk            the checkpoint (log/checkpoint.h)
//
// A file of Windows' ESE is recognised by its header and refused (kBadLogVersion, event naming it).

#pragma once

#include <string>
#include <vector>

#include "storage/database_header.h"
#include "storage/event.h"
#include "storage/file.h"
#include "storage/lgpos.h"

namespace contrail {

struct LogFileHeader {
  uint32_t generation = 0;
  uint32_t file_bytes = 0;  // Size of the whole file; the same for all generations of a stream.
  Signature signature;      // Of the log stream.
  LogTime created;
  LogTime previous_created;      // `created` of the generation before; zero for the first.
  uint64_t chain_seed = 0;       // Hash of the last frame of the generation before.
  uint32_t page_size = 0;        // Of the instance's databases.
  std::vector<std::byte> state;  // The engine's: databases attached when the generation began.
};

// The path of a name in a directory, which may be given with or without a slash at its end.
std::string PathIn(const std::string& directory, const std::string& name);
std::string LogFileName(const std::string& base, uint32_t generation);  // "edb0000A.log"
std::string CurrentLogFileName(const std::string& base);                // "edb.log"
std::string PreparedLogFileName(const std::string& base);               // "edbtmp.log"
// The generation an archived file's name stands for; 0 when it is not one of this base name.
uint32_t GenerationOfFileName(const std::string& base, const std::string& name);

// Errors: kFileNotFound, kLogFileCorrupt / kLogReadVerifyFailure (header damaged), kBadLogVersion
// (another format: Windows', newer), each with an event.
Result<LogFileHeader> ReadLogFileHeader(FileSystem&, EventSink&, const std::string& path);

struct LogFileInfo {
  uint32_t generation = 0;
  std::string path;
};
// Archived generations in rising order, then the current one (its generation read from its header)
// if there is one. Gaps are the caller's to judge. After a crash in the middle of the switch to a
// new generation the current one still has the prepared file's name; LogWriter::Resume puts that
// right.
struct LogListing {
  std::vector<LogFileInfo> archived;
  bool has_current = false;
  LogFileInfo current;
};
Result<LogListing> ListLogFiles(FileSystem&, EventSink&, const std::string& directory,
                                const std::string& base);

}  // namespace contrail
