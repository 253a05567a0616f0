// What is written comes back, over generations, restarts and every kind of ending.

#include <gtest/gtest.h>

#include <random>

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
using test::ResumeStream;
using test::SimulatedFileSystem;
using test::SmallLogOptions;

class LogRoundTrip : public testing::Test {
 protected:
  LogRoundTrip() { EXPECT_TRUE(files_.CreateDirectories("/log").ok()); }

  std::unique_ptr<LogWriter> Create(std::vector<std::byte> state = {}) {
    auto writer = LogWriter::Create(files_, events_, options_, signature_, std::move(state));
    EXPECT_TRUE(writer.ok()) << writer.status().number();
    return std::move(writer).value();
  }
  void Append(LogWriter& writer, size_t size) {
    const Result<Lgpos> position = writer.Append(NumberedPayload(positions_.size(), size));
    ASSERT_TRUE(position.ok()) << position.status().number();
    positions_.push_back(*position);
  }
  // All that was appended is there, at the positions it was given.
  void ExpectAll(const ReadStream& stream) {
    ASSERT_TRUE(stream.status.ok()) << stream.status.number();
    ASSERT_EQ(stream.records.size(), positions_.size());
    for (size_t i = 0; i < positions_.size(); ++i) {
      EXPECT_EQ(FindNumber(stream.records[i].payload), i);
      EXPECT_EQ(stream.records[i].position, positions_[i]);
    }
  }

  SimulatedFileSystem files_;
  RecordingEvents events_;
  LogWriterOptions options_ = SmallLogOptions();
  Signature signature_ = Signature::Random();
  std::vector<Lgpos> positions_;
};

TEST_F(LogRoundTrip, ReadsNothingFromANewStream) {
  auto writer = Create();
  ASSERT_TRUE(writer->Close().ok());
  const ReadStream stream = ReadAll(files_, events_, options_);
  ExpectAll(stream);
  EXPECT_EQ(stream.end.position, MakeLgpos(1, kLogBlockSize));
  EXPECT_FALSE(stream.end.generation_ended);
}

TEST_F(LogRoundTrip, KeepsOrderPositionsAndTypesOverGenerations) {
  std::mt19937 random(1);
  auto writer = Create();
  for (int i = 0; i < 600; ++i) {
    Append(*writer, 8 + random() % 3000);
    if (random() % 8 == 0) {
      ASSERT_TRUE(writer->WaitDurable(positions_.back()).ok());
      EXPECT_GT(writer->DurableEnd(), positions_.back());
    }
  }
  const Result<Lgpos> typed = writer->AppendRecord(RecordType::kCommit, NumberedPayload(600, 8));
  ASSERT_TRUE(typed.ok());
  positions_.push_back(*typed);
  ASSERT_TRUE(writer->Close().ok());
  EXPECT_GT(writer->CurrentGeneration(), 5u);
  const ReadStream stream = ReadAll(files_, events_, options_);
  ExpectAll(stream);
  EXPECT_EQ(stream.records.back().type, RecordType::kCommit);
  EXPECT_TRUE(events_.events().empty());
}

TEST_F(LogRoundTrip, TakesTheSmallestAndTheLargestRecord) {
  auto writer = Create();
  const size_t largest = writer->MaxRecordSize();
  EXPECT_GE(largest, 15u * 4096) << "a mutation of many pages must fit";
  for (int i = 0; i < 5; ++i) {
    Append(*writer, 8);
    Append(*writer, largest);
    Append(*writer, largest - 1);
  }
  EXPECT_EQ(writer->Append(std::vector<std::byte>(largest + 1)).status().error(),
            Error::kInvalidParameter);
  ASSERT_TRUE(writer->Append({}).ok());
  ASSERT_TRUE(writer->Close().ok());
  ReadStream stream = ReadAll(files_, events_, options_);
  ASSERT_FALSE(stream.records.empty());
  EXPECT_TRUE(stream.records.back().payload.empty());
  stream.records.pop_back();
  ExpectAll(stream);
}

TEST_F(LogRoundTrip, FillsGenerationsToTheLastByte) {
  // Sizes that leave every possible rest at the end of a generation, over many of them.
  for (size_t size = 1000; size < 1090; ++size) {
    SCOPED_TRACE(size);
    SimulatedFileSystem files;
    ASSERT_TRUE(files.CreateDirectories("/log").ok());
    auto writer = LogWriter::Create(files, events_, options_, signature_, {});
    ASSERT_TRUE(writer.ok());
    for (uint64_t i = 0; i < 300; ++i) {
      ASSERT_TRUE((*writer)->Append(NumberedPayload(i, size)).ok());
      if (i % 7 == 0) {
        ASSERT_TRUE((*writer)->FlushNow().ok());
      }
    }
    ASSERT_TRUE((*writer)->Close().ok());
    const ReadStream stream = ReadAll(files, events_, options_);
    ASSERT_TRUE(stream.status.ok());
    ASSERT_EQ(stream.records.size(), 300u);
    for (uint64_t i = 0; i < 300; ++i) ASSERT_EQ(FindNumber(stream.records[i].payload), i);
  }
}

