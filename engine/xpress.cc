#include "engine/xpress.h"

#include <algorithm>
#include <array>

#include "storage/check.h"

namespace contrail {
namespace {

constexpr size_t kWindow = 8192;  // The longest distance: 13 bits, stored less one.
constexpr size_t kMinMatch = 3;
constexpr size_t kMaxInput = 65535;

// Lengths past the match word: 3 bits, then a nibble, a byte, a word, a double word.
constexpr uint32_t kWordLengths = 7;
constexpr uint32_t kNibbleLengths = 15;
constexpr uint32_t kByteLengths = 255;

// Takes the stream's parts in order; every read is checked, and failed() is looked at per item.
class StreamReader {
 public:
  explicit StreamReader(Bytes from) : from_(from) {}

  bool failed() const { return failed_; }

  template <typename T>
  T Take() {
    if (from_.size() - position_ < sizeof(T)) {
      failed_ = true;
      return 0;
    }
    const T value = LoadLittle<T>(from_.data() + position_);
    position_ += sizeof(T);
    return value;
  }

  // One flag per item: 1 is a match.
  bool TakeFlag() {
    if (flag_count_ == 0) {
      flags_ = Take<uint32_t>();
      flag_count_ = 32;
    }
    return (flags_ >> --flag_count_ & 1) != 0;
  }

  // The length of a match whose word has this in its low three bits.
  uint64_t TakeLength(uint32_t low_bits) {
    uint64_t length = low_bits;
    if (low_bits == kWordLengths) {
      length = TakeNibble();
      if (length == kNibbleLengths) length = kNibbleLengths + uint64_t{TakeLongLength()};
      length += kWordLengths;
    }
    return length + kMinMatch;
  }

 private:
  uint32_t TakeNibble() {
    if (nibble_position_ != 0) {
      const auto high = static_cast<uint32_t>(from_[nibble_position_] >> 4);
      nibble_position_ = 0;
      return high;
    }
    nibble_position_ = position_;  // Never 0: a flag word came before.
    return Take<uint8_t>() & 15u;
  }

  uint32_t TakeLongLength() {
    const uint32_t byte = Take<uint8_t>();
    if (byte != kByteLengths) return byte;
    uint32_t whole = Take<uint16_t>();
    if (whole == 0) whole = Take<uint32_t>();
    if (whole < kWordLengths + kNibbleLengths) {
      failed_ = true;
      return 0;
    }
    return whole - kWordLengths - kNibbleLengths;
  }

  Bytes from_;
  size_t position_ = 0;
  size_t nibble_position_ = 0;
  uint32_t flags_ = 0;
  uint32_t flag_count_ = 0;
  bool failed_ = false;
};

void CopyMatch(std::byte* to, size_t distance, size_t length) {
  const std::byte* from = to - distance;
  if (distance >= length) {
    std::memcpy(to, from, length);
  } else {
    for (size_t i = 0; i < length; ++i) to[i] = from[i];
  }
}

class StreamWriter {
 public:
  explicit StreamWriter(MutableBytes to) : to_(to) { StartFlagWord(); }

  bool failed() const { return failed_; }

  void PutLiteral(std::byte literal) {
    PutFlag(0);
    Put<uint8_t>(static_cast<uint8_t>(literal));
    EndItem();
  }

  void PutMatch(size_t distance, size_t length) {
    DCHECK(distance >= 1 && distance <= kWindow && length >= kMinMatch);
    PutFlag(1);
    const auto rest = static_cast<uint32_t>(length - kMinMatch);
    const uint32_t low_bits = std::min(rest, kWordLengths);
    Put<uint16_t>(static_cast<uint16_t>((distance - 1) << 3 | low_bits));
    if (low_bits == kWordLengths) PutNibbleLength(rest);
    EndItem();
  }

  // The length of the stream; 0 when it did not fit.
  size_t Finish() {
    flags_ = flag_count_ == 0 ? ~uint32_t{0}
                              : flags_ << (32 - flag_count_) | ((1u << (32 - flag_count_)) - 1);
    if (!failed_) StoreLittle(to_.data() + flag_position_, flags_);
    return failed_ ? 0 : position_;
  }

 private:
  template <typename T>
  void Put(T value) {
    if (to_.size() - position_ < sizeof(T)) {
      failed_ = true;
      return;
    }
    StoreLittle(to_.data() + position_, value);
    position_ += sizeof(T);
  }

  void PutFlag(uint32_t flag) {
    flags_ = flags_ << 1 | flag;
    ++flag_count_;
  }

  void EndItem() {
    if (flag_count_ < 32 || failed_) return;
    StoreLittle(to_.data() + flag_position_, flags_);
    StartFlagWord();
  }

