// What the verbs of the command line share: how they are registered, how they end, how they report.
//
// A verb is one file, tools/verb_<name>.cc, with one function that adds it to the application.
// Every verb has --json and examples in its help. Exit status: 0 good, 1 found something wrong, 2
// could not run.

#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "storage/database.h"
#include "storage/event.h"
#include "storage/status.h"

namespace contrail::tool {

inline constexpr int kGood = 0;
inline constexpr int kFoundWrong = 1;
inline constexpr int kCouldNotRun = 2;

// Prints events to standard error as one line each: "warning: text (file, offset 4096: expected
// ..., found ...)". Informational ones only when verbose.
class TerminalEvents final : public EventSink {
 public:
  explicit TerminalEvents(bool verbose) : verbose_(verbose) {}
  void Report(const Event& event) override;

 private:
  bool verbose_;
};

// "JET_errFileNotFound (-1811): File not found", from the API's own table.
std::string DescribeError(Status status);
// Prints "error: <what>: <description>" and, for well-known mistakes, a line "hint: ...". Returns
// kCouldNotRun.
int Fail(const std::string& what, Status status);

// Text out of a file, or a file's name, so that nothing in it speaks to the terminal: control bytes
// as \x1b.
std::string Printable(std::string_view text);

// A document as text to be printed. Bytes of a file's name that are no UTF-8 become U+FFFD: JSON
// cannot hold them.
std::string JsonText(const nlohmann::ordered_json& document);
// A warning on standard error, with what to do, unless the database is clean.
void WarnIfDirty(const std::string& file, DatabaseState state);

// False, after telling so on standard error, when the file is not all there (Database::is_whole).
bool TellUnlessWhole(const std::string& file, const Database& database);

// The absolute form of a path given by a user. An empty one ends the verb as a wrong option does.
std::string AbsolutePath(const std::string& path);

// Each adds one verb; the verb's callback stores the exit status.
void AddHeaderVerb(CLI::App& application, int* exit_status);
void AddLogVerb(CLI::App& application, int* exit_status);
void AddPageVerb(CLI::App& application, int* exit_status);
void AddSpaceVerb(CLI::App& application, int* exit_status);
void AddTablesVerb(CLI::App& application, int* exit_status);
void AddExportVerb(CLI::App& application, int* exit_status);
void AddCheckVerb(CLI::App& application, int* exit_status);
void AddRecoverVerb(CLI::App& application, int* exit_status);
void AddBackupVerb(CLI::App& application, int* exit_status);
void AddRestoreVerb(CLI::App& application, int* exit_status);
void AddDemoVerb(CLI::App& application, int* exit_status);
// The second process of the demo; not shown in the help.
void AddDemoWriterVerb(CLI::App& application, int* exit_status);

}  // namespace contrail::tool
