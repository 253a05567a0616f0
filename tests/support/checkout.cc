#include "tests/support/checkout.h"

namespace contrail::test {

const char* const kSourceFolder = CONTRAIL_SOURCE_DIR;

}  // namespace contrail::test
