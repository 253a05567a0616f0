// Strings at the API's edge. Inside the engine every string is UTF-8 bytes; the W forms of the API
// speak UTF-16. A W function is written as a thin conversion around its A form:
//
//   JET_ERR JetOpenDatabaseW(..., JET_PCWSTR szFilename, JET_PCWSTR szConnect, ...) {
//     const NarrowText filename(szFilename), connect(szConnect);
//     if (!NarrowText::AllOk({&filename, &connect})) return JET_errUnicodeTranslationFail;
//     return JetOpenDatabaseA(..., filename.c_str(), connect.c_str(), ...);
//   }
//
// Windows' A forms use the process's ANSI code page. Linux has one encoding for names and paths, so
// the A forms here pass bytes through, and what converts them takes them for UTF-8.

#pragma once

#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "storage/status.h"

namespace contrail::api {

// kUnicodeTranslationFail for an unpaired surrogate, an overlong form or a byte that begins
// nothing.
Result<std::string> ToUtf8(std::u16string_view text);
Result<std::u16string> ToUtf16(std::string_view text);

// The number of units before the second of two NULs in a row, or `limit` when there is none before
// it: the length of a multi-string without its last terminator.
template <typename Char>
size_t MultiTextLength(const Char* text, size_t limit) {
  for (size_t i = 0; i + 1 < limit; ++i) {
    if (text[i] == 0 && text[i + 1] == 0) return i + 1;
  }
  return limit;
}

// A UTF-16 argument as UTF-8 for the time of a call. A null pointer stays null. Holds a small
// string without allocating.
class NarrowText {
 public:
  explicit NarrowText(const char16_t* text);
  // `size` units that may hold NULs: multi-strings, index keys.
  NarrowText(const char16_t* text, size_t size);

  bool ok() const { return ok_; }
  // Null for a null argument; otherwise ends with a NUL.
  const char* c_str() const { return null_ ? nullptr : text_.c_str(); }
  // Only for parameters that the API declares as not const and never writes to.
  char* data() { return null_ ? nullptr : text_.data(); }
  size_t size() const { return text_.size(); }

  static bool AllOk(std::initializer_list<const NarrowText*> texts);

 private:
  std::string text_;
  bool null_ = true;
  bool ok_ = true;
};

// Results. Char is char for an A form, char16_t for a W form.

// UTF-8 in the encoding of the form.
template <typename Char>
Result<std::basic_string<Char>> Encode(std::string_view text) {
  if constexpr (sizeof(Char) == 1) {
    return std::string(text);
  } else {
    return ToUtf16(text);
  }
}

// Each text with its NUL, and one NUL more at the end: "a\0b\0\0". No texts give two NULs.
template <typename Char>
Result<std::basic_string<Char>> EncodeMulti(std::span<const std::string> texts) {
  std::basic_string<Char> block;
  for (const std::string& text : texts) {
    ASSIGN_OR_RETURN(const std::basic_string<Char> encoded, Encode<Char>(text));
    block.append(encoded);
    block.push_back(0);
  }
  if (texts.empty()) block.push_back(0);
  block.push_back(0);
  return block;
}

// Copies as much of `text` and a NUL as fits into `size` bytes at `out`; the NUL is always there
// when size holds one. False when the text was cut. A null `out` or no room takes nothing and is a
// cut.
template <typename Char>
bool CopyText(std::basic_string_view<Char> text, Char* out, size_t size) {
  const size_t room = size / sizeof(Char);
  if (out == nullptr || room == 0) return false;
  const size_t count = text.size() < room ? text.size() : room - 1;
  std::memcpy(out, text.data(), count * sizeof(Char));
  out[count] = 0;
  return count == text.size();
}

}  // namespace contrail::api
