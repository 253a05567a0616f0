// Where the source tree of this build is.

#pragma once

namespace contrail::test {

extern const char* const kSourceFolder;

}  // namespace contrail::test
