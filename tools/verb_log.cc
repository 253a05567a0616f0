// contrail log: what is in a log file.

#include <cstdio>
#include <memory>

#include "tools/file_kind.h"
#include "tools/log_text.h"
#include "tools/verb.h"

namespace contrail::tool {
namespace {

struct LogOptions {
  std::string file;
  bool records = false;
  bool json = false;
};

int RunLog(const LogOptions& options) {
  const Result<std::unique_ptr<File>> file =
      PosixFileSystem().Open(AbsolutePath(options.file), {.mode = FileMode::kReadOnly});
  if (!file.ok()) return Fail(options.file, file.status());
  const Result<FileKind> kind = KindOfFile(**file);
  if (!kind.ok()) return Fail(options.file, kind.status());
  switch (*kind) {
    case FileKind::kWindowsLog:
      return ShowWindowsLog(options.file, **file, options.json);
    case FileKind::kLog:
      return ShowLog(options.file, options.records, options.json);
    case FileKind::kCheckpoint:
    case FileKind::kWindowsCheckpoint:
    case FileKind::kDatabase:
    case FileKind::kFlushMap:
      break;
  }
  std::fprintf(stderr,
               "error: %s is no log file\n"
               "hint: `contrail header FILE` shows databases and checkpoints\n",
               options.file.c_str());
  return kCouldNotRun;
}

}  // namespace

void AddLogVerb(CLI::App& application, int* exit_status) {
  auto options = std::make_shared<LogOptions>();
  CLI::App* verb = application.add_subcommand("log", "Show what is in a log file");
  verb->footer(
      "Examples:\n"
      "  contrail log edb00012.log\n"
      "  contrail log edb.log --records\n"
      "  contrail log edb.log --records --json | grep backup\n\n"
      "The header, how many frames and records of which kind, and where and how the file ends. A "
      "log file of Windows' ESE is described as far as its header goes; it cannot be replayed "
      "here. Exit status 1 when the file is damaged; a torn end, as a crash leaves it, is not.");
  verb->add_option("FILE", options->file, "Log file")->required();
  verb->add_flag("--records", options->records, "Every record, one a line");
  verb->add_flag("--json", options->json, "Print JSON (with --records: JSON lines)");
  verb->callback([options, exit_status] { *exit_status = RunLog(*options); });
}

}  // namespace contrail::tool