TEST_F(LogRoundTrip, GoesOnInPlaceAfterEveryRestart) {
  std::mt19937 random(2);
  Create()->Abandon();
  for (int restart = 0; restart < 60; ++restart) {
    auto writer = ResumeStream(files_, events_, options_);
    ASSERT_TRUE(writer.ok()) << writer.status().number();
    for (int i = 0; i < 10; ++i) Append(**writer, 8 + random() % 2000);
    if (restart % 9 == 5) {
      ASSERT_TRUE((*writer)->ForceNewGeneration().ok());
    }
    ASSERT_TRUE((*writer)->EnsureDurable().ok());
    // What was not waited for may be lost, and is: nothing of it was written.
    ASSERT_TRUE((*writer)->Append(NumberedPayload(9999, 100)).ok());
    (*writer)->Abandon();
    EXPECT_EQ((*writer)->Append(NumberedPayload(9999, 100)).status().error(), Error::kLogWriteFail);
  }
  ExpectAll(ReadAll(files_, events_, options_));
}

TEST_F(LogRoundTrip, StartsReadingAtAnyPosition) {
  auto writer = Create();
  for (int i = 0; i < 200; ++i) {
    Append(*writer, 900);
    if (i % 3 == 0) {
      ASSERT_TRUE(writer->EnsureDurable().ok());
    }
  }
  ASSERT_TRUE(writer->EnsureDurable().ok());
  const Lgpos end = writer->DurableEnd();
  const Lgpos tip = writer->Tip();
  writer->Abandon();
  for (size_t i = 0; i < positions_.size(); i += 7) {
    const ReadStream stream = ReadAll(files_, events_, options_, positions_[i]);
    ASSERT_TRUE(stream.status.ok());
    ASSERT_EQ(stream.records.size(), positions_.size() - i);
    EXPECT_EQ(FindNumber(stream.records[0].payload), i);
  }
  EXPECT_TRUE(ReadAll(files_, events_, options_, end).records.empty());
  EXPECT_TRUE(ReadAll(files_, events_, options_, tip).status.ok());
  // Beyond that, something durable is missing.
  const Lgpos beyond{end.generation, static_cast<uint16_t>(end.block + 1), 0};
  EXPECT_EQ(ReadAll(files_, events_, options_, beyond).status.error(), Error::kLogFileCorrupt);
  EXPECT_EQ(ReadAll(files_, events_, options_, {99, 0, 0}).status.error(), Error::kMissingLogFile);
}

TEST_F(LogRoundTrip, EndsGenerationsOnDemand) {
  const std::vector<std::byte> before(5000, std::byte{1});
  const std::vector<std::byte> after(100, std::byte{2});
  auto writer = Create(before);
  std::vector<uint32_t> begun;
  writer->SetGenerationListener([&](uint32_t generation) { begun.push_back(generation); });
  Append(*writer, 100);
  writer->SetState(after);
  const Result<uint32_t> generation = writer->ForceNewGeneration();
  ASSERT_TRUE(generation.ok());
  EXPECT_EQ(*generation, 2u);
  EXPECT_EQ(writer->CurrentGeneration(), 2u);
  EXPECT_EQ(*writer->ForceNewGeneration(), 3u);
  EXPECT_EQ(begun, (std::vector<uint32_t>{2, 3}));
  Append(*writer, 100);
  ASSERT_TRUE(writer->EnsureDurable().ok());

  const auto first = ReadLogFileHeader(files_, events_, "/log/edb00001.log");
  const auto second = ReadLogFileHeader(files_, events_, "/log/edb00002.log");
  const auto current = ReadLogFileHeader(files_, events_, "/log/edb.log");
  ASSERT_TRUE(first.ok() && second.ok() && current.ok());
  EXPECT_EQ(first->state, before);
  EXPECT_EQ(second->state, after);
  EXPECT_EQ(second->previous_created, first->created);
  EXPECT_EQ(current->generation, 3u);
  EXPECT_EQ(current->signature, signature_);
  EXPECT_EQ(writer->GenerationCreated(3), current->created);
  EXPECT_TRUE(writer->GenerationCreated(2).IsNull());
  writer->Abandon();
  ExpectAll(ReadAll(files_, events_, options_));
}

TEST_F(LogRoundTrip, GoesOnBehindAnotherStreamsEnd) {
  auto writer = Create();
  Append(*writer, 100);
  ASSERT_TRUE(writer->ForceNewGeneration().ok());
  writer->Abandon();
  ASSERT_TRUE(files_.Remove("/log/edb.log").ok());
  ReadStream stream = ReadAll(files_, events_, options_);
  ASSERT_TRUE(stream.status.ok());
  EXPECT_TRUE(stream.end.generation_ended);
  auto next = LogWriter::Create(files_, events_, options_, signature_, {}, 2, &stream.end);
  ASSERT_TRUE(next.ok());
  Append(**next, 200);
  ASSERT_TRUE((*next)->Close().ok());
  ExpectAll(ReadAll(files_, events_, options_));
  EXPECT_EQ(LogWriter::Create(files_, events_, options_, signature_, {}).status().error(),
            Error::kFileAlreadyExists);
}

TEST_F(LogRoundTrip, SharesFlushes) {
  auto writer = Create();
  for (int i = 0; i < 100; ++i) Append(*writer, 100);
  for (const Lgpos position : positions_) ASSERT_TRUE(writer->WaitDurable(position).ok());
  EXPECT_EQ(writer->statistics().flushes, 1u);
  EXPECT_EQ(writer->statistics().records, 100u);
}

}  // namespace
}  // namespace contrail
