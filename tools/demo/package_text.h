// Where the demo's data comes from: the package index of the machine it runs on, as stanzas of
// "Field: value" lines (what `apt-cache dumpavail` prints).

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/status.h"

namespace contrail::tool {

struct PackageText {
  std::string text;
  std::string origin;  // "apt-cache dumpavail", or a path.
  std::string remark;  // Why it is not what one would expect; empty when it is.
};

// `source`: a saved copy; empty: this machine's index, and where apt has none the status file of
// dpkg. kFileNotFound when there is none of these, errors of files.
Result<PackageText> ReadPackageText(const std::string& source);

// One package. Views into the text.
struct Package {
  std::string_view name;
  std::string_view version;
  std::string_view architecture;
  std::string_view section;
  std::string_view priority;
  std::string_view maintainer;
  std::string_view homepage;
  std::string_view description;  // Short and, where there is one, long.
  std::string_view stanza;       // All of it.
  int64_t installed_size = -1;   // KiB; -1: not said. Likewise below.
  int64_t size = -1;
  std::string md5;     // 16 bytes or empty.
  std::string sha256;  // 32 bytes or empty.
  std::vector<std::string_view> depends;
};

// Calls `visit` for every stanza with a name, in the order of the text, until it fails.
Status ForEachPackage(std::string_view text, const std::function<Status(const Package&)>& visit);

}  // namespace contrail::tool
