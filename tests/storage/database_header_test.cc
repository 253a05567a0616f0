#include "storage/database_header.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "storage/database_header_fields.h"
#include "storage/page_checksum.h"
#include "tests/support/failure_points.h"
#include "tests/support/sample_pages.h"
#include "tests/support/simulated_file_system.h"

namespace contrail {
namespace {

constexpr uint32_t kPageSizes[] = {4096, 8192, 16384, 32768};
constexpr char kPath[] = "/data.edb";

class CollectedEvents : public EventSink {
 public:
  void Report(const Event& event) override { events.push_back(event); }
  std::vector<Event> events;
};

DatabaseHeader TestHeader(uint32_t page_size) {
  const LogTime created = LogTime::FromUnixMilliseconds(1'600'000'000'123);
  return DatabaseHeader::New(page_size, Signature::Random(created));
}

std::vector<std::byte> Encoded(const DatabaseHeader& header) {
  std::vector<std::byte> page(header.page_size, std::byte{0xee});
  header.Encode(page);
  return page;
}

void Reseal(MutableBytes page) { StoreLittle(page.data(), HeaderChecksum(page)); }

// A file with both copies and two pages more, on a disk of its own.
class HeaderFileTest : public testing::Test {
 protected:
  void WriteFile(const std::vector<std::byte>& first, const std::vector<std::byte>& second) {
    auto file = files_.Open(kPath, {.mode = FileMode::kCreateOrTruncate});
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->Write(0, first).ok());
    ASSERT_TRUE((*file)->Write(first.size(), second).ok());
    ASSERT_TRUE((*file)->Resize(4 * first.size()).ok());
  }
  Result<DatabaseHeader> Read() {
    auto file = files_.Open(kPath, {});
    if (!file.ok()) return file.status();
    events_.events.clear();
    return ReadHeader(**file, events_);
  }

