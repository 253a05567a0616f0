// Names, listings, headers; the worked example of docs/format/log.md.

#include "log/log_files.h"

#include <absl/strings/escaping.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "log/log_event.h"
#include "log/log_format.h"
#include "tests/support/checkout.h"
#include "tests/support/log_stream.h"
#include "tests/support/recording.h"
#include "tests/support/simulated_file_system.h"

namespace contrail {
namespace {

using test::RecordingEvents;
using test::SimulatedFileSystem;
using test::SmallLogOptions;

TEST(LogFileNames, AreThoseOfEse) {
  EXPECT_EQ(CurrentLogFileName("edb"), "edb.log");
  EXPECT_EQ(PreparedLogFileName("edb"), "edbtmp.log");
  EXPECT_EQ(LogFileName("edb", 1), "edb00001.log");
  EXPECT_EQ(LogFileName("edb", 0xabcde), "edbABCDE.log");
  EXPECT_EQ(LogFileName("edb", 0x100000), "edb00100000.log");
  for (const uint32_t generation : {1u, 10u, 0xfffffu, 0x100000u, 0x7ffffffeu}) {
    EXPECT_EQ(GenerationOfFileName("edb", LogFileName("edb", generation)), generation);
  }
  EXPECT_EQ(GenerationOfFileName("edb", "edb0000a.LOG"), 10u);
  for (const char* name : {"edb.log", "edbtmp.log", "edb00000.log", "edb0001.log", "edb000001.log",
                           "edb0000G.log", "xyz00001.log", "edb00001.chk", "edb00000001.log",
                           "edbFFFFFFFF.log", "", "edb", "edb00001.log.tmp"}) {
    EXPECT_EQ(GenerationOfFileName("edb", name), 0u) << name;
  }
}

class LogHeaders : public testing::Test {
 protected:
  LogHeaders() { EXPECT_TRUE(files_.CreateDirectories("/log").ok()); }
  void WriteFile(const std::string& path, Bytes bytes) {
    auto file = files_.Open(path, {.mode = FileMode::kCreateOrTruncate});
    ASSERT_TRUE(file.ok() && (*file)->Write(0, bytes).ok());
  }

