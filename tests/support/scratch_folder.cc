#include "tests/support/scratch_folder.h"

#include <stdlib.h>

#include <string>
#include <system_error>

#include "storage/check.h"

namespace contrail::test {

ScratchFolder::ScratchFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "contrail-test-XXXXXX").string();
  CHECK(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;  // What cannot be removed is left to the system's own cleaning.
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace contrail::test
