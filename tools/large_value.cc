#include "tools/large_value.h"

#include <algorithm>

namespace contrail::tool {
namespace {

constexpr size_t kPieceBytes = 256 << 10;

bool IsHighSurrogate(uint16_t unit) { return (unit & 0xfc00) == 0xd800; }
bool IsLowSurrogate(uint16_t unit) { return (unit & 0xfc00) == 0xdc00; }

// Whether each surrogate of a piece, which divides no pair, has its other half.
bool PairsAreWhole(Bytes piece) {
  for (size_t at = 0; at + 1 < piece.size(); at += 2) {
    const auto unit = LoadLittle<uint16_t>(piece.data() + at);
    if (IsLowSurrogate(unit)) return false;
    if (!IsHighSurrogate(unit)) continue;
    at += 2;
    if (at + 1 >= piece.size()) return false;
    if (!IsLowSurrogate(LoadLittle<uint16_t>(piece.data() + at))) return false;
  }
  return true;
}

}  // namespace

Status LargeValue::Check(bool* is_text) const {
  *is_text = true;
  return ForEachPiece([is_text](Bytes piece) {
    *is_text = *is_text && PairsAreWhole(piece);
    return Status::Ok();
  });
}

Status LargeValue::ForEachPiece(const std::function<Status(Bytes)>& visit) const {
  std::vector<std::byte> buffer(std::min<size_t>(kPieceBytes, size_));
  uint32_t offset = 0;
  while (offset < size_) {
    const size_t wanted = std::min<size_t>(buffer.size(), size_ - offset);
    ASSIGN_OR_RETURN(const size_t got,
                     reader_.ReadLongValue(table_, id_, offset, {buffer.data(), wanted}));
    if (got != wanted) return Error::kLVCorrupted;
    size_t piece = got;
    const bool last = offset + got == size_;
    // The first half of a pair waits for the second.
    if (!last && IsHighSurrogate(LoadLittle<uint16_t>(buffer.data() + piece - 2))) piece -= 2;
    RETURN_IF_ERROR(visit(Bytes(buffer).first(piece)));
    offset += static_cast<uint32_t>(piece);
  }
  return Status::Ok();
}

}  // namespace contrail::tool
