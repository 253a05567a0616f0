// SortOrder: one of Windows' sort orders: the weights of UTF-16 units, and which units weigh
// together. Either the few weights that are built in, or a view into a table file (sort_tables.h),
// which must outlive it. Immutable; any thread may use it.

#pragma once

#include <array>
#include <optional>
#include <vector>

#include "engine/sort_weights.h"
#include "storage/bytes.h"

namespace contrail {

// UTF-16LE text at any address. An odd last byte does not count.
class Utf16Text {
 public:
  explicit Utf16Text(Bytes bytes) : bytes_(bytes.first(bytes.size() & ~size_t{1})) {}
  size_t size() const { return bytes_.size() / 2; }
  char16_t operator[](size_t i) const { return LoadLittle<char16_t>(bytes_.data() + 2 * i); }
  Utf16Text From(size_t i) const { return Utf16Text(bytes_.subspan(2 * i)); }

 private:
  Bytes bytes_;
};

// Sequences of units that weigh as one: "ch" where it is a letter.
class Contractions {
 public:
  static constexpr size_t kLongest = 8;
  // Tables of sequences of 2, 3, ... 8 units, each in rising order.
  struct Tables {
    char16_t lowest = 0;  // Units outside of this range are in no sequence.
    char16_t highest = 0;
    std::array<Bytes, kLongest - 1> of_length;
  };
  // Bytes of a sequence in its table: units, padded to an even number, and the weights.
  static constexpr size_t EntrySize(size_t length) { return 2 * (length + (length & 1)) + 4; }

  explicit Contractions(const Tables& tables) : tables_(tables) {}
  // The longest sequence, of at most `most` units, that `text` begins with; 0 when there is none.
  size_t Find(const Utf16Text& text, size_t most, SortWeights* weights) const;

 private:
  bool FindOfLength(const Utf16Text& text, size_t length, SortWeights* weights) const;

  Tables tables_;
};

class SortOrder {
 public:
  struct Parts {
    Bytes units;              // Four bytes a unit; empty: the built-in weights.
    uint32_t exceptions = 0;  // Where in `units` the order's own pages are listed; 0: it has none.
    Bytes expansions;         // Four bytes, two units, each.
    std::optional<Contractions> contractions;
    bool ideographs_have_3_bytes = false;
    bool diacritics_are_reversed = false;
  };

  // NUL and ASCII of the orders that change nothing about them, and what else samples confirm.
  static SortOrder BuiltIn() { return SortOrder(Parts{}); }
  explicit SortOrder(Parts parts) : parts_(std::move(parts)) {}

  // False when the weights of the unit are not known.
  bool FindUnit(char16_t unit, SortWeights* weights) const;
  // False: the table has no such expansion.
  bool FindExpansion(size_t index, std::array<char16_t, 2>* units) const;
  size_t FindContraction(const Utf16Text& text, size_t most, SortWeights* weights) const {
    return parts_.contractions ? parts_.contractions->Find(text, most, weights) : 0;
  }
  bool ideographs_have_3_bytes() const { return parts_.ideographs_have_3_bytes; }
  bool diacritics_are_reversed() const { return parts_.diacritics_are_reversed; }
  bool is_built_in() const { return parts_.units.empty(); }

 private:
  Parts parts_;
};

}  // namespace contrail
