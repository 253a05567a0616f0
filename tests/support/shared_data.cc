#include "tests/support/shared_data.h"
#include "tests/support/checkout.h"

#include <algorithm>
#include <cstdlib>

namespace contrail::test {
namespace {

namespace fs = std::filesystem;

constexpr char kChecker[] = "tools/edbcheck.py";
constexpr char kCorrection[] = "tests/support/edbcheck_leaf_links.py";
constexpr char kSamples[] = "data/edb";

bool IsSharedFolder(const fs::path& folder) { return fs::exists(folder / kChecker); }

}  // namespace

fs::path SharedFolder() {
  if (const char* named = std::getenv("CONTRAIL_SHARED_DIR"); named != nullptr && *named != '\0') {
    return IsSharedFolder(named) ? fs::path(named) : fs::path();
  }
  fs::path folder = fs::path(kSourceFolder).lexically_normal();
  while (folder.has_relative_path()) {
    folder = folder.parent_path();
    if (IsSharedFolder(folder / "shared")) return folder / "shared";
  }
  return {};
}

std::vector<std::string> SampleNames() {
  std::vector<std::string> names;
  const fs::path samples = SharedFolder() / kSamples;
  if (!fs::is_directory(samples)) return names;
  for (const auto& entry : fs::directory_iterator(samples)) {
    if (entry.path().extension() == ".gz") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

fs::path UnpackSample(const std::string& name, const fs::path& folder) {
  const fs::path packed = SharedFolder() / kSamples / (name + ".gz");
  const fs::path unpacked = folder / name;
  const CommandResult result = RunCommandToFile({"gzip", "-dc", packed.string()}, unpacked);
  return result.exit_status == 0 ? unpacked : fs::path();
}

CommandResult RunEdbCheck(const std::vector<std::string>& words) {
  std::vector<std::string> command = {"python3", (fs::path(kSourceFolder) / kCorrection).string(),
                                      (SharedFolder() / kChecker).string()};
  command.insert(command.end(), words.begin(), words.end());
  return RunCommand(command);
}

CommandResult RunUncorrectedEdbCheck(const std::vector<std::string>& words) {
  std::vector<std::string> command = {"python3", (SharedFolder() / kChecker).string()};
  command.insert(command.end(), words.begin(), words.end());
  return RunCommand(command);
}

}  // namespace contrail::test
