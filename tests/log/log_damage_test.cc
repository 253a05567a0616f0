// Damaged logs: what is read is what was written, up to the damage, or the damage is reported.

#include <gtest/gtest.h>

#include "log/log_event.h"
#include "log/log_format.h"
#include "tests/support/log_stream.h"
#include "tests/support/recording.h"
#include "tests/support/simulated_file_system.h"

namespace contrail {
namespace {

using test::FindNumber;
using test::NumberedPayload;
using test::ReadAll;
using test::ReadStream;
using test::RecordingEvents;
using test::SimulatedFileSystem;
using test::SmallLogOptions;

class LogDamage : public testing::Test {
 protected:
  LogDamage() { EXPECT_TRUE(files_.CreateDirectories("/log").ok()); }

  // `frames` frames of three small records each in generation 1, then as many in generation 2 ..
  void WriteStream(int generations, int frames) {
    auto writer = LogWriter::Create(files_, events_, options_, signature_, {});
    ASSERT_TRUE(writer.ok());
    for (int generation = 1; generation <= generations; ++generation) {
      for (int i = 0; i < frames * 3; ++i) {
        ASSERT_TRUE((*writer)->Append(NumberedPayload(count_++, 20 + i % 7)).ok());
        if (i % 3 == 2) {
          ASSERT_TRUE((*writer)->EnsureDurable().ok());
        }
      }
      if (generation < generations) {
        ASSERT_TRUE((*writer)->ForceNewGeneration().ok());
      }
    }
    end_ = static_cast<uint32_t>((*writer)->DurableEnd().FileOffset());
    (*writer)->Abandon();
  }

  std::byte Get(const std::string& path, uint64_t offset) {
    auto file = files_.Open(path, {.mode = FileMode::kReadOnly});
    std::byte value{};
    EXPECT_TRUE(file.ok() && (*file)->Read(offset, {&value, 1}).ok());
    return value;
  }
  void Set(const std::string& path, uint64_t offset, std::byte value) {
    auto file = files_.Open(path, {.mode = FileMode::kReadWrite});
    EXPECT_TRUE(file.ok() && (*file)->Write(offset, {&value, 1}).ok());
  }
  // Records 0, 1, 2 .. and no others; returns how many.
  size_t ExpectPrefix(const ReadStream& stream) {
    for (size_t i = 0; i < stream.records.size(); ++i) {
      EXPECT_EQ(FindNumber(stream.records[i].payload), i);
    }
    return stream.records.size();
  }

