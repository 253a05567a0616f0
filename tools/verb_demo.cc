// contrail demo: the whole way through once, on real data. And the hidden verb of its second
// process.

#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "tools/demo/demo_run.h"
#include "tools/progress.h"
#include "tools/verb.h"

namespace contrail::tool {
namespace {

struct DemoVerbOptions {
  std::string folder;
  std::string source;
  uint32_t seconds = 12;
  uint32_t page_size = 4096;
  bool keep = false;
  bool json = false;
};

// Makes the folder, or a new one where none was asked for. Empty after an error was printed.
std::string PrepareFolder(const std::string& asked) {
  std::error_code problem;
  if (asked.empty()) {
    // Not /tmp, which may be memory: this is about disks.
    std::string name = "/var/tmp/contrail-demo-XXXXXX";
    if (mkdtemp(name.data()) != nullptr) return name;
    std::fprintf(stderr, "error: cannot make a folder in /var/tmp; give one with --dir\n");
    return {};
  }
  const std::string folder = AbsolutePath(asked);
  std::filesystem::create_directories(folder, problem);
  if (!problem && std::filesystem::is_empty(folder, problem) && !problem) return folder;
  std::fprintf(stderr,
               "error: %s is not an empty folder\nhint: the demo fills a folder of its own\n",
               folder.c_str());
  return {};
}

int RunDemo(const DemoVerbOptions& verb) {
  DemoOptions options;
  options.folder = PrepareFolder(verb.folder);
  if (options.folder.empty()) return kCouldNotRun;
  options.source = verb.source.empty() ? "" : AbsolutePath(verb.source);
  options.seconds = verb.seconds;
  options.page_size = verb.page_size;
  options.progress = verb.json ? Progress::Style::kSilent : Progress::StyleOf(stderr);
  DemoReport report;
  report.set_quiet(verb.json);
  Demo demo(options, report);
  const Status status = demo.Run();
  if (!status.ok()) {
    report.set_failure(demo.step() + ": " + DescribeError(status));
    Fail(demo.step(), status);
  }
  if (verb.json) {
    report.PrintJson();
  } else {
    report.Print();
  }
  if (verb.folder.empty() && !verb.keep) {
    std::error_code problem;
    std::filesystem::remove_all(options.folder, problem);
  } else if (!verb.json) {
    std::printf("databases, logs and backups are in %s\n", options.folder.c_str());
  }
  if (!status.ok()) return kCouldNotRun;
  return report.all_proved() ? kGood : kFoundWrong;
}

}  // namespace

void AddDemoVerb(CLI::App& application, int* exit_status) {
  auto options = std::make_shared<DemoVerbOptions>();
  CLI::App* verb = application.add_subcommand(
      "demo", "Fill, write, back up, kill, recover, destroy and restore a real database");
  verb->footer(
      "Examples:\n"
      "  contrail demo\n"
      "  contrail demo --dir /var/tmp/demo --page-size 16384\n"
      "  apt-cache dumpavail > packages.txt && contrail demo --source packages.txt --seconds 30\n\n"
      "The package index of the machine becomes a database. Two writers change it while a full and "
      "an incremental backup stream into a set; the process is killed, the database recovered, "
      "destroyed, restored from the set, and restored once more with the logs that survived. Exit "
      "status 1 when anything was not proved, 2 when it could not run to its end.");
  verb->add_option("--dir", options->folder, "Empty folder to work in; it stays");
  verb->add_option("--source", options->source, "Saved output of apt-cache dumpavail");
  verb->add_option("--seconds", options->seconds, "How long the writers write")
      ->check(CLI::Range(1, 86'400));
  verb->add_option("--page-size", options->page_size, "4096, 8192, 16384 or 32768")
      ->check(CLI::IsMember({4096, 8192, 16384, 32768}));
  verb->add_flag("--keep", options->keep, "Leave the databases and the set to be looked at");
  verb->add_flag("--json", options->json, "Print the figures and proofs as JSON");
  verb->callback([options, exit_status] { *exit_status = RunDemo(*options); });
}

void AddDemoWriterVerb(CLI::App& application, int* exit_status) {
  auto options = std::make_shared<WriterChildOptions>();
  CLI::App* verb = application.add_subcommand("demo-writer", "The demo's second process");
  verb->group("");  // Not in the help.
  verb->add_option("FOLDER", options->folder)->required();
  verb->add_option("OUTSIDE", options->outside)->required();
  verb->add_option("SET", options->set)->required();
  verb->add_option("PACKAGES", options->packages)->required();
  verb->add_option("PAGE_SIZE", options->page_size)->required();
  verb->add_option("LOG_KIBIBYTES", options->log_kibibytes)->required();
  verb->callback([options, exit_status] { *exit_status = RunWriterChild(*options); });
}

}  // namespace contrail::tool
