// A folder of a test's own below the system's temporary folder, removed with everything in it when
// the object goes. Not shared between threads without the caller's care.

#pragma once

#include <filesystem>

namespace contrail::test {

class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace contrail::test
