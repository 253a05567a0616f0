#include "engine/value_compression.h"

#include <gtest/gtest.h>
#include <lz4.h>

#include <random>

#include "engine/long_value_format.h"
#include "engine/xpress.h"
#include "tests/support/hex.h"

namespace contrail {
namespace {

using test::Hex;
using test::ToHex;
using Buffer = std::vector<std::byte>;

Buffer FromText(std::string_view text) {
  const Bytes bytes = AsBytes(text);
  return {bytes.begin(), bytes.end()};
}

Buffer Utf16(std::u16string_view text) {
  Buffer bytes(text.size() * 2);
  std::memcpy(bytes.data(), text.data(), bytes.size());
  return bytes;
}

// The whole value and every shorter prefix asked for.
void ExpectDecompresses(Bytes stored, Bytes value) {
  ASSERT_EQ(DecompressedSize(stored).value(), value.size());
  for (const size_t size : {value.size(), value.size() + 7, value.size() / 2, size_t{1}}) {
    Buffer to(size);
    const Result<size_t> got = Decompress(stored, to);
    ASSERT_TRUE(got.ok());
    ASSERT_EQ(*got, std::min(size, value.size()));
    ASSERT_EQ(Compare({to.data(), *got}, value.first(*got)), 0);
  }
}

Buffer Compressed(Bytes value, bool unicode) {
  Buffer to(value.size());
  to.resize(Compress(value, unicode, to));
  return to;
}

TEST(ValueCompression, SevenBitAsciiByWindows) {
  const Buffer stored =
      Hex("0ee170381c0e87c3e170381c0e87c3e170381c0e87c3e170381c0e87c3e170381c0e87c361");
  const Buffer value = FromText(std::string(41, 'a'));
  ExpectDecompresses(stored, value);
  EXPECT_EQ(ToHex(Compressed(value, false)), ToHex(stored));
}

TEST(ValueCompression, XpressByWindows) {
  const Buffer stored =
      Hex("181b040f0000004c6f6e6720636f6d707265737365642041534349492074657874206107000ffffc03");
  const Buffer value = FromText("Long compressed ASCII text " + std::string(1024, 'a'));
  ExpectDecompresses(stored, value);
  EXPECT_EQ(ToHex(Compressed(value, false)), ToHex(stored));
}

TEST(ValueCompression, SevenBitUnicode) {
  const Buffer value = Utf16(u"Sixteen bits each");
  const Buffer stored = Compressed(value, true);
  ASSERT_FALSE(stored.empty());
  EXPECT_EQ(CompressionSchemeOf(stored[0]), CompressionScheme::kSevenBitUnicode);
  EXPECT_EQ(stored.size(), 1 + (17 * 7 + 7) / 8u);
  ExpectDecompresses(stored, value);
}

TEST(ValueCompression, NothingIsStoredThatIsNotShorter) {
  std::mt19937 random(11);
  Buffer value(500);
  for (std::byte& byte : value) byte = static_cast<std::byte>(random());
  EXPECT_TRUE(Compressed(value, false).empty());
  EXPECT_TRUE(Compressed(FromText(""), false).empty());
  EXPECT_TRUE(Compressed(FromText("ab"), false).empty());
}

TEST(ValueCompression, EveryLengthOfSevenBitText) {
  for (size_t length = 3; length < 64; ++length) {
    std::string text;
    for (size_t i = 0; i < length; ++i) text += static_cast<char>(i * 37 % 128);
    const Buffer stored = Compressed(AsBytes(text), false);
    ASSERT_EQ(stored.empty(), 1 + (length * 7 + 7) / 8 >= length) << length;
    if (stored.empty()) continue;
    ExpectDecompresses(stored, AsBytes(text));
  }
}

TEST(ValueCompression, RandomValuesComeBack) {
  const uint32_t seed = 20260101;
  std::mt19937 random(seed);
  int compressed = 0;
  for (int round = 0; round < 1500; ++round) {
    const size_t size = round % 50 == 0 ? 60'000 + random() % 5'536 : random() % 4000;
    const uint32_t alphabet = 1 + random() % 256;
    const uint32_t repeat = random() % 4;
    Buffer value;
    while (value.size() < size) {
      if (repeat != 0 && !value.empty() && random() % 4 < repeat) {
        const size_t distance = 1 + random() % std::min<size_t>(value.size(), 9000);
        for (size_t n = random() % 400; n > 0 && value.size() < size; --n) {
          value.push_back(value[value.size() - distance]);
        }
      } else {
        value.push_back(static_cast<std::byte>(random() % alphabet));
      }
    }
    const Buffer stored = Compressed(value, round % 2 == 0);
    if (stored.empty()) continue;
    ++compressed;
    ASSERT_LT(stored.size(), value.size());
    Buffer back(value.size());
    const Result<size_t> got = Decompress(stored, back);
    ASSERT_TRUE(got.ok()) << "seed " << seed << " round " << round;
    ASSERT_EQ(*got, value.size());
    ASSERT_EQ(back, value) << "seed " << seed << " round " << round;
  }
  EXPECT_GT(compressed, 500);
}

TEST(ValueCompression, TruncatedStreamsFail) {
  const Buffer value = FromText("Long compressed ASCII text " + std::string(1024, 'a'));
  const Buffer stored = Compressed(value, false);
  Buffer to(value.size());
  for (size_t size = 0; size < stored.size(); ++size) {
    EXPECT_FALSE(Decompress({stored.data(), size}, to).ok()) << size;
  }
}

TEST(ValueCompression, BadMatchesFail) {
  Buffer to(100);
  // A match at the very start; a match before the start; one that runs past the end.
  EXPECT_FALSE(XpressDecompress(Hex("ffffffff 0000"), to).ok());
  EXPECT_FALSE(XpressDecompress(Hex("ffffff7f 61 0800 0000"), to).ok());
  EXPECT_FALSE(XpressDecompress(Hex("ffffff7f 61 0700 0f ff ffff"), to).ok());
  EXPECT_TRUE(XpressDecompress(Hex("ffffff7f 61 0700 0f ff ffff"), to, true).ok());
  // A long length that is smaller than what its shorter forms can say.
  EXPECT_FALSE(XpressDecompress(Hex("ffffff7f 61 0700 0f ff 1500"), to, true).ok());
}

TEST(ValueCompression, SchemesOfLaterFormatsAreRefusedByName) {
  Buffer to(100);
  EXPECT_EQ(Decompress(Hex("28 0000000000"), to).status(), Error::kFeatureNotAvailable);
  EXPECT_EQ(Decompress(Hex("30 0000000000"), to).status(), Error::kFeatureNotAvailable);
  EXPECT_EQ(Decompress(Hex("f8 00"), to).status(), Error::kDecompressionFailed);
  EXPECT_EQ(DecompressedSize(Hex("20")).status(), Error::kDecompressionFailed);
}

TEST(ValueCompression, Lz4IsRead) {
  const std::string value(300, 'x');
  Buffer stored(3 + LZ4_COMPRESSBOUND(300));
  stored[0] = std::byte{0x38};
  StoreLittle<uint16_t>(stored.data() + 1, 300);
  const int size = LZ4_compress_default(value.data(), reinterpret_cast<char*>(stored.data() + 3),
                                        300, static_cast<int>(stored.size() - 3));
  stored.resize(3 + static_cast<size_t>(size));
  ExpectDecompresses(stored, AsBytes(value));
}

TEST(ValueCompression, Lz4CopiesFromNowhereAreRefused) {
  // One literal, a match of 8 bytes, three literals.
  ExpectDecompresses(Hex("38 0c00 14 61 0100 30 626364"), AsBytes("aaaaaaaaabcd"));
  Buffer to(12);
  for (const size_t room : {size_t{12}, size_t{5}}) {
    const MutableBytes part = MutableBytes(to).first(room);
    EXPECT_EQ(Decompress(Hex("38 0c00 14 61 0000 30 626364"), part).status(),
              Error::kDecompressionFailed);
    EXPECT_EQ(Decompress(Hex("38 0c00 14 61 0200 30 626364"), part).status(),
              Error::kDecompressionFailed);
  }
}

TEST(LongValueFormat, Keys) {
  EXPECT_EQ(ToHex(LongValueKey::Root(3).bytes()), "00000003");
  EXPECT_EQ(ToHex(LongValueKey::Chunk(3, 4014).bytes()), "0000000300000fae");
  EXPECT_EQ(ToHex(LongValueKey::Chunk(0x123456789a, 0).bytes()), "800000123456789a00000000");
  for (const LongValueId id : {LongValueId{1}, kMaxLongValueId, LongValueId{0x123456789a}}) {
    const LongValueKey root = LongValueKey::Root(id);
    EXPECT_TRUE(DecodeLongValueKey(root.bytes()).value().is_root);
    EXPECT_EQ(DecodeLongValueKey(root.bytes()).value().id, id);
    const LongValueKey chunk = LongValueKey::Chunk(id, 8028);
    EXPECT_FALSE(DecodeLongValueKey(chunk.bytes()).value().is_root);
    EXPECT_EQ(DecodeLongValueKey(chunk.bytes()).value().id, id);
    EXPECT_EQ(DecodeLongValueKey(chunk.bytes()).value().offset, 8028u);
    EXPECT_LT(Compare(root.bytes(), chunk.bytes()), 0);
    std::byte reference[8];
    const size_t size = EncodeLongValueReference(id, reference);
    EXPECT_EQ(DecodeLongValueReference({reference, size}).value(), id);
  }
  EXPECT_EQ(DecodeLongValueKey(Hex("000001")).status(), Error::kLVCorrupted);
  EXPECT_EQ(DecodeLongValueKey(Hex("000000010000")).status(), Error::kLVCorrupted);
}

TEST(LongValueFormat, Root) {
  EXPECT_EQ(ToHex(EncodeLongValueRoot({1, 1051, false})), "010000001b040000");
  EXPECT_EQ(DecodeLongValueRoot(Hex("010000001b040000")).value().size, 1051u);
  EXPECT_TRUE(DecodeLongValueRoot(Hex("010000001b04000001")).value().encrypted);
  EXPECT_EQ(DecodeLongValueRoot(Hex("010000001b04")).status(), Error::kLVCorrupted);
}

TEST(LongValueFormat, ChunksAreCompressedExactlyWhenShorter) {
  const Buffer value = FromText("Long compressed ASCII text " + std::string(1024, 'a'));
  Buffer scratch(value.size());
  const Bytes stored = EncodeLongValueChunk(value, true, false, scratch);
  EXPECT_LT(stored.size(), value.size());
  Buffer to(100);
  for (const uint32_t skip : {0u, 20u, 1000u, 1051u}) {
    const Result<size_t> got = ReadLongValueChunk(stored, 1051, skip, to);
    ASSERT_TRUE(got.ok());
    ASSERT_EQ(*got, std::min<size_t>(100, 1051 - skip));
    EXPECT_EQ(Compare({to.data(), *got}, Bytes(value).subspan(skip, *got)), 0);
  }
  EXPECT_EQ(EncodeLongValueChunk(value, false, false, scratch).data(), value.data());
  EXPECT_EQ(ReadLongValueChunk(value, 1050, 0, to).status(), Error::kLVCorrupted);
  EXPECT_EQ(ReadLongValueChunk(stored, 1052, 0, to).status(), Error::kLVCorrupted);
}

}  // namespace
}  // namespace contrail
