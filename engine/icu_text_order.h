// Keys by ICU's collation: the order of any text in any language. An index records it by a sort ID
// of its own and the versions of the collator and of ICU, so that Windows, and an engine with
// another ICU, see that its keys are not theirs.

#pragma once

#include "engine/text_order.h"

namespace contrail {

// The sort ID of every index in ICU's order: c04711a1-e5e0-4c6f-9a57-1c0de0a11e01.
extern const SortId kIcuSortId;

// The order of a locale by its Windows name ("de-DE", "de-DE_phoneb"; empty: no language) under
// map_flag bits, and the sort version to record. kInvalidLanguageId, kInvalidLCMapStringFlags.
Result<std::shared_ptr<const TextOrder>> MakeIcuTextOrder(std::u16string_view locale_name,
                                                          uint32_t flags, uint64_t* sort_version);

}  // namespace contrail
