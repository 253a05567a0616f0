// The double-write area: format, recovery from every crash, planted bugs.

#include "storage/double_write.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <map>
#include <random>

#include "tests/support/failure_points.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/simulated_file_system.h"

namespace contrail {
namespace {

using test::CrashPoint;
using test::DiskImage;
using test::SimulatedFileSystem;

constexpr char kAreaPath[] = "/area";
constexpr uint32_t kPageSize = 8192;

class CollectedEvents final : public EventSink {
 public:
  void Report(const Event& event) override { events.push_back(event); }
  std::vector<Event> events;
};

// A page that knows whether it is whole: version and number everywhere, so that any mixture shows.
AlignedBuffer MakePage(uint32_t page_number, uint32_t version, size_t size = kPageSize) {
  AlignedBuffer page(size);
  for (size_t at = 0; at < size; at += 8) {
    StoreLittle(page.data() + at, page_number);
    StoreLittle(page.data() + at + 4, version);
  }
  return page;
}

// The version, or nothing when the page is torn. Zeros are version 0.
std::optional<uint32_t> VersionOf(uint32_t page_number, Bytes page) {
  const auto version = LoadLittle<uint32_t>(page.data() + 4);
  const AlignedBuffer expected = MakePage(version == 0 ? 0 : page_number, version, page.size());
  if (Compare(page, expected.span().first(page.size())) != 0) return std::nullopt;
  return version;
}

struct Found {
  uint64_t identity;
  uint32_t page_number;
  std::vector<std::byte> bytes;
};

std::vector<Found> RecoverAll(FileSystem& files, EventSink& events,
                              const std::string& path = kAreaPath) {
  std::vector<Found> found;
  const Status status = DoubleWriteArea::Recover(files, events, path, [&](const PageImage& image) {
    found.push_back({image.identity, image.page_number, {image.bytes.begin(), image.bytes.end()}});
    return Status::Ok();
  });
  EXPECT_TRUE(status.ok()) << status.number();
  return found;
}

std::unique_ptr<DoubleWriteArea> OpenArea(FileSystem& files, DoubleWriteOptions options = {},
                                          const std::string& path = kAreaPath) {
  auto area = DoubleWriteArea::Open(files, path, options);
  CHECK(area.ok());
  return std::move(area).value();
}

uint64_t WriteOne(DoubleWriteArea& area, uint32_t page_number, uint32_t version) {
  const AlignedBuffer page = MakePage(page_number, version);
  const PageImage image = {1, page_number, page.span()};
  const Result<uint64_t> sequence = area.WriteBatch({&image, 1});
  CHECK(sequence.ok());
  return *sequence;
}

TEST(DoubleWriteTest, HandsOutTheNewestImageOfEveryPage) {
  SimulatedFileSystem files;
  const auto area = OpenArea(files);
  area->Release(WriteOne(*area, 7, 1));
  const AlignedBuffer small = MakePage(3, 2, 4096);
  const AlignedBuffer large = MakePage(7, 2, 32768);
  const PageImage images[] = {{1, 3, small.span()}, {2, 7, large.span()}};
  ASSERT_TRUE(area->WriteBatch(images).ok());
  SimulatedFileSystem after(files.Crash(test::CrashPolicy::kDropUnsynced, 1));
  std::vector<Found> found = RecoverAll(after, DiscardEvents());
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].identity, 1u);
  EXPECT_EQ(VersionOf(3, found[0].bytes), 2u);
  EXPECT_EQ(found[1].identity, 2u);
  EXPECT_EQ(found[1].bytes.size(), 32768u);
  EXPECT_EQ(VersionOf(7, found[1].bytes), 2u);
  EXPECT_EQ(VersionOf(7, found[2].bytes), 1u) << "page 7 of another database";
  area->Release(2);
  WriteOne(*area, 3, 3);
  SimulatedFileSystem later(files.Current());
  found = RecoverAll(later, DiscardEvents());
  ASSERT_EQ(found.size(), 2u) << "batch 1 was written over, page 3 of batch 2 is not the newest";
  EXPECT_EQ(VersionOf(3, found[0].bytes), 3u);
  EXPECT_EQ(found[1].identity, 2u);
}

