// The command line tool `contrail`.

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>

#include "tools/standard_output.h"
#include "tools/verb.h"

namespace {

// A standard descriptor that the caller has closed would be given to the first file that is opened,
// and that file would get what is meant for the terminal, or a backup stream. What stands there
// instead can be neither written (1, 2) nor read (0), so that such output is an error.
bool OccupyStandardDescriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) != -1) continue;
    const int mode = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    // The lowest number that is free: this one.
    if (open("/dev/null", mode) != descriptor) return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace contrail::tool;  // NOLINT(google-build-using-namespace): the verbs, once each.
  if (!OccupyStandardDescriptors()) return kCouldNotRun;
  // A reader that goes away is an error of the write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App application(
      "contrail: look at, check, back up and restore ESE databases (.edb)\n\n"
      "Exit status: 0 good, 1 found something wrong, 2 could not run.");
  application.require_subcommand(1);
  int exit_status = kGood;
  AddHeaderVerb(application, &exit_status);
  AddTablesVerb(application, &exit_status);
  AddExportVerb(application, &exit_status);
  AddCheckVerb(application, &exit_status);
  AddSpaceVerb(application, &exit_status);
  AddPageVerb(application, &exit_status);
  AddLogVerb(application, &exit_status);
  AddRecoverVerb(application, &exit_status);
  AddBackupVerb(application, &exit_status);
  AddRestoreVerb(application, &exit_status);
  AddDemoVerb(application, &exit_status);
  AddDemoWriterVerb(application, &exit_status);
  try {
    application.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    const int status = application.exit(problem);
    return status == 0 ? kGood : kCouldNotRun;
  } catch (const std::exception& problem) {
    // Of the library: memory, names that it cannot work with.
    std::fprintf(stderr, "error: %s\n", problem.what());
    return kCouldNotRun;
  }
  // What was printed has arrived, or the verb has not done what it was asked for.
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    if (ReaderIsGone()) EndLikeABrokenPipe();
    std::fprintf(stderr, "error: standard output could not be written\n");
    return kCouldNotRun;
  }
  return exit_status;
}
