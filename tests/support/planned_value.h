// Values of every column type for planned tables (tests/support/planned_table.h).

#pragma once

#include <esent.h>

#include <random>
#include <string>

namespace contrail::test {

// 0 for types whose values differ in size.
uint32_t SizeOfType(JET_COLTYP type);
bool IsTextType(JET_COLTYP type);  // Text, LongText.
bool IsLongType(JET_COLTYP type);  // LongBinary, LongText.

// The bytes of a number of some type; of text or binary a value that starts with it.
// Numbers that differ by less than 128 give values that differ (Bit apart).
std::string NumberedValue(JET_COLTYP type, uint32_t code_page, int32_t number);

// Text or binary of `size` bytes. With `plain` text stays within letters, digits and space, whose
// sort weights every reader knows; else it is any text of its code page. `dull` repeats itself, so
// that it can be compressed well.
std::string LongValue(JET_COLTYP type, uint32_t code_page, size_t size, bool plain, bool dull,
                      std::mt19937_64* random);

// Any value; floats are finite and not minus zero, GUIDs and dates are any bits that are valid.
std::string RandomNumber(JET_COLTYP type, std::mt19937_64* random);

}  // namespace contrail::test
