#include "log/log_files.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include <algorithm>

#include "log/log_event.h"
#include "log/log_format.h"
#include "storage/aligned_buffer.h"
#include "storage/check.h"

namespace contrail {
namespace {

constexpr char kExtension[] = ".log";
// From here on names have eight digits.
constexpr uint32_t kFirstLongGeneration = 0x100000;

bool HasName(const std::vector<std::string>& names, const std::string& name) {
  return std::binary_search(names.begin(), names.end(), name);
}

// The switch to a new generation renames two files. Between the two the new generation is whole,
// but still has the name of the prepared file.
Result<bool> FindRenamedHalfWay(FileSystem& files, const std::string& path, LogListing* listing) {
  CHECK(!listing->archived.empty());
  // Its header may rightly be zero or torn, so nothing is reported.
  Result<LogFileHeader> header = ReadLogFileHeader(files, DiscardEvents(), path);
  if (!header.ok()) return false;
  if (header->generation != listing->archived.back().generation + 1) return false;
  listing->has_current = true;
  listing->current = {header->generation, path};
  return true;
}

}  // namespace

std::string PathIn(const std::string& directory, const std::string& name) {
  return directory.ends_with('/') ? directory + name : directory + "/" + name;
}

std::string LogFileName(const std::string& base, uint32_t generation) {
  DCHECK(generation >= 1 && generation <= kMaxGeneration);
  return generation < kFirstLongGeneration ? absl::StrFormat("%s%05X.log", base, generation)
                                           : absl::StrFormat("%s%08X.log", base, generation);
}

std::string CurrentLogFileName(const std::string& base) { return base + kExtension; }

std::string PreparedLogFileName(const std::string& base) { return base + "tmp" + kExtension; }

uint32_t GenerationOfFileName(const std::string& base, const std::string& name) {
  constexpr size_t kExtensionBytes = sizeof kExtension - 1;
  if (name.size() < base.size() + 5 + kExtensionBytes) return 0;
  if (name.compare(0, base.size(), base) != 0) return 0;
  const std::string digits = name.substr(base.size(), name.size() - base.size() - kExtensionBytes);
  if (digits.size() != 5 && digits.size() != 8) return 0;
  if (absl::AsciiStrToLower(name.substr(name.size() - kExtensionBytes)) != kExtension) return 0;
  uint32_t generation = 0;
  for (const char digit : digits) {
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(digit))) return 0;
    const char lower = absl::ascii_tolower(static_cast<unsigned char>(digit));
    const int value = lower >= 'a' ? lower - 'a' + 10 : lower - '0';
    generation = generation << 4 | static_cast<uint32_t>(value);
  }
  // The short form of a long number, or the other way round, is somebody else's file.
  if ((digits.size() == 8) != (generation >= kFirstLongGeneration)) return 0;
  return generation <= kMaxGeneration ? generation : 0;
}

Result<LogFileHeader> ReadLogFileHeader(FileSystem& files, EventSink& events,
                                        const std::string& path) {
  Result<std::unique_ptr<File>> file = files.Open(path, {.mode = FileMode::kReadOnly});
  if (!file.ok()) {
    return ReportLogError(events, kEventLogOpenFailed, file.status().error(),
                          "The log file cannot be opened.", path, -1, "a file that can be opened",
                          file.status().Is(Error::kFileNotFound) ? "no file of that name"
                          : file.status().Is(Error::kInvalidPath)
                              ? "a folder, or something else that is no file"
                              : absl::StrCat("error ", file.status().number()));
  }
  Result<uint64_t> size = (*file)->Size();
  if (!size.ok()) return size.status();
  AlignedBuffer buffer(std::max<size_t>(std::min<uint64_t>(*size, kMaxLogHeaderBytes), 1));
  const size_t readable = std::min<uint64_t>(*size, kMaxLogHeaderBytes);
  const Status read = (*file)->Read(0, buffer.span().first(readable));
  if (!read.ok()) {
    return ReportLogError(events, kEventLogHeaderUnreadable, read.error(),
                          "The header of the log file cannot be read.", path, 0);
  }
  return DecodeLogFileHeaderOrReport(events, path, buffer.span().first(readable));
}

Result<LogListing> ListLogFiles(FileSystem& files, EventSink& events, const std::string& directory,
                                const std::string& base) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(directory));
  DCHECK(std::is_sorted(names.begin(), names.end()));
  LogListing listing;
  for (const std::string& name : names) {
    if (const uint32_t generation = GenerationOfFileName(base, name); generation != 0) {
      listing.archived.push_back({generation, PathIn(directory, name)});
    }
  }
  std::sort(listing.archived.begin(), listing.archived.end(),
            [](const LogFileInfo& a, const LogFileInfo& b) { return a.generation < b.generation; });
  if (HasName(names, CurrentLogFileName(base))) {
    const std::string path = PathIn(directory, CurrentLogFileName(base));
    ASSIGN_OR_RETURN(const LogFileHeader header, ReadLogFileHeader(files, events, path));
    listing.has_current = true;
    listing.current = {header.generation, path};
  } else if (!listing.archived.empty() && HasName(names, PreparedLogFileName(base))) {
    const std::string path = PathIn(directory, PreparedLogFileName(base));
    RETURN_IF_ERROR(FindRenamedHalfWay(files, path, &listing).status());
  }
  return listing;
}

}  // namespace contrail
