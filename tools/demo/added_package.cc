#include "tools/demo/added_package.h"

#include <absl/strings/str_cat.h>

namespace contrail::tool {

std::unique_ptr<AddedPackage> MakeAddedPackage(const TransactionPlan& plan) {
  auto added = std::make_unique<AddedPackage>();
  added->name = absl::StrCat("added-", plan.writer, "-", plan.number);
  absl::StrAppend(&added->stanza, "Package: ", added->name, "\nVersion: 1.0\nChangelog:\n");
  // Lengths differ, so that values are moved about; most lie outside of the record.
  const int64_t lines = 5 + plan.amount % 60;
  for (int64_t line = 0; line < lines; ++line) {
    absl::StrAppend(&added->stanza, " * entry ", line * plan.amount + plan.number, " of writer ",
                    plan.writer, "\n");
  }
  added->package.name = added->name;
  added->package.version = "1.0";
  added->package.section = plan.number % 3 == 0 ? "libs" : "misc";
  added->package.description = added->stanza;
  added->package.stanza = added->stanza;
  added->package.installed_size = plan.amount;
  added->package.depends = {"libc6", plan.number % 2 == 0 ? "bash" : "perl"};
  return added;
}

}  // namespace contrail::tool
