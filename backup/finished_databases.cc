#include "backup/finished_databases.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include <algorithm>

#include "storage/file_path.h"
#include "storage/file_steps.h"

namespace contrail {
namespace {

constexpr uint64_t kLongest = 1 << 20;

std::string LineOf(const DatabaseHeader& header) {
  // Another attachment would have another position; a repeated restore leaves it alone.
  return absl::StrCat(header.signature.ToText(), " attached at ",
                      absl::Hex(header.attach_position.Packed(), absl::kZeroPad16), " ",
                      header.attach_time.ToText());
}

}  // namespace

Result<FinishedDatabases> FinishedDatabases::Read(FileSystem& files, const std::string& path) {
  FinishedDatabases finished;
  ASSIGN_OR_RETURN(const bool exists, files.Exists(path));
  if (!exists) return finished;
  ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                   files.Open(path, {.mode = FileMode::kReadOnly}));
  ASSIGN_OR_RETURN(const uint64_t size, file->Size());
  if (size > kLongest) return finished;
  std::string text(size, 0);
  RETURN_IF_ERROR(file->Read(0, {reinterpret_cast<std::byte*>(text.data()), text.size()}));
  finished.lines_ = absl::StrSplit(text, '\n', absl::SkipEmpty());
  return finished;
}

Status FinishedDatabases::Remove(FileSystem& files, const std::string& path) {
  const Status removed = files.Remove(path);
  if (removed.Is(Error::kFileNotFound)) return Status::Ok();
  RETURN_IF_ERROR(removed);
  return files.SyncDirectory(FolderOf(path));
}

Status FinishedDatabases::Add(FileSystem& files, const std::string& database) {
  ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                   files.Open(database, {.mode = FileMode::kReadOnly}));
  ASSIGN_OR_RETURN(const DatabaseHeader header, ReadHeader(*file, DiscardEvents()));
  lines_.push_back(LineOf(header));
  return Status::Ok();
}

Status FinishedDatabases::Write(FileSystem& files, const std::string& path) const {
  return ReplaceFile(files, path, AsBytes(absl::StrJoin(lines_, "\n") + "\n"));
}

bool FinishedDatabases::Has(const DatabaseHeader& header) const {
  return std::find(lines_.begin(), lines_.end(), LineOf(header)) != lines_.end();
}

}  // namespace contrail