TEST(DoubleWriteTest, NothingToRecoverWithoutAFile) {
  SimulatedFileSystem files;
  CollectedEvents events;
  EXPECT_TRUE(RecoverAll(files, events).empty());
  OpenArea(files);
  EXPECT_TRUE(RecoverAll(files, events).empty());
  EXPECT_TRUE(events.events.empty());
}

TEST(DoubleWriteTest, SequenceGoesOnAfterReopening) {
  SimulatedFileSystem files;
  EXPECT_EQ(WriteOne(*OpenArea(files), 1, 1), 1u);
  EXPECT_EQ(WriteOne(*OpenArea(files), 1, 2), 2u);
  EXPECT_EQ(WriteOne(*OpenArea(files, {.most_pages = 8}), 1, 3), 3u);
  EXPECT_EQ(VersionOf(1, RecoverAll(files, DiscardEvents())[0].bytes), 3u);
  const auto larger = OpenArea(files, {.most_pages = 300});
  EXPECT_EQ(larger->most_pages(), 300u);
  EXPECT_EQ(WriteOne(*larger, 1, 4), 1u) << "made anew";
}

TEST(DoubleWriteTest, AClearedAreaHasNoImages) {
  SimulatedFileSystem files;
  {
    const auto area = OpenArea(files);
    for (uint32_t version = 1; version <= 3; ++version) {
      area->Release(WriteOne(*area, 7, version));
    }
    ASSERT_TRUE(area->Clear().ok());
    ASSERT_TRUE(area->Clear().ok());
  }
  CollectedEvents events;
  EXPECT_TRUE(RecoverAll(files, events).empty());
  {
    // Those of an earlier Open go, too.
    auto area = OpenArea(files);
    area->Release(WriteOne(*area, 7, 4));
    area = nullptr;
    area = OpenArea(files);
    ASSERT_TRUE(area->Clear().ok());
    SimulatedFileSystem disk(files.Current());
    EXPECT_TRUE(RecoverAll(disk, events).empty());
    area->Release(WriteOne(*area, 8, 5));
  }
  const std::vector<Found> found = RecoverAll(files, events);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].page_number, 8u);
  EXPECT_TRUE(events.events.empty());
}

TEST(DoubleWriteTest, OneInstanceAtATime) {
  SimulatedFileSystem files;
  const auto area = OpenArea(files);
  EXPECT_TRUE(DoubleWriteArea::Open(files, kAreaPath, {}).status().Is(Error::kFileAccessDenied));
  EXPECT_TRUE(DoubleWriteArea::Recover(files, DiscardEvents(), kAreaPath, [](const PageImage&) {
                return Status::Ok();
              }).Is(Error::kFileAccessDenied));
}

TEST(DoubleWriteTest, RefusesToOverwriteWhatIsNotReleased) {
  SimulatedFileSystem files;
  const auto area = OpenArea(files);
  WriteOne(*area, 1, 1);
  WriteOne(*area, 1, 2);
  EXPECT_DEATH(WriteOne(*area, 1, 3), "released_");
  area->Release(1);
  EXPECT_EQ(WriteOne(*area, 1, 3), 3u);
}

TEST(DoubleWriteTest, CallbackStopsRecovery) {
  SimulatedFileSystem files;
  WriteOne(*OpenArea(files), 1, 1);
  EXPECT_TRUE(DoubleWriteArea::Recover(files, DiscardEvents(), kAreaPath, [](const PageImage&) {
                return Status(Error::kDiskFull);
              }).Is(Error::kDiskFull));
}

