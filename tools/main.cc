// The command line tool `contrail`.

#include <cstdio>

#include "tools/verb.h"

int main(int argc, char** argv) {
  using namespace contrail::tool;  // NOLINT(google-build-using-namespace): the verbs, once each.
  CLI::App application(
      "contrail: look at, check, back up and restore ESE databases (.edb)\n\n"
      "Exit status: 0 good, 1 found something wrong, 2 could not run.");
  application.require_subcommand(1);
  int exit_status = kGood;
  AddHeaderVerb(application, &exit_status);
  AddTablesVerb(application, &exit_status);
  AddExportVerb(application, &exit_status);
  AddCheckVerb(application, &exit_status);
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
  }
  return exit_status;
}