  test::SimulatedFileSystem files_;
  CollectedEvents events_;
};

TEST(LogTimeTest, FollowsTheCalendar) {
  const LogTime time = LogTime::FromUnixMilliseconds(1'708'991'999'987);  // A leap year's February.
  EXPECT_EQ(time.ToText(), "2024-02-26 23:59:59.987 UTC");
  EXPECT_EQ(time.ToUnixMilliseconds(), 1'708'991'999'987);
  EXPECT_EQ(LogTime::FromUnixMilliseconds(0).ToText(), "1970-01-01 00:00:00.000 UTC");
  EXPECT_EQ(LogTime().ToText(), "not set");
  EXPECT_EQ(LogTime().ToUnixMilliseconds(), 0);
  LogTime impossible = time;
  impossible.month = 13;
  EXPECT_EQ(impossible.ToUnixMilliseconds(), 0);
}

TEST(LogTimeTest, SurvivesStoringToTheMillisecond) {
  std::mt19937_64 random(51);
  for (int i = 0; i < 5000; ++i) {
    LogTime time =
        LogTime::FromUnixMilliseconds(static_cast<int64_t>(random() % 5'800'000'000'000));
    time.os_snapshot = i % 2 == 0;
    std::byte bytes[LogTime::kSize];
    time.Store(bytes);
    ASSERT_EQ(LogTime::Load(bytes), time);
  }
  const auto before = LogTime::Now().ToUnixMilliseconds();
  EXPECT_GE(LogTime::Now().ToUnixMilliseconds(), before);
}

TEST(SignatureTest, TwoAreNeverEqual) {
  const LogTime now = LogTime::Now();
  const Signature first = Signature::Random(now);
  EXPECT_NE(first, Signature::Random(now));
  EXPECT_FALSE(first.IsNull());
  EXPECT_TRUE(Signature().IsNull());
  std::byte bytes[Signature::kSize];
  first.Store(bytes);
  EXPECT_EQ(Signature::Load(bytes), first);
}

// Every byte between the first and the last field belongs to exactly one field or to the few that
// nobody uses; a field decodes what it encodes.
TEST(DatabaseHeaderTest, FieldsDoNotOverlapAndSurvive) {
  DatabaseHeader header = TestHeader(4096);
  const std::vector<std::byte> base = Encoded(header);
  std::mt19937 random(52);
  std::vector<std::byte> page = base;
  for (size_t at = 12; at < 748; ++at) {
    const bool identity = (at >= 232 && at < 240) || (at >= 667 && at < 671);
    if (!identity) page[at] = static_cast<std::byte>(random());
  }
  Reseal(page);
  HeaderFault fault;
  auto decoded = DatabaseHeader::Decode(page, &fault);
  ASSERT_TRUE(decoded.ok()) << fault.rule;
  // Four bits of a LogTime mean nothing and are not kept; all other bytes come back.
  const std::vector<std::byte> again = Encoded(*decoded);
  size_t different = 0;
  for (size_t at = 4; at < 4096; ++at) different += page[at] != again[at] ? 1 : 0;
  EXPECT_LT(different, 60u);
  auto twice = DatabaseHeader::Decode(again, nullptr);
  ASSERT_TRUE(twice.ok());
  EXPECT_EQ(Encoded(*twice), again);

  size_t last = 0;
  ForEachHeaderField(header, [&](size_t offset, const char* name, const auto&) {
    EXPECT_GT(offset, last) << name;
    last = offset;
  });
}

TEST(DatabaseHeaderTest, KnownPlaces) {
  DatabaseHeader header = TestHeader(8192);
  header.dbtime = 0x1122334455667788;
  header.state = DatabaseState::kDirty;
  header.attach_position = {7, 3, 9};
  header.last_full_backup = {{5, 4, 3}, LogTime::FromUnixMilliseconds(0), 4, 5};
  header.generation_max_committed = 0xabcdef;
  header.bad_checksums.count = 6;
  header.file_type = FileType::kTemporaryDatabase;
  const std::vector<std::byte> page = Encoded(header);
  const auto u32 = [&](size_t at) { return LoadLittle<uint32_t>(page.data() + at); };
  EXPECT_EQ(u32(4), 0x89ABCDEFu);
  EXPECT_EQ(u32(8), 0x620u);
  EXPECT_EQ(u32(16), 0x55667788u);
  EXPECT_EQ(u32(52), 2u);
  EXPECT_EQ(u32(80), 0x00030009u);
  EXPECT_EQ(u32(84), 7u);
  EXPECT_EQ(u32(136 + 16), 4u);
  EXPECT_EQ(u32(232), 20u);
  EXPECT_EQ(u32(236), 8192u);
  EXPECT_EQ(u32(340), 0x620u);
  EXPECT_EQ(u32(400), 6u);
  EXPECT_EQ(u32(416), 0xabcdefu);
  EXPECT_EQ(u32(508), 0xffffffffu);
  EXPECT_EQ(u32(667), 5u);
}

TEST(DatabaseHeaderTest, UnknownBytesAreKept) {
  std::vector<std::byte> page = Encoded(TestHeader(4096));
  for (const size_t at : {252, 304, 664, 671, 748, 2000, 4095}) page[at] = std::byte{0x5a};
  Reseal(page);
  auto header = DatabaseHeader::Decode(page, nullptr);
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(Encoded(*header), page);
  header->dbtime += 1;
  const std::vector<std::byte> changed = Encoded(*header);
  for (const size_t at : {252, 304, 664, 671, 748, 2000, 4095}) {
    EXPECT_EQ(changed[at], std::byte{0x5a});
  }
}

TEST(DatabaseHeaderTest, RefusesWhatItIsNot) {
  const std::vector<std::byte> good = Encoded(TestHeader(4096));
  const auto decode = [&](size_t at, uint32_t value) {
    std::vector<std::byte> page = good;
    StoreLittle(page.data() + at, value);
    Reseal(page);
    HeaderFault fault;
    const Status status = DatabaseHeader::Decode(page, &fault).status();
    EXPECT_EQ(status.ok(), fault.rule.empty());
    return status.error();
  };
  EXPECT_EQ(decode(4, 0x12345678), Error::kDatabaseCorrupted);
  EXPECT_EQ(decode(8, 0x621), Error::kInvalidDatabaseVersion);
  EXPECT_EQ(decode(8, 0x500), Error::kInvalidDatabaseVersion);
  EXPECT_EQ(decode(232, kNewestKnownUpdate + 1), Error::kInvalidDatabaseVersion);
  EXPECT_EQ(decode(232, 17), Error::kSuccess);
  EXPECT_EQ(decode(236, 8192), Error::kDatabaseCorrupted);
  EXPECT_EQ(decode(236, 0), Error::kSuccess);  // An old way to say 4096.
  EXPECT_EQ(decode(667, 3), Error::kFileInvalidType);
  EXPECT_EQ(decode(667, 5), Error::kSuccess);
  EXPECT_EQ(decode(667, 0), Error::kSuccess);

  std::vector<std::byte> page = good;
  page[1000] ^= std::byte{1};
  HeaderFault fault;
  EXPECT_TRUE(DatabaseHeader::Decode(page, &fault).status().Is(Error::kReadVerifyFailure));
  EXPECT_EQ(fault.found.size(), 8u);
  EXPECT_NE(fault.expected, fault.found);
}

TEST_F(HeaderFileTest, EveryPageSizeIsFound) {
  for (const uint32_t page_size : kPageSizes) {
    const DatabaseHeader header = TestHeader(page_size);
    const std::vector<std::byte> page = Encoded(header);
    ASSERT_NO_FATAL_FAILURE(WriteFile(page, page));
    auto read = Read();
    ASSERT_TRUE(read.ok()) << page_size;
    EXPECT_EQ(read->page_size, page_size);
    EXPECT_EQ(read->signature, header.signature);
    EXPECT_TRUE(events_.events.empty());
  }
}

TEST_F(HeaderFileTest, ShadowStandsInForADamagedFirstCopy) {
  for (const uint32_t page_size : kPageSizes) {
    const DatabaseHeader header = TestHeader(page_size);
    const std::vector<std::byte> good = Encoded(header);
    // The page size field itself is gone too.
    const std::vector<std::byte> junk(page_size, std::byte{0x77});
    ASSERT_NO_FATAL_FAILURE(WriteFile(junk, good));
    auto read = Read();
    ASSERT_TRUE(read.ok()) << page_size;
    EXPECT_EQ(read->signature, header.signature);
    ASSERT_EQ(events_.events.size(), 1u);
    EXPECT_EQ(events_.events[0].severity, Severity::kWarning);
    EXPECT_EQ(events_.events[0].file, kPath);
    EXPECT_EQ(events_.events[0].offset, 0);
    EXPECT_FALSE(events_.events[0].expected.empty());
  }
}

TEST_F(HeaderFileTest, DamageIsReportedWithItsPlace) {
  std::vector<std::byte> page = Encoded(TestHeader(8192));
  page[300] ^= std::byte{4};
  ASSERT_NO_FATAL_FAILURE(WriteFile(page, page));
  EXPECT_TRUE(Read().status().Is(Error::kDatabaseCorrupted));
  ASSERT_EQ(events_.events.size(), 2u);
  EXPECT_EQ(events_.events[0].offset, 0);
  EXPECT_EQ(events_.events[1].offset, 8192);
  for (const Event& event : events_.events) {
    EXPECT_EQ(event.severity, Severity::kError);
    EXPECT_EQ(event.error, static_cast<int32_t>(Error::kDatabaseCorrupted));
    EXPECT_NE(event.expected, event.found);
  }
}

TEST_F(HeaderFileTest, OtherFilesAreRefusedByName) {
  DatabaseHeader header = TestHeader(4096);
  header.update = kNewestKnownUpdate + 10;
  ASSERT_NO_FATAL_FAILURE(WriteFile(Encoded(header), Encoded(header)));
  EXPECT_TRUE(Read().status().Is(Error::kInvalidDatabaseVersion));
  ASSERT_EQ(events_.events.size(), 1u);
  EXPECT_EQ(events_.events[0].found, "620, update 300");

  header = TestHeader(4096);
  header.file_type = FileType::kCheckpoint;
  ASSERT_NO_FATAL_FAILURE(WriteFile(Encoded(header), Encoded(header)));
  EXPECT_TRUE(Read().status().Is(Error::kFileInvalidType));

  ASSERT_NO_FATAL_FAILURE(WriteFile(std::vector<std::byte>(4096), std::vector<std::byte>(4096)));
  EXPECT_TRUE(Read().status().Is(Error::kDatabaseCorrupted));
}

TEST_F(HeaderFileTest, ShortFilesAreRefused) {
  const std::vector<std::byte> page = Encoded(TestHeader(4096));
  for (const size_t size : {size_t{0}, size_t{100}, size_t{4096}, size_t{8191}}) {
    auto file = files_.Open(kPath, {.mode = FileMode::kCreateOrTruncate});
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->Write(0, Bytes(page).first(std::min(size, page.size()))).ok());
    ASSERT_TRUE((*file)->Resize(size).ok());
    EXPECT_TRUE(Read().status().Is(Error::kDatabaseCorrupted)) << size;
    EXPECT_EQ(events_.events.size(), 1u);
  }
}

