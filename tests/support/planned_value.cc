#include "tests/support/planned_value.h"

#include <cmath>
#include <cstring>

namespace contrail::test {
namespace {

template <typename Number>
std::string BytesOf(Number number) {
  return std::string(reinterpret_cast<const char*>(&number), sizeof number);
}

std::string Utf16(const std::string& ascii) {
  std::string text;
  for (const char letter : ascii) {
    text.push_back(letter);
    text.push_back('\0');
  }
  return text;
}

uint64_t Draw(std::mt19937_64* random, uint64_t below) { return (*random)() % below; }

void AppendUnit(std::string* text, uint32_t unit) {
  text->push_back(static_cast<char>(unit & 0xff));
  text->push_back(static_cast<char>(unit >> 8));
}

// Any characters but NUL, pairs of surrogates among them.
std::string WideText(size_t units, std::mt19937_64* random) {
  std::string text;
  while (text.size() < 2 * units) {
    const uint64_t kind = Draw(random, 10);
    if (kind < 5) {
      AppendUnit(&text, 0x20 + static_cast<uint32_t>(Draw(random, 0x5f)));
    } else if (kind < 9 || text.size() + 4 > 2 * units) {
      AppendUnit(&text, 0xa0 + static_cast<uint32_t>(Draw(random, 0xd700 - 0xa0)));
    } else {
      AppendUnit(&text, 0xd800 + static_cast<uint32_t>(Draw(random, 0x400)));
      AppendUnit(&text, 0xdc00 + static_cast<uint32_t>(Draw(random, 0x400)));
    }
  }
  return text;
}

std::string PlainText(size_t size, bool dull, std::mt19937_64* random) {
  static constexpr char kLetters[] =
      "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789";
  std::string text;
  const size_t period = dull ? 12 : size;
  while (text.size() < size) {
    text.push_back(text.size() < period ? kLetters[Draw(random, sizeof(kLetters) - 1)]
                                        : text[text.size() - period]);
  }
  return text;
}

}  // namespace

uint32_t SizeOfType(JET_COLTYP type) {
  switch (type) {
    case JET_coltypBit:
    case JET_coltypUnsignedByte:
      return 1;
    case JET_coltypShort:
    case JET_coltypUnsignedShort:
      return 2;
    case JET_coltypLong:
    case JET_coltypUnsignedLong:
    case JET_coltypIEEESingle:
      return 4;
    case JET_coltypCurrency:
    case JET_coltypIEEEDouble:
    case JET_coltypDateTime:
    case JET_coltypLongLong:
    case JET_coltypUnsignedLongLong:
      return 8;
    case JET_coltypGUID:
      return 16;
    default:
      return 0;
  }
}

bool IsTextType(JET_COLTYP type) { return type == JET_coltypText || type == JET_coltypLongText; }

bool IsLongType(JET_COLTYP type) {
  return type == JET_coltypLongBinary || type == JET_coltypLongText;
}

std::string NumberedValue(JET_COLTYP type, uint32_t code_page, int32_t number) {
  switch (type) {
    case JET_coltypBit:
      return std::string(1, number % 2 == 0 ? '\0' : '\xff');
    case JET_coltypUnsignedByte:
      return BytesOf(static_cast<uint8_t>(number * 2));
    case JET_coltypShort:
      return BytesOf(static_cast<int16_t>((number - 4) * 256 + number));
    case JET_coltypUnsignedShort:
      return BytesOf(static_cast<uint16_t>(number * 509));
    case JET_coltypLong:
      return BytesOf((number - 4) * 16'777'213);
    case JET_coltypUnsignedLong:
      return BytesOf(static_cast<uint32_t>(number) * 33'554'393u);
    case JET_coltypIEEESingle:
      return BytesOf(static_cast<float>(number - 4) * 1.25f);
    case JET_coltypIEEEDouble:
    case JET_coltypDateTime:  // Days, as OLE counts them.
      return BytesOf(40'000.0 + (number - 4) * 1024.0625);
    case JET_coltypCurrency:
    case JET_coltypLongLong:
    case JET_coltypUnsignedLongLong:
      return BytesOf(int64_t{number - 4} * 72'057'594'037'927'931);
    case JET_coltypGUID: {
      std::string bytes(16, '\x5a');
      for (size_t i = 0; i < bytes.size(); i += 3) bytes[i] = static_cast<char>(number * 2 + i);
      return bytes;
    }
    case JET_coltypText:
    case JET_coltypLongText: {
      const std::string text = "Text number " + std::to_string(number);
      return code_page == 1200 ? Utf16(text) : text;
    }
    default:
      return std::string("\x00\xff\x10", 3) + std::string(number % 11, '\x80') +
             BytesOf(static_cast<uint16_t>(number));
  }
}

std::string LongValue(JET_COLTYP type, uint32_t code_page, size_t size, bool plain, bool dull,
                      std::mt19937_64* random) {
  if (IsTextType(type) && (plain || dull)) {
    if (code_page != 1200) return PlainText(size, dull, random);
    return Utf16(PlainText(size / 2, dull, random));
  }
  if (IsTextType(type) && code_page == 1200) return WideText(size / 2, random);
  std::string bytes;
  while (bytes.size() < size) {
    if (dull && bytes.size() >= 16) {
      bytes.push_back(bytes[bytes.size() - 16]);
    } else if (IsTextType(type)) {
      bytes.push_back(static_cast<char>(0x20 + Draw(random, 0xe0)));
    } else {
      bytes.push_back(static_cast<char>((*random)()));
    }
  }
  return bytes;
}

std::string RandomNumber(JET_COLTYP type, std::mt19937_64* random) {
  if (type == JET_coltypBit) return std::string(1, Draw(random, 2) == 0 ? '\0' : '\xff');
  if (type == JET_coltypIEEESingle) {
    return BytesOf(static_cast<float>(std::ldexp(static_cast<double>(1 + Draw(random, 1 << 24)),
                                                 static_cast<int>(Draw(random, 100)) - 60)) *
                   (Draw(random, 2) == 0 ? 1 : -1));
  }
  if (type == JET_coltypIEEEDouble || type == JET_coltypDateTime) {
    return BytesOf(std::ldexp(static_cast<double>(1 + Draw(random, uint64_t{1} << 53)),
                              static_cast<int>(Draw(random, 200)) - 150) *
                   (Draw(random, 2) == 0 ? 1 : -1));
  }
  std::string bytes(SizeOfType(type), '\0');
  const uint64_t edge = Draw(random, 8);
  for (char& byte : bytes) {
    byte = edge == 0 ? '\xff' : edge == 1 ? '\0' : static_cast<char>((*random)());
  }
  return bytes;
}

}  // namespace contrail::test