TEST(DoubleWriteTest, WorksOnARealDisk) {
  test::ScratchFolder folder;
  const std::string path = folder.path() / "area";
  FileSystem& files = PosixFileSystem();
  {
    const auto area = OpenArea(files, {.most_pages = 16}, path);
    for (uint32_t version = 1; version <= 5; ++version) {
      std::vector<AlignedBuffer> pages;
      std::vector<PageImage> images;
      for (uint32_t page = 1; page <= 16; ++page) {
        pages.push_back(MakePage(page, version));
        images.push_back({9, page, pages.back().span()});
      }
      const auto sequence = area->WriteBatch(images);
      ASSERT_TRUE(sequence.ok());
      area->Release(*sequence);
    }
  }
  const auto found = RecoverAll(files, DiscardEvents(), path);
  ASSERT_EQ(found.size(), 16u);
  for (const Found& one : found) EXPECT_EQ(VersionOf(one.page_number, one.bytes), 5u);
}

// --- Bad bytes ---

DiskImage TwoBatches() {
  SimulatedFileSystem files;
  const auto area = OpenArea(files, {.most_pages = 4, .largest_page = kPageSize});
  for (uint32_t version = 1; version <= 2; ++version) {
    std::vector<AlignedBuffer> pages;
    std::vector<PageImage> images;
    for (uint32_t page = 1; page <= 3; ++page) {
      pages.push_back(MakePage(page, version));
      images.push_back({1, page, pages.back().span()});
    }
    CHECK(area->WriteBatch(images).ok());
  }
  return files.Current();
}

TEST(DoubleWriteDamageTest, AFlippedBitNeverYieldsAWrongImage) {
  constexpr uint32_t kSeed = 99;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  const DiskImage good = TwoBatches();
  size_t losses = 0;
  for (int round = 0; round < 2000; ++round) {
    DiskImage damaged = good;
    test::SparseContent& content = damaged.files[kAreaPath];
    // The headers are small and matter most.
    const bool header = round % 2 == 0;
    const uint64_t start = header ? random() % 2 * (content.size() - 4096) / 2 + 4096 : 0;
    const uint64_t offset = header ? start + random() % 160 : random() % content.size();
    std::byte byte;
    content.Read(offset, {&byte, 1});
    byte ^= std::byte(1 << random() % 8);
    content.Write(offset, {&byte, 1});
    SimulatedFileSystem files(damaged);
    const auto found = RecoverAll(files, DiscardEvents());
    losses += found.size() < 3 ? 1 : 0;
    for (const Found& one : found) {
      ASSERT_TRUE(VersionOf(one.page_number, one.bytes).has_value()) << "offset " << offset;
    }
  }
  EXPECT_LT(losses, 200u) << "the other half has an older image of every page";
}

TEST(DoubleWriteDamageTest, ShortFilesAndForeignFilesArePassedOver) {
  const DiskImage good = TwoBatches();
  for (uint64_t size = 0; size < good.files.at(kAreaPath).size(); size += 1000) {
    DiskImage cut = good;
    cut.files[kAreaPath].Resize(size);
    SimulatedFileSystem files(cut);
    CollectedEvents events;
    EXPECT_TRUE(RecoverAll(files, events).empty());
    EXPECT_EQ(events.events.size(), size < 4096 ? 0u : 1u);
    OpenArea(files);
  }
  DiskImage foreign = good;
  foreign.files[kAreaPath].Write(0, AsBytes("SQLite format 3"));
  SimulatedFileSystem files(foreign);
  CollectedEvents events;
  EXPECT_TRUE(RecoverAll(files, events).empty());
  ASSERT_EQ(events.events.size(), 1u);
  EXPECT_EQ(events.events[0].file, kAreaPath);
  EXPECT_FALSE(events.events[0].expected.empty());
}

// --- Crashes ---

enum class Bug { kNone, kNoDoubleWrite, kReleasesEarly, kWritesInPlaceFirst };

// A page writer over a file of a few pages. Each round writes new versions of some of them; the
// next round's images go to the area while the pages of the round before are being written in
// place.
class Workload {
 public:
  static constexpr uint32_t kPages = 6;
  static constexpr uint32_t kRounds = 4;

  explicit Workload(Bug bug) : bug_(bug) {}

