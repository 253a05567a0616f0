// Encoding of small records: integers little endian, strings with a 32-bit length in front.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/bytes.h"

namespace contrail {

class ByteWriter {
 public:
  template <typename T>
    requires std::is_integral_v<T>
  void Integer(T value) {
    const size_t at = bytes_.size();
    bytes_.resize(at + sizeof value);
    StoreLittle(bytes_.data() + at, value);
  }
  void Raw(Bytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void Text(std::string_view text) {
    Integer(static_cast<uint32_t>(text.size()));
    Raw(AsBytes(text));
  }
  std::vector<std::byte> Take() { return std::move(bytes_); }
  Bytes bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

// Reading past the end gives zeros and makes failed() true.
class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : rest_(bytes) {}

  template <typename T>
    requires std::is_integral_v<T>
  T Integer() {
    const Bytes bytes = Raw(sizeof(T));
    return bytes.size() == sizeof(T) ? LoadLittle<T>(bytes.data()) : T{};
  }
  Bytes Raw(size_t size) {
    if (size > rest_.size()) {
      failed_ = true;
      rest_ = {};
      return {};
    }
    const Bytes taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  std::string Text() { return std::string(AsText(Raw(Integer<uint32_t>()))); }
  bool failed() const { return failed_; }
  bool at_end() const { return rest_.empty(); }

 private:
  Bytes rest_;
  bool failed_ = false;
};

}  // namespace contrail
