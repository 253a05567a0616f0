// Values of columns as text: for JSON lines (the form of the project's independent checker) and
// CSV.

#pragma once

#include <string>

#include "engine/schema.h"
#include "storage/bytes.h"
#include "storage/status.h"

namespace contrail::tool {

// Appends one value as JSON: integers and finite floating-point numbers as numbers (the shortest
// that read back the same), "nan" and "inf" as strings, Bit as true or false, text as a string with
// everything outside ASCII escaped, binary as hexadecimal digits, a GUID in its usual form.
void AppendJsonValue(const ColumnSchema& column, Bytes value, std::string* out);
// Appends a JSON string.
void AppendJsonString(std::u16string_view text, std::string* out);
// Appends the same value without JSON's quotes, in UTF-8, for CSV fields.
void AppendPlainValue(const ColumnSchema& column, Bytes value, std::string* out);
// A part of a text or a binary value without quotes; parts one after the other are the value. Of
// Unicode text a part has an even size and divides no surrogate pair; for plain text it must be
// well-formed.
void AppendJsonPart(const ColumnSchema& column, Bytes part, std::string* out);
void AppendPlainPart(const ColumnSchema& column, Bytes part, std::string* out);
void AppendHex(Bytes value, std::string* out);
// A character in code page 1252; kUnicodeTranslationFail where it has none.
Result<std::byte> ToLatin(char16_t unit);
// A name from the catalog (code page 1252) as UTF-16.
std::u16string NameToUtf16(std::string_view name);

}  // namespace contrail::tool
