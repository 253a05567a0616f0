#include "storage/open_failure.h"

#include <absl/strings/str_cat.h>

#include "storage/event_id.h"

namespace contrail {
namespace {

bool IsNew(FileMode mode) {
  return mode == FileMode::kCreateNew || mode == FileMode::kCreateOrTruncate;
}

bool CanOpen(FileSystem& files, const std::string& path, FileMode mode) {
  return files.Open(path, {.mode = mode}).ok();
}

// What keeps a file that is there from being opened.
std::string WhatDenies(FileSystem& files, const std::string& path, FileMode mode) {
  const FileMode again = IsNew(mode) ? FileMode::kReadWrite : mode;
  if (CanOpen(files, path, again)) {
    return "the file is in use by another instance or another process";
  }
  return CanOpen(files, path, FileMode::kReadOnly) ? "the file may only be read"
                                                   : "the rights to open the file are missing";
}

std::string WhatIsThere(FileSystem& files, const std::string& path, FileMode mode, Status why) {
  const Result<bool> exists = files.Exists(path);
  const bool there = exists.ok() && *exists;
  switch (why.error()) {
    case Error::kFileNotFound:
      return "no file of that name";
    case Error::kInvalidPath:
      return there ? "a folder, or something else that is no file"
                   : "no such folder, or a path that cannot be followed";
    case Error::kFileAlreadyExists:
      return "something of that name";
    case Error::kFileAccessDenied:
      return WhatDenies(files, path, mode);
    case Error::kDiskFull:
      return "no space left on the disk";
    default:
      return absl::StrCat("the system refused with error ", why.number());
  }
}

}  // namespace

Status ReportOpenFailure(FileSystem& files, EventSink& events, const std::string& path,
                         FileMode mode, Status why) {
  const Status answer = why.Is(Error::kInvalidPath)         ? Error::kDatabaseInvalidPath
                        : why.Is(Error::kFileAlreadyExists) ? Error::kDatabaseDuplicate
                                                            : why.error();
  events.Report(
      {.id = mode == FileMode::kReadOnly ? event_id::kOpenToReadError : event_id::kOpenToWriteError,
       .severity = Severity::kError,
       .text = IsNew(mode) ? "The database cannot be created." : "The database cannot be opened.",
       .file = path,
       .expected = IsNew(mode) ? "a place for a new file"
                   : mode == FileMode::kReadOnly
                       ? "a file that can be opened for reading"
                       : "a file that can be opened for writing, by nobody else",
       .found = WhatIsThere(files, path, mode, why),
       .error = answer.number()});
  return answer;
}

}  // namespace contrail