// After a power cut anywhere in WriteHeader the file has the old header or the new one.
TEST(HeaderCrashTest, OldOrNewHeaderSurvives) {
  for (const uint32_t page_size : kPageSizes) {
    DatabaseHeader before = TestHeader(page_size);
    before.dbtime = 1;
    // All sectors change, so that no mixture of two headers has a good checksum by luck.
    DatabaseHeader after = before;
    after.page_image.assign(page_size, std::byte{0x42});
    after.dbtime = 2;
    test::SimulatedFileSystem machine;
    {
      auto file = machine.Open(kPath, {.mode = FileMode::kCreateNew});
      ASSERT_TRUE(file.ok());
      ASSERT_TRUE(WriteHeader(**file, before).ok());
      ASSERT_TRUE(machine.SyncDirectory("/").ok());
    }
    bool saw_old = false;
    bool saw_new = false;
    const size_t images = test::ForEachCrashPoint(
        machine.Current(), test::CrashOutcomes(20),
        [&](test::SimulatedFileSystem& files) {
          auto file = files.Open(kPath, {.mode = FileMode::kReadWrite});
          if (file.ok()) WriteHeader(**file, after).Ignore();  // Power may go; verified below.
        },
        [&](const test::DiskImage& found, const test::CrashPoint& point) {
          test::SimulatedFileSystem files(found);
          auto file = files.Open(kPath, {});
          ASSERT_TRUE(file.ok());
          auto read = ReadHeader(**file, DiscardEvents());
          ASSERT_TRUE(read.ok()) << point.Describe();
          ASSERT_TRUE(read->dbtime == 1 || read->dbtime == 2) << point.Describe();
          (read->dbtime == 1 ? saw_old : saw_new) = true;
        });
    EXPECT_GT(images, 50u);
    EXPECT_TRUE(saw_old && saw_new);
  }
}