  SimulatedFileSystem files_;
  RecordingEvents events_;
  LogWriterOptions options_ = SmallLogOptions();
  Signature signature_ = Signature::Random();
  uint64_t count_ = 0;
  uint32_t end_ = 0;  // Of the last generation's frames.
};

TEST_F(LogDamage, EveryFlippedBitOfTheLastGenerationIsNoticed) {
  WriteStream(1, 4);
  size_t shorter = 0;
  for (uint32_t offset = kLogBlockSize; offset < end_ + 8; ++offset) {
    const std::byte original = Get("/log/edb.log", offset);
    for (int bit = 0; bit < 8; ++bit) {
      Set("/log/edb.log", offset, original ^ std::byte{1} << bit);
      RecordingEvents events;
      const ReadStream stream = ReadAll(files_, events, options_);
      const size_t found = ExpectPrefix(stream);
      if (offset >= end_) {
        // Behind the end there is nothing to be damaged.
        ASSERT_TRUE(stream.status.ok());
        ASSERT_EQ(found, count_);
        continue;
      }
      ASSERT_LT(found, count_) << "damage at " << offset << " went unnoticed";
      if (stream.status.ok()) {
        // Only the last frame can be taken for a torn tail.
        ASSERT_EQ(found, count_ - 3) << offset;
        ++shorter;
      } else {
        ASSERT_TRUE(stream.status.Is(Error::kLogFileCorrupt));
        const Event event = events.Last(kEventLogCorrupt);
        ASSERT_EQ(event.file, "/log/edb.log");
        ASSERT_GE(event.offset, 0);
        ASSERT_LE(event.offset, offset);
        ASSERT_NE(event.expected, event.found);
      }
    }
    Set("/log/edb.log", offset, original);
  }
  EXPECT_GT(shorter, 0u);
}

TEST_F(LogDamage, EveryFlippedBitOfAFileHeaderIsReported) {
  WriteStream(1, 1);
  for (uint32_t offset = 0; offset < kLogBlockSize; offset += offset < 128 ? 1 : 61) {
    const std::byte original = Get("/log/edb.log", offset);
    Set("/log/edb.log", offset, original ^ std::byte{0x10});
    RecordingEvents events;
    const ReadStream stream = ReadAll(files_, events, options_);
    EXPECT_FALSE(stream.status.ok()) << offset;
    EXPECT_EQ(events.Last(kEventLogHeaderUnreadable).file, "/log/edb.log");
    Set("/log/edb.log", offset, original);
  }
}

TEST_F(LogDamage, DamageInAnArchivedGenerationNeverShortensTheStream) {
  WriteStream(2, 3);
  for (uint32_t offset = kLogBlockSize; offset < kLogBlockSize + 700; ++offset) {
    const std::byte original = Get("/log/edb00001.log", offset);
    Set("/log/edb00001.log", offset, original ^ std::byte{1});
    RecordingEvents events;
    const ReadStream stream = ReadAll(files_, events, options_);
    const size_t found = ExpectPrefix(stream);
    if (stream.status.ok()) {
      ASSERT_EQ(found, count_) << offset;
    } else {
      ASSERT_TRUE(stream.status.Is(Error::kLogFileCorrupt));
      ASSERT_EQ(events.Last(kEventLogCorrupt).file, "/log/edb00001.log");
    }
    Set("/log/edb00001.log", offset, original);
  }
}

TEST_F(LogDamage, ATailLostAtAnyByteEndsTheStreamThere) {
  WriteStream(1, 4);
  for (uint32_t cut = end_; cut-- > kLogBlockSize;) {
    Set("/log/edb.log", cut, std::byte{0});
    const ReadStream stream = ReadAll(files_, events_, options_);
    ASSERT_TRUE(stream.status.ok()) << cut;
    ASSERT_EQ(ExpectPrefix(stream) % 3, 0u);
    ASSERT_LE(stream.end.position.FileOffset(), cut + 1);
  }
  EXPECT_TRUE(ReadAll(files_, events_, options_).records.empty());
}

TEST_F(LogDamage, AFileOfAnotherSizeIsReported) {
  WriteStream(1, 2);
  auto file = files_.Open("/log/edb.log", {.mode = FileMode::kReadWrite});
  ASSERT_TRUE(file.ok());
  for (const uint64_t size : {131071u, 126976u, 20000u, 4097u, 4096u, 4095u, 97u, 95u, 3u, 0u}) {
    ASSERT_TRUE((*file)->Resize(size).ok());
    RecordingEvents events;
    EXPECT_FALSE(ReadAll(files_, events, options_).status.ok()) << size;
    EXPECT_FALSE(events.events().empty()) << size;
  }
}

TEST_F(LogDamage, BytesOfAnEarlierUseOfThePlaceNeverPass) {
  // Two streams of equal content; the frames of one in the file of the other.
  WriteStream(1, 4);
  SimulatedFileSystem others;
  ASSERT_TRUE(others.CreateDirectories("/log").ok());
  auto other = LogWriter::Create(others, events_, options_, Signature::Random(), {});
  ASSERT_TRUE(other.ok());
  ASSERT_TRUE((*other)->Close().ok());
  std::vector<std::byte> frames(end_ - kLogBlockSize);
  auto from = files_.Open("/log/edb.log", {.mode = FileMode::kReadOnly});
  auto to = others.Open("/log/edb.log", {.mode = FileMode::kReadWrite});
  ASSERT_TRUE(from.ok() && to.ok());
  ASSERT_TRUE((*from)->Read(kLogBlockSize, frames).ok());
  ASSERT_TRUE((*to)->Write(kLogBlockSize, frames).ok());
  const ReadStream stream = ReadAll(others, events_, options_);
  ASSERT_TRUE(stream.status.ok());
  EXPECT_TRUE(stream.records.empty());
}

TEST_F(LogDamage, MissingAndForeignGenerationsAreRefused) {
  WriteStream(3, 2);
  ASSERT_TRUE(files_.Rename("/log/edb00002.log", "/log/kept").ok());
  EXPECT_TRUE(ReadAll(files_, events_, options_).status.Is(Error::kMissingLogFile));
  EXPECT_EQ(events_.Last(kEventLogMissing).expected, "generation 2");

  // Generation 2 of another stream.
  ASSERT_TRUE(files_.CreateDirectories("/other").ok());
  LogWriterOptions options = options_;
  options.directory = "/other";
  auto other = LogWriter::Create(files_, events_, options, Signature::Random(), {});
  ASSERT_TRUE(other.ok());
  ASSERT_TRUE((*other)->ForceNewGeneration().ok());
  ASSERT_TRUE((*other)->ForceNewGeneration().ok());
  (*other)->Abandon();
  ASSERT_TRUE(files_.Rename("/other/edb00002.log", "/log/edb00002.log").ok());
  EXPECT_TRUE(ReadAll(files_, events_, options_).status.Is(Error::kBadLogSignature));

  // The right file under the wrong name.
  ASSERT_TRUE(files_.Rename("/log/edb00001.log", "/log/edb00002.log").ok());
  EXPECT_TRUE(
      ReadAll(files_, events_, options_, {2, 0, 0}).status.Is(Error::kLogGenerationMismatch));

  ASSERT_TRUE(files_.Rename("/log/kept", "/log/edb00002.log").ok());
  LogSource source;
  source.files = {{2, "/log/edb00002.log"}, {3, "/log/edb.log"}};
  const Signature foreign = Signature::Random();
  EXPECT_TRUE(LogReader::Open(files_, events_, source, {2, 0, 0}, &foreign)
                  .status()
                  .Is(Error::kBadLogSignature));
  EXPECT_TRUE(LogReader::Open(files_, events_, source, {2, 0, 0}, &signature_).ok());
}

TEST_F(LogDamage, ASetsLastGenerationMustBeWhole) {
  WriteStream(2, 2);
  EXPECT_TRUE(ReadAll(files_, events_, options_, {}, false).status.Is(Error::kLogFileCorrupt));
  LogSource source;
  source.files = {{1, "/log/edb00001.log"}};
  source.last_may_be_torn = false;
  auto reader = LogReader::Open(files_, events_, source, {1, 0, 0}, nullptr);
  ASSERT_TRUE(reader.ok());
  LogRecord record;
  size_t records = 0;
  for (auto more = (*reader)->Next(&record); *more; more = (*reader)->Next(&record)) ++records;
  EXPECT_EQ(records, count_ / 2);
}

class LogVerification : public LogDamage {
 protected:
  Status Verify(size_t piece) {
    auto file = files_.Open("/log/edb00001.log", {.mode = FileMode::kReadOnly});
    std::vector<std::byte> bytes(*(*file)->Size());
    EXPECT_TRUE((*file)->Read(0, bytes).ok());
    auto verifier = LogFileVerifier::New(events_, "/log/edb00001.log");
    for (size_t at = 0; at < bytes.size(); at += piece) {
      const Bytes part = Bytes(bytes).subspan(at, std::min(piece, bytes.size() - at));
      if (const Status status = verifier->Feed(part); !status.ok()) return status;
    }
    return verifier->Finish();
  }
};

TEST_F(LogVerification, AcceptsWholeFilesInPiecesOfAnySize) {
  WriteStream(2, 200);
  for (const size_t piece : {4096u, 8192u, 65536u, 131072u, 1000u}) {
    EXPECT_TRUE(Verify(piece).ok()) << piece;
  }
}

TEST_F(LogVerification, NoticesAnyDamage) {
  WriteStream(2, 3);
  for (uint32_t offset = 0; offset < 128 << 10; offset += offset < 5000 ? 3 : 5003) {
    const std::byte original = Get("/log/edb00001.log", offset);
    Set("/log/edb00001.log", offset, original ^ std::byte{4});
    EXPECT_FALSE(Verify(32768).ok()) << offset;
    Set("/log/edb00001.log", offset, original);
  }
  EXPECT_TRUE(Verify(32768).ok());
  auto file = files_.Open("/log/edb00001.log", {.mode = FileMode::kReadWrite});
  for (const uint64_t size : {200000u, 126976u, 4096u, 100u, 0u}) {
    ASSERT_TRUE((*file)->Resize(size).ok());
    EXPECT_FALSE(Verify(32768).ok()) << size;
  }
}

}  // namespace
}  // namespace contrail
