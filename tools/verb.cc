#include "tools/verb.h"

#include <absl/strings/str_format.h>
#include <esent.h>

#include <cstdio>
#include <filesystem>

#include "engine/api/error_table.h"
#include "tools/file_use.h"

namespace contrail::tool {

void TerminalEvents::Report(const Event& event) {
  if (event.severity == Severity::kInformation && !verbose_) return;
  std::string line = event.severity == Severity::kError     ? "error: "
                     : event.severity == Severity::kWarning ? "warning: "
                                                            : "";
  line += event.text;
  std::string place = event.file;
  if (event.offset >= 0) place += " at byte " + std::to_string(event.offset);
  if (!event.expected.empty() || !event.found.empty()) {
    place +=
        (place.empty() ? "" : ": ") + ("expected " + event.expected + ", found " + event.found);
  }
  if (!place.empty()) line += " (" + place + ")";
  std::fprintf(stderr, "%s\n", Printable(line).c_str());
}

std::string DescribeError(Status status) {
  const api::ErrorFacts* facts = api::FindError(status.number());
  const std::string number = "(" + std::to_string(status.number()) + ")";
  return facts == nullptr ? "error " + number
                          : std::string(facts->name) + " " + number + ": " + facts->text;
}

int Fail(const std::string& what, Status status) {
  std::fprintf(stderr, "error: %s: %s\n", Printable(what).c_str(), DescribeError(status).c_str());
  switch (status.error()) {
    case Error::kDatabaseDirtyShutdown:
      if (IsInUse(what)) {
        std::fprintf(stderr, "hint: %s\n", kInUseAdvice);
        break;
      }
      std::fprintf(stderr,
                   "hint: replay its logs with `contrail recover DIR`, or look at it as it is with "
                   "--allow-dirty\n");
      break;
    case Error::kFileAccessDenied:
      std::fprintf(stderr, "hint: is the file open in another program, or not yours to use?\n");
      break;
    case Error::kSoftRecoveryOnBackupDatabase:
      std::fprintf(stderr, "hint: this is a streamed backup; use `contrail restore`\n");
      break;
    default:
      break;
  }
  return kCouldNotRun;
}

std::string Printable(std::string_view text) {
  std::string shown;
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    if (code < 0x20 || code == 0x7f) {
      shown += absl::StrFormat("\\x%02x", code);
    } else {
      shown.push_back(letter);
    }
  }
  return shown;
}

std::string JsonText(const nlohmann::ordered_json& document) {
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void WarnIfDirty(const std::string& file, DatabaseState state) {
  if (state == DatabaseState::kClean) return;
  if (IsInUse(file)) {
    std::fprintf(stderr,
                 "warning: %s is open in a running program: its pages may be of different moments, "
                 "so rows may be missing, stale or contradict each other\n"
                 "hint: wait until that program has closed it\n",
                 file.c_str());
    return;
  }
  std::fprintf(stderr,
               "warning: %s was not shut down cleanly (state %u): its pages may be of different "
               "moments, so rows may be missing, stale or contradict each other\n"
               "hint: to make it whole, replay its logs with the program that wrote them "
               "(`contrail recover DIR` for Contrail's own)\n",
               file.c_str(), static_cast<unsigned>(state));
}

bool TellUnlessWhole(const std::string& file, const Database& database) {
  if (database.is_whole()) return true;
  std::fprintf(stderr,
               "error: %s is not whole: rows may be missing\n"
               "hint: what is missing is in a backup only; `contrail restore` brings it back\n",
               file.c_str());
  return false;
}

std::string AbsolutePath(const std::string& path) {
  if (path.empty()) throw CLI::ValidationError("the name of a file or folder is empty");
  return std::filesystem::absolute(path).lexically_normal().string();
}

}  // namespace contrail::tool