TEST(DatabaseHeaderSampleTest, SamplesDecodeAndEncodeToTheSameBytes) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  for (const std::string& name : test::SampleNames()) {
    SCOPED_TRACE(name);
    const test::SampleFile& sample = test::LoadSample(name);
    for (const size_t copy : {0, 1}) {
      const Bytes page = Bytes(sample.bytes).subspan(copy * sample.page_size, sample.page_size);
      HeaderFault fault;
      auto header = DatabaseHeader::Decode(page, &fault);
      ASSERT_TRUE(header.ok()) << fault.rule;
      EXPECT_EQ(header->state, DatabaseState::kClean);
      EXPECT_EQ(header->file_type, FileType::kDatabase);
      EXPECT_EQ(header->update, 20u);
      EXPECT_EQ(header->consistent_position, header->detach_position);
      EXPECT_EQ(header->consistent_time, header->detach_time);
      EXPECT_TRUE(header->current_full_backup.IsNull());
      EXPECT_GT(header->signature.created.ToUnixMilliseconds(), 1'000'000'000'000);
      const std::vector<std::byte> again = Encoded(*header);
      ASSERT_TRUE(std::equal(again.begin(), again.end(), page.begin()));
      DbTime highest = 0;
      for (const PageNumber number : sample.OwnedPages()) {
        highest = std::max(highest, sample.view(number).dbtime());
      }
      EXPECT_EQ(header->dbtime, highest);
    }
  }
}

}  // namespace
}  // namespace contrail