  void StartFlagWord() {
    flag_position_ = position_;
    flag_count_ = 0;
    flags_ = 0;
    Put<uint32_t>(0);
  }

  void PutNibbleLength(uint32_t rest) {
    const uint32_t nibble = std::min(rest - kWordLengths, kNibbleLengths);
    if (nibble_position_ != 0) {
      to_[nibble_position_] |= static_cast<std::byte>(nibble << 4);
      nibble_position_ = 0;
    } else {
      nibble_position_ = position_;
      Put<uint8_t>(static_cast<uint8_t>(nibble));
      if (failed_) nibble_position_ = 0;
    }
    if (nibble < kNibbleLengths) return;
    const uint32_t past = rest - kWordLengths - kNibbleLengths;
    Put<uint8_t>(static_cast<uint8_t>(std::min(past, kByteLengths)));
    if (past >= kByteLengths) Put<uint16_t>(static_cast<uint16_t>(rest));
  }

  MutableBytes to_;
  size_t position_ = 0;
  size_t flag_position_ = 0;
  size_t nibble_position_ = 0;
  uint32_t flags_ = 0;
  uint32_t flag_count_ = 0;
  bool failed_ = false;
};

// Finds earlier occurrences of the next bytes: chains of positions with the same hash of three
// bytes.
class MatchFinder {
 public:
  explicit MatchFinder(Bytes from) : from_(from) { heads_.fill(kNone); }

  struct Match {
    size_t distance = 0;
    size_t length = 0;
  };

  Match Longest(size_t position) const {
    Match best;
    if (from_.size() - position < kMinMatch) return best;
    uint32_t candidate = heads_[HashAt(position)];
    for (int tries = 0; tries < kMaxTries && candidate != kNone; ++tries) {
      if (position - candidate > kWindow) break;
      const size_t length = CommonPrefixLength(from_.subspan(position), from_.subspan(candidate));
      if (length > best.length) best = {position - candidate, length};
      if (length >= kGoodLength) break;
      const uint32_t next = previous_[candidate % kWindow];
      if (next == kNone || next >= candidate) break;  // The slot has been used again since.
      candidate = next;
    }
    return best;
  }

  void Insert(size_t position) {
    if (from_.size() - position < kMinMatch) return;
    uint16_t& head = heads_[HashAt(position)];
    previous_[position % kWindow] = head;
    head = static_cast<uint16_t>(position);
  }

 private:
  static constexpr uint16_t kNone = 0xffff;
  static constexpr int kMaxTries = 24;
  static constexpr size_t kGoodLength = 64;
  static constexpr int kHashBits = 12;

  size_t HashAt(size_t position) const {
    const std::byte* at = from_.data() + position;
    const uint32_t three = static_cast<uint32_t>(at[0]) | static_cast<uint32_t>(at[1]) << 8 |
                           static_cast<uint32_t>(at[2]) << 16;
    return three * 2654435761u >> (32 - kHashBits);
  }

  Bytes from_;
  std::array<uint16_t, 1 << kHashBits> heads_;
  std::array<uint16_t, kWindow> previous_;
};

}  // namespace

Status XpressDecompress(Bytes from, MutableBytes to, bool allow_prefix) {
  StreamReader reader(from);
  size_t written = 0;
  while (written < to.size()) {
    if (!reader.TakeFlag()) {
      const auto literal = reader.Take<uint8_t>();
      if (reader.failed()) return Error::kDecompressionFailed;
      to[written++] = std::byte{literal};
      continue;
    }
    const uint32_t word = reader.Take<uint16_t>();
    const size_t distance = (word >> 3) + 1;
    uint64_t length = reader.TakeLength(word & kWordLengths);
    if (reader.failed() || distance > written) return Error::kDecompressionFailed;
    const size_t room = to.size() - written;
    if (length > room) {
      if (!allow_prefix) return Error::kDecompressionFailed;
      length = room;
    }
    CopyMatch(to.data() + written, distance, static_cast<size_t>(length));
    written += static_cast<size_t>(length);
  }
  return Status::Ok();
}

size_t XpressCompress(Bytes from, MutableBytes to) {
  if (from.empty() || from.size() > kMaxInput) return 0;
  StreamWriter writer(to);
  MatchFinder finder(from);
  size_t position = 0;
  while (position < from.size() && !writer.failed()) {
    const MatchFinder::Match match = finder.Longest(position);
    const size_t step = match.length >= kMinMatch ? match.length : 1;
    if (step == 1) {
      writer.PutLiteral(from[position]);
    } else {
      writer.PutMatch(match.distance, match.length);
    }
    for (size_t i = 0; i < step; ++i) finder.Insert(position + i);
    position += step;
  }
  return writer.Finish();
}

}  // namespace contrail