  void Run(SimulatedFileSystem& files) {
    TryRun(files).Ignore();  // Fails when the power goes; what counts is on the disk then.
    rounds_.clear();
    file_.reset();
  }

  // The oldest version that each page may have after a crash: what was synced in place.
  const std::map<uint32_t, uint32_t>& durable() const { return durable_; }

 private:
  Status TryRun(SimulatedFileSystem& files) {
    ASSIGN_OR_RETURN(file_, files.Open("/pages", {.mode = FileMode::kReadWrite}));
    const auto queue = files.NewQueue(kPages);
    ASSIGN_OR_RETURN(
        const auto area,
        DoubleWriteArea::Open(files, kAreaPath, {.most_pages = kPages, .largest_page = kPageSize}));
    for (uint32_t version = 1; version <= kRounds; ++version) {
      rounds_.push_back(MakeRound(version));
      Round& round = rounds_.back();
      if (bug_ == Bug::kWritesInPlaceFirst) SubmitInPlace(*queue, round);
      if (bug_ != Bug::kNoDoubleWrite) {
        ASSIGN_OR_RETURN(round.sequence, area->WriteBatch(round.images));
      }
      if (version > 1) RETURN_IF_ERROR(FinishInPlace(*queue, *std::prev(rounds_.end(), 2), *area));
      if (bug_ != Bug::kWritesInPlaceFirst) SubmitInPlace(*queue, round);
      if (bug_ == Bug::kReleasesEarly) area->Release(round.sequence);
    }
    return FinishInPlace(*queue, rounds_.back(), *area);
  }

  struct Round {
    uint32_t version = 0;
    uint64_t sequence = 0;
    std::vector<AlignedBuffer> pages;
    std::vector<PageImage> images;
  };

  static Round MakeRound(uint32_t version) {
    Round round;
    round.version = version;
    for (uint32_t page = 1; page <= kPages; ++page) {
      if ((page + version) % 3 == 0) continue;
      round.pages.push_back(MakePage(page, version));
      round.images.push_back({1, page, round.pages.back().span()});
    }
    return round;
  }

  void SubmitInPlace(IoQueue& queue, const Round& round) {
    for (const PageImage& image : round.images) {
      queue.Submit({IoRequest::Kind::kWrite, file_.get(), (image.page_number - 1) * kPageSize,
                    const_cast<std::byte*>(image.bytes.data()), image.bytes.size(),
                    [this](Status status) {
                      if (!status.ok()) write_failed_ = true;
                    }});
    }
  }

  Status FinishInPlace(IoQueue& queue, const Round& round, DoubleWriteArea& area) {
    while (queue.in_flight() > 0) queue.Wait(1);
    if (write_failed_) return Error::kDiskIO;
    if (bug_ != Bug::kReleasesEarly) RETURN_IF_ERROR(file_->Sync());
    for (const PageImage& image : round.images) durable_[image.page_number] = round.version;
    area.Release(round.sequence);
    return Status::Ok();
  }

  Bug bug_;
  std::unique_ptr<File> file_;
  std::list<Round> rounds_;  // Their pages stay until the queue is gone.
  bool write_failed_ = false;
  std::map<uint32_t, uint32_t> durable_;
};

// True when every page can be read after recovery, none older than what was durable.
bool Recovers(const DiskImage& found, const std::map<uint32_t, uint32_t>& durable) {
  SimulatedFileSystem files(found);
  std::map<uint32_t, std::vector<std::byte>> images;
  for (Found& one : RecoverAll(files, DiscardEvents())) {
    if (!VersionOf(one.page_number, one.bytes).has_value()) return false;
    images[one.page_number] = std::move(one.bytes);
  }
  auto file = files.Open("/pages", {});
  CHECK(file.ok());
  for (uint32_t page = 1; page <= Workload::kPages; ++page) {
    std::vector<std::byte> bytes(kPageSize);
    CHECK((*file)->Read((page - 1) * kPageSize, bytes).ok());
    auto version = VersionOf(page, bytes);
    if (!version.has_value() && images.contains(page)) version = VersionOf(page, images[page]);
    const auto oldest = durable.find(page);
    if (!version.has_value()) return false;
    if (oldest != durable.end() && *version < oldest->second) return false;
  }
  return true;
}