  SimulatedFileSystem files_;
  RecordingEvents events_;
};

TEST_F(LogHeaders, KeepEveryField) {
  LogFileHeader header;
  header.generation = 77;
  header.file_bytes = 256 << 10;
  header.signature = Signature::Random();
  header.created = LogTime::Now();
  header.previous_created = LogTime::FromUnixMilliseconds(1234567890123);
  header.chain_seed = 0x1122334455667788;
  header.page_size = 8192;
  for (const size_t size : {0u, 1u, 4000u, 4001u, 65440u}) {
    header.state = test::NumberedPayload(size, size);
    header.state.resize(size);
    WriteFile("/log/edb0004D.log", EncodeLogFileHeader(header));
    const auto read = ReadLogFileHeader(files_, events_, "/log/edb0004D.log");
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->generation, header.generation);
    EXPECT_EQ(read->file_bytes, header.file_bytes);
    EXPECT_EQ(read->signature, header.signature);
    EXPECT_EQ(read->created, header.created);
    EXPECT_EQ(read->previous_created, header.previous_created);
    EXPECT_EQ(read->chain_seed, header.chain_seed);
    EXPECT_EQ(read->page_size, header.page_size);
    EXPECT_EQ(read->state, header.state);
  }
}

TEST_F(LogHeaders, OfWindowsAreRefusedByName) {
  std::vector<std::byte> header(4096);
  StoreLittle<uint32_t>(header.data(), 0xdeadbeef);  // Checksum.
  StoreLittle<uint32_t>(header.data() + 4, 5);       // Generation.
  StoreLittle<uint16_t>(header.data() + 8, 4096);    // Bytes per sector.
  StoreLittle<uint32_t>(header.data() + 32, 8);      // Version.
  StoreLittle<uint32_t>(header.data() + 36, 4000);
  StoreLittle<uint32_t>(header.data() + 40, 2);
  WriteFile("/log/edb.log", header);
  EXPECT_TRUE(ListLogFiles(files_, events_, "/log", "edb").status().Is(Error::kBadLogVersion));
  const Event event = events_.Last(kEventLogHeaderUnreadable);
  EXPECT_EQ(event.file, "/log/edb.log");
  EXPECT_NE(event.found.find("8.4000.2"), std::string::npos);
  EXPECT_EQ(event.error, static_cast<int32_t>(Error::kBadLogVersion));
}

TEST_F(LogHeaders, OfNewerVersionsAndOtherFilesAreRefused) {
  LogFileHeader header;
  header.generation = 1;
  header.file_bytes = 128 << 10;
  std::vector<std::byte> bytes = EncodeLogFileHeader(header);
  bytes[8] = std::byte{2};
  WriteFile("/log/edb.log", bytes);
  EXPECT_TRUE(
      ReadLogFileHeader(files_, events_, "/log/edb.log").status().Is(Error::kBadLogVersion));
  EXPECT_EQ(events_.Last(kEventLogHeaderUnreadable).found, "version 2");
  WriteFile("/log/edb.log", std::vector<std::byte>(5000, std::byte{'x'}));
  EXPECT_TRUE(
      ReadLogFileHeader(files_, events_, "/log/edb.log").status().Is(Error::kLogFileCorrupt));
  EXPECT_TRUE(
      ReadLogFileHeader(files_, events_, "/log/none.log").status().Is(Error::kFileNotFound));
  EXPECT_EQ(events_.Last(kEventLogOpenFailed).file, "/log/none.log");
}

TEST_F(LogHeaders, ListingsAreSortedByGeneration) {
  auto writer =
      LogWriter::Create(files_, events_, SmallLogOptions(), Signature::Random(), {}, 0xffffe);
  ASSERT_TRUE(writer.ok());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE((*writer)->ForceNewGeneration().ok());
  WriteFile("/log/other.txt", {});
  const auto listing = ListLogFiles(files_, events_, "/log", "edb");
  ASSERT_TRUE(listing.ok());
  ASSERT_EQ(listing->archived.size(), 3u);
  EXPECT_EQ(listing->archived[0].path, "/log/edbFFFFE.log");
  EXPECT_EQ(listing->archived[1].path, "/log/edbFFFFF.log");
  EXPECT_EQ(listing->archived[2].path, "/log/edb00100000.log");
  EXPECT_EQ(listing->archived[2].generation, 0x100000u);
  ASSERT_TRUE(listing->has_current);
  EXPECT_EQ(listing->current.generation, 0x100001u);
}

TEST_F(LogHeaders, ImpossibleSizesAreRefused) {
  for (const uint32_t size : {0u, 4096u, 127u << 10, (128u << 10) + 512, 65536u * 4096}) {
    LogWriterOptions options = SmallLogOptions();
    options.generation_bytes = size;
    EXPECT_TRUE(LogWriter::Create(files_, events_, options, Signature::Random(), {})
                    .status()
                    .Is(Error::kInvalidParameter))
        << size;
  }
  LogWriterOptions options = SmallLogOptions();
  options.page_size = 32768;
  EXPECT_FALSE(LogWriter::Create(files_, events_, options, Signature::Random(), {}).ok());
  options.generation_bytes = MinimumGenerationBytes(32768);
  auto writer = LogWriter::Create(files_, events_, options, Signature::Random(), {});
  ASSERT_TRUE(writer.ok());
  EXPECT_GT((*writer)->MaxRecordSize(), 15u * 32768);
}

TEST(LogFormat, TheWorkedExampleIsTrue) {
  Signature signature;
  signature.random = 0x01020304;
  FrameHeader frame;
  frame.position = {1, 1, 0};
  const std::vector<std::byte> records = [] {
    std::vector<std::byte> bytes(4 + 5);
    StoreLittle<uint32_t>(bytes.data(), EncodeRecordHeader(RecordType::kCommit, 5));
    std::memcpy(bytes.data() + 4, "hello", 5);
    return bytes;
  }();
  frame.length = static_cast<uint32_t>(records.size());
  frame.content_hash = ContentHash(records);
  std::vector<std::byte> bytes(kFrameHeaderBytes);
  EncodeFrameHeader(frame, StreamSeed(signature), bytes.data());
  bytes.insert(bytes.end(), records.begin(), records.end());
  const std::string hex = absl::BytesToHexString(std::string(AsText(bytes)));
  // The example's lines: groups of hexadecimal bytes, then words.
  std::ifstream document(std::string(test::kSourceFolder) + "/docs/format/log.md");
  std::string joined;
  for (std::string line; std::getline(document, line);) {
    std::istringstream words(line.substr(0, line.find("     ")));
    for (std::string word; words >> word;) joined += word;
  }
  EXPECT_NE(joined.find(hex), std::string::npos) << hex;
}

}  // namespace
}  // namespace contrail
