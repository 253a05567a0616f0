// A package index as the demo reads it, made up: the same for the same number.

#pragma once

#include <string>

namespace contrail::test {

std::string MakePackageIndex(int packages);

}  // namespace contrail::test