DiskImage ZeroPages() {
  DiskImage start;
  start.files["/pages"].Resize(Workload::kPages * kPageSize);
  return start;
}

size_t UnrecoverableCrashes(Bug bug, size_t* images) {
  size_t failures = 0;
  Workload workload(bug);
  *images = test::ForEachCrashPoint(
      ZeroPages(), test::CrashOutcomes(20),
      [&](SimulatedFileSystem& files) {
        workload = Workload(bug);
        files.SetCompletionOrder(5);
        workload.Run(files);
      },
      [&](const DiskImage& found, const CrashPoint& point) {
        const bool good = Recovers(found, workload.durable());
        if (!good) ++failures;
        if (bug == Bug::kNone) {
          EXPECT_TRUE(good) << point.Describe();
        }
      });
  return failures;
}

TEST(DoubleWriteCrashTest, NoCrashLeavesAPageUnrecoverable) {
  size_t images = 0;
  EXPECT_EQ(UnrecoverableCrashes(Bug::kNone, &images), 0u);
  EXPECT_GT(images, 1000u);
}

TEST(DoubleWriteCrashTest, PlantedBugsAreCaught) {
  size_t images = 0;
  EXPECT_GT(UnrecoverableCrashes(Bug::kNoDoubleWrite, &images), 0u);
  EXPECT_GT(UnrecoverableCrashes(Bug::kReleasesEarly, &images), 0u);
  EXPECT_GT(UnrecoverableCrashes(Bug::kWritesInPlaceFirst, &images), 0u);
}

TEST(DoubleWriteCrashTest, AFailedOperationIsReportedAndLosesNothing) {
  for (const Error error : {Error::kDiskIO, Error::kDiskFull}) {
    Workload workload(Bug::kNone);
    const size_t fired = test::ForEachFailurePoint(
        ZeroPages(), {.kinds = test::kChangingOperations, .error = error},
        [&](SimulatedFileSystem& files, const test::Fault& fault) {
          workload = Workload(Bug::kNone);
          workload.Run(files);
          for (uint64_t seed = 1; seed <= 4; ++seed) {
            EXPECT_TRUE(Recovers(files.Crash(test::CrashPolicy::kMixed, seed), workload.durable()))
                << "operation " << fault.number << " failed";
          }
        });
    EXPECT_GT(fired, 60u);
  }
}

// --- Format ---

std::string Hex(Bytes bytes) {
  std::string text;
  for (const std::byte byte : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    text += kDigits[int(byte) >> 4];
    text += kDigits[int(byte) & 15];
  }
  return text;
}

// The worked example of docs/format/double_write.md.
TEST(DoubleWriteFormatTest, WorkedExample) {
  SimulatedFileSystem files;
  {
    const auto area = OpenArea(files, {.most_pages = 2, .largest_page = 4096});
    const AlignedBuffer page = MakePage(7, 1, 4096);
    const PageImage image = {0x1122334455667788, 7, page.span()};
    ASSERT_EQ(*area->WriteBatch({&image, 1}), 1u);
  }
  const DiskImage image = files.Current();
  const test::SparseContent& content = image.files.at(kAreaPath);
  EXPECT_EQ(content.size(), 4096u + 2 * 12288);
  std::byte header[64];
  content.Read(0, MutableBytes(header).first(40));
  EXPECT_EQ(Hex(Bytes(header).first(40)),
            "4457524954453031010000000200000000300000000000000000000000000000"
            "a41303fa38d5670a");
  content.Read(4096 + 12288, header);
  EXPECT_EQ(Hex(header),
            "445742415443483101000000000000000100000000000000c62e03b15333a9f0"
            "887766554433221107000000001000000010000000000000ca4eedd730c0c2a9");
}

}  // namespace
}  // namespace contrail
