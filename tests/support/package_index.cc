#include "tests/support/package_index.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

namespace contrail::test {

std::string MakePackageIndex(int packages) {
  constexpr const char* kSections[] = {"libs", "games", "misc", "doc"};
  std::string text;
  for (int i = 1; i <= packages; ++i) {
    absl::StrAppend(&text, "Package: package-", i, "\nVersion: 1.", i % 7,
                    "\nArchitecture: amd64\nSection: ", kSections[i % 4],
                    "\nInstalled-Size: ", i * 37 % 5000, "\nSize: ", i * 1001, "\n");
    if (i % 3 != 0) absl::StrAppend(&text, "Homepage: https://example.org/", i, "\n");
    if (i > 1) absl::StrAppend(&text, "Depends: package-", i - 1);
    for (int k = 2; k < i % 40; ++k) absl::StrAppend(&text, ", package-", i / k + 1, " (>= 1.0)");
    if (i > 1) absl::StrAppend(&text, "\n");
    absl::StrAppendFormat(&text, "MD5sum: %032x\nSHA256: %064x\n", i, i * 31);
    absl::StrAppend(&text, "Description: package number ", i, "\n");
    for (int line = 0; line < i % 60; ++line) {
      absl::StrAppend(&text, " Line ", line, " of the long description of package ", i, "\n");
    }
    absl::StrAppend(&text, "\n");
  }
  return text;
}

}  // namespace contrail::test
