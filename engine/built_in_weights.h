// The weights that need no table file: NUL and ASCII, as Microsoft publishes them for the sort
// orders of Windows 10 (NLS versions 6020D to 6020F), and the two halves of U+1F98A, which a
// database written by Windows shows.

#pragma once

#include "engine/sort_weights.h"

namespace contrail {

// False when the unit is none of them.
bool FindBuiltInWeights(char16_t unit, SortWeights* weights);

}  // namespace contrail
