// Any text as a manifest or a file's entry: what is accepted means the same when it is written out
// and read again, and its names lead nowhere else.

#include <cstdlib>
#include <string>

#include "backup/set/set_manifest.h"

namespace {

using namespace contrail;

void CheckName(const std::string& name) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos ||
      name.find('\0') != std::string::npos) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const Result<SetFile> file = SetFile::FromJson(text); file.ok()) CheckName(file->name);
  const Result<SetManifest> manifest = SetManifest::FromJson(text);
  if (!manifest.ok()) return 0;
  for (const SetFile& file : manifest->files) {
    CheckName(file.name);
    if (!file.stored_name.empty()) CheckName(file.stored_name);
  }
  const Result<SetManifest> again = SetManifest::FromJson(manifest->ToJson());
  if (!again.ok() || again->files != manifest->files || again->contents != manifest->contents ||
      again->kind != manifest->kind || again->previous_number != manifest->previous_number) {
    std::abort();
  }
  return 0;
}
