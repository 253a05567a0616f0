// The fake disk against its own fault model (tests/support/simulated_file_system.h), and against
// the contract that it shares with the real one.

#include "tests/support/simulated_file_system.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "storage/aligned_buffer.h"
#include "tests/support/failure_points.h"
#include "tests/support/scratch_folder.h"

namespace contrail::test {
namespace {

constexpr size_t kSector = SimulatedInode::kSectorSize;

std::vector<std::byte> Filled(size_t size, int value) {
  return std::vector<std::byte>(size, std::byte(value));
}

std::vector<std::byte> ContentOf(const DiskImage& image, const std::string& path) {
  const SparseContent& content = image.files.at(path);
  std::vector<std::byte> bytes(content.size());
  content.Read(0, bytes);
  return bytes;
}

std::unique_ptr<File> OpenFile(SimulatedFileSystem& files, const std::string& path, FileMode mode,
                               bool exclusive = false) {
  auto file = files.Open(path, {.mode = mode, .exclusive = exclusive});
  CHECK(file.ok());
  return std::move(file).value();
}

// A durable file of `size` bytes of 1.
std::unique_ptr<File> DurableFile(SimulatedFileSystem& files, const std::string& path,
                                  size_t size) {
  auto file = OpenFile(files, path, FileMode::kCreateNew);
  CHECK(file->Write(0, Filled(size, 1)).ok());
  CHECK(file->Sync().ok());
  CHECK(files.SyncDirectory(ParentPath(NormalPath(path))).ok());
  return file;
}

TEST(SimulatedFileSystemTest, AgreesWithAModelAtEveryStep) {
  constexpr uint32_t kSeed = 7;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  SimulatedFileSystem files;
  const auto file = OpenFile(files, "/f", FileMode::kCreateNew);
  std::vector<std::byte> model;
  for (int step = 0; step < 3000; ++step) {
    const uint64_t offset = random() % 30000;
    const size_t length = random() % 9000;
    if (random() % 16 == 0) {
      ASSERT_TRUE(file->Resize(offset).ok());
      model.resize(offset);
    } else if (random() % 16 == 0) {
      ASSERT_TRUE(file->Sync().ok());
      ASSERT_EQ(ContentOf(files.Current(), "/f"), model);
      ASSERT_TRUE(files.SyncDirectory("/").ok());
      ASSERT_EQ(ContentOf(files.Crash(CrashPolicy::kDropUnsynced, 1), "/f"), model);
    } else if (random() % 2 == 0) {
      const auto data = Filled(length, static_cast<int>(random() % 3));
      ASSERT_TRUE(file->Write(offset, data).ok());
      if (length > 0) model.resize(std::max(model.size(), offset + length));
      std::copy(data.begin(), data.end(), model.begin() + static_cast<ptrdiff_t>(offset));
    } else {
      std::vector<std::byte> data(length);
      const Status status = file->Read(offset, data);
      const bool inside = length == 0 || offset + length <= model.size();
      ASSERT_EQ(status.ok(), inside);
      if (inside && length > 0) {
        ASSERT_EQ(Compare(data, Bytes(model).subspan(offset, length)), 0) << "step " << step;
      }
    }
    ASSERT_EQ(*file->Size(), model.size());
    if (step % 50 == 0 && files.Crash(CrashPolicy::kKeepUnsynced, 1).files.contains("/f")) {
      ASSERT_EQ(ContentOf(files.Crash(CrashPolicy::kKeepUnsynced, 1), "/f"), model) << step;
    }
  }
}

TEST(SimulatedFileSystemTest, OnlySyncedBytesSurviveTheStrictCrash) {
  SimulatedFileSystem files;
  const auto file = DurableFile(files, "/f", 3 * kSector);
  ASSERT_TRUE(file->Write(kSector, Filled(kSector, 2)).ok());
  EXPECT_EQ(ContentOf(files.Crash(CrashPolicy::kDropUnsynced, 1), "/f"), Filled(3 * kSector, 1));
  EXPECT_EQ(ContentOf(files.Crash(CrashPolicy::kKeepUnsynced, 1), "/f"),
            ContentOf(files.Current(), "/f"));
  ASSERT_TRUE(file->Sync().ok());
  EXPECT_EQ(ContentOf(files.Crash(CrashPolicy::kDropUnsynced, 1), "/f"),
            ContentOf(files.Current(), "/f"));
}

// Every sector is old or new, and over the seeds every sector is seen in both states.
TEST(SimulatedFileSystemTest, MixtureTearsAtSectors) {
  SimulatedFileSystem files;
  constexpr size_t kSectors = 16;
  const auto file = DurableFile(files, "/f", kSectors * kSector);
  ASSERT_TRUE(file->Write(0, Filled(kSectors * kSector, 2)).ok());
  std::set<std::pair<size_t, std::byte>> seen;
  size_t torn = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const auto found = ContentOf(files.Crash(CrashPolicy::kMixed, seed), "/f");
    ASSERT_EQ(found.size(), kSectors * kSector);
    std::set<std::byte> states;
    for (size_t sector = 0; sector < kSectors; ++sector) {
      const auto first = found.begin() + static_cast<ptrdiff_t>(sector * kSector);
      ASSERT_TRUE(std::all_of(first, first + kSector, [&](std::byte b) { return b == *first; }));
      seen.insert({sector, *first});
      states.insert(*first);
    }
    torn += states.size() == 2 ? 1 : 0;
    EXPECT_EQ(found, ContentOf(files.Crash(CrashPolicy::kMixed, seed), "/f")) << "not repeatable";
  }
  EXPECT_EQ(seen.size(), 2 * kSectors);
  EXPECT_GT(torn, 50u);
  EXPECT_LT(torn, 200u);
  const auto last = ContentOf(files.Crash(CrashPolicy::kTearLast, 1), "/f");
  EXPECT_NE(last, Filled(kSectors * kSector, 2));
}

// A small write inside a sector: the sector has one of the contents it once had, nothing between.
TEST(SimulatedFileSystemTest, SectorsHoldOneOfTheirPastContents) {
  SimulatedFileSystem files;
  const auto file = DurableFile(files, "/f", kSector);
  ASSERT_TRUE(file->Write(0, Filled(10, 2)).ok());
  const auto first = ContentOf(files.Current(), "/f");
  ASSERT_TRUE(file->Write(5, Filled(10, 3)).ok());
  const std::set<std::vector<std::byte>> allowed = {Filled(kSector, 1), first,
                                                    ContentOf(files.Current(), "/f")};
  std::set<std::vector<std::byte>> seen;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    seen.insert(ContentOf(files.Crash(CrashPolicy::kMixed, seed), "/f"));
  }
  EXPECT_EQ(seen, allowed);
}

TEST(SimulatedFileSystemTest, SizesAreKeptAsAPrefix) {
  SimulatedFileSystem files;
  const auto file = DurableFile(files, "/f", 1000);
  ASSERT_TRUE(file->Resize(5000).ok());
  ASSERT_TRUE(file->Resize(10).ok());
  ASSERT_TRUE(file->Write(10, Filled(90, 2)).ok());
  std::set<size_t> sizes;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const auto found = ContentOf(files.Crash(CrashPolicy::kMixed, seed), "/f");
    sizes.insert(found.size());
    if (found.size() == 5000) {
      EXPECT_EQ(found[4000], std::byte{0});
    }
  }
  EXPECT_EQ(sizes, (std::set<size_t>{10, 100, 1000, 5000}));
  ASSERT_TRUE(file->Sync().ok());
  EXPECT_EQ(ContentOf(files.Crash(CrashPolicy::kDropUnsynced, 1), "/f").size(), 100u);
}

TEST(SimulatedFileSystemTest, NamesNeedASyncOfTheirDirectory) {
  SimulatedFileSystem files;
  ASSERT_TRUE(files.CreateDirectories("/d").ok());
  DurableFile(files, "/d/old", 1);
  const auto file = OpenFile(files, "/d/new", FileMode::kCreateNew);
  ASSERT_TRUE(file->Write(0, Filled(1, 2)).ok());
  ASSERT_TRUE(file->Sync().ok());
  EXPECT_FALSE(files.Crash(CrashPolicy::kDropUnsynced, 1).files.contains("/d/new"));
  ASSERT_TRUE(files.Rename("/d/new", "/d/old").ok());
  EXPECT_EQ(*files.List("/d"), std::vector<std::string>{"old"});
  std::set<std::pair<bool, std::vector<std::byte>>> seen;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const DiskImage image = files.Crash(CrashPolicy::kMixed, seed);
    seen.insert({image.files.contains("/d/new"), ContentOf(image, "/d/old")});
  }
  EXPECT_EQ(seen.size(), 3u) << "nothing, created, created and renamed";
  ASSERT_TRUE(files.SyncDirectory("/").ok());
  EXPECT_EQ(ContentOf(files.Crash(CrashPolicy::kDropUnsynced, 1), "/d/old"), Filled(1, 1));
  ASSERT_TRUE(files.SyncDirectory("/d").ok());
  EXPECT_EQ(ContentOf(files.Crash(CrashPolicy::kDropUnsynced, 1), "/d/old"), Filled(1, 2));
  ASSERT_TRUE(files.Remove("/d/old").ok());
  EXPECT_TRUE(files.Crash(CrashPolicy::kDropUnsynced, 1).files.contains("/d/old"));
  EXPECT_FALSE(files.Crash(CrashPolicy::kKeepUnsynced, 1).files.contains("/d/old"));
}

TEST(SimulatedFileSystemTest, RenamingADirectoryMovesWhatIsInIt) {
  SimulatedFileSystem files;
  ASSERT_TRUE(files.CreateDirectories("/set.new/a").ok());
  DurableFile(files, "/set.new/a/f", 1);
  OpenFile(files, "/set.new/g", FileMode::kCreateNew);
  ASSERT_TRUE(files.Rename("/set.new", "/set").ok());
  const DiskImage image = files.Crash(CrashPolicy::kDropUnsynced, 1);
  EXPECT_EQ(image.directories, (std::set<std::string>{"/", "/set", "/set/a"}));
  EXPECT_TRUE(image.files.contains("/set/a/f") && image.files.contains("/set/g"));
  EXPECT_TRUE(files.RemoveDirectory("/set").Is(Error::kFileAccessDenied));
}

TEST(SimulatedFileSystemTest, PowerGoesAfterTheGivenOperation) {
  SimulatedFileSystem files;
  const auto file = DurableFile(files, "/f", kSector);
  files.CrashAfter(1);
  EXPECT_TRUE(file->Write(0, Filled(kSector, 2)).ok());
  std::vector<std::byte> read(8);
  EXPECT_TRUE(file->Read(0, read).ok()) << "reads are no changing operations";
  EXPECT_FALSE(files.power_gone());
  EXPECT_TRUE(file->Write(0, Filled(kSector, 3)).Is(Error::kDiskIO));
  EXPECT_TRUE(files.power_gone());
  EXPECT_TRUE(file->Write(0, Filled(kSector, 4)).Is(Error::kDiskIO));
  EXPECT_TRUE(file->Sync().Is(Error::kDiskIO));
  EXPECT_TRUE(file->Size().status().Is(Error::kDiskIO));
  EXPECT_TRUE(files.Exists("/f").status().Is(Error::kDiskIO));
  EXPECT_TRUE(files.Open("/f", {}).status().Is(Error::kDiskIO));
  std::set<std::byte> seen;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    seen.insert(ContentOf(files.Crash(CrashPolicy::kMixed, seed), "/f")[0]);
  }
  EXPECT_EQ(seen, (std::set<std::byte>{std::byte{1}, std::byte{2}, std::byte{3}}))
      << "the interrupted write may be there, the one after it not";
}

TEST(SimulatedFileSystemTest, FaultsHitOnceOrStay) {
  SimulatedFileSystem files;
  const auto file = DurableFile(files, "/f", 4 * kSector);
  files.FailOperation({.number = 2, .kinds = kWriteOperation, .error = Error::kDiskFull});
  const auto data = Filled(4 * kSector, 2);
  EXPECT_TRUE(file->Write(0, Bytes(data).first(1)).ok());
  EXPECT_FALSE(files.fault_fired());
  EXPECT_TRUE(file->Write(0, data).Is(Error::kDiskFull));
  EXPECT_TRUE(files.fault_fired());
  EXPECT_EQ(ContentOf(files.Current(), "/f")[2 * kSector - 1], std::byte{2}) << "a short write";
  EXPECT_EQ(ContentOf(files.Current(), "/f")[2 * kSector], std::byte{1});
  EXPECT_TRUE(file->Write(0, data).ok());
  files.FailOperation({.kinds = kAnyOperation, .persistent = true});
  EXPECT_TRUE(file->Write(0, data).Is(Error::kDiskIO));
  EXPECT_TRUE(file->Sync().Is(Error::kDiskIO));
  EXPECT_TRUE(files.Remove("/f").Is(Error::kDiskIO));
}

TEST(SimulatedFileSystemTest, WhatAFailedSyncLostNoLaterSyncSaves) {
  SimulatedFileSystem files;
  const auto file = DurableFile(files, "/f", 2 * kSector);
  ASSERT_TRUE(file->Write(0, Filled(kSector, 2)).ok());
  files.FailOperation({.kinds = kSyncOperation});
  EXPECT_TRUE(file->Sync().Is(Error::kDiskIO));
  EXPECT_EQ(ContentOf(files.Crash(CrashPolicy::kKeepUnsynced, 1), "/f")[0], std::byte{2});
  ASSERT_TRUE(file->Write(kSector, Filled(kSector, 3)).ok());
  EXPECT_TRUE(file->Sync().ok());
  EXPECT_EQ(ContentOf(files.Current(), "/f")[0], std::byte{2});
  for (const CrashPolicy policy : {CrashPolicy::kDropUnsynced, CrashPolicy::kKeepUnsynced}) {
    EXPECT_EQ(ContentOf(files.Crash(policy, 1), "/f")[0], std::byte{1});
    EXPECT_EQ(ContentOf(files.Crash(policy, 1), "/f")[kSector], std::byte{3});
  }
  ASSERT_TRUE(file->Write(0, Filled(kSector, 2)).ok());
  EXPECT_TRUE(file->Sync().ok());
  EXPECT_EQ(ContentOf(files.Crash(CrashPolicy::kDropUnsynced, 1), "/f")[0], std::byte{2});
}

TEST(SimulatedFileSystemTest, FullDisk) {
  SimulatedFileSystem files;
  files.LimitCapacity(10000);
  const auto a = OpenFile(files, "/a", FileMode::kCreateNew);
  const auto b = OpenFile(files, "/b", FileMode::kCreateNew);
  EXPECT_TRUE(a->Resize(6000).ok());
  EXPECT_TRUE(b->Resize(4001).Is(Error::kDiskFull));
  EXPECT_TRUE(b->Write(0, Filled(4000, 1)).ok());
  EXPECT_TRUE(b->Write(4000, Filled(1, 1)).Is(Error::kDiskFull));
  EXPECT_TRUE(b->Write(0, Filled(4000, 2)).ok());
  EXPECT_EQ(*b->Size(), 4000u);
  EXPECT_TRUE(files.Remove("/a").ok());
  EXPECT_TRUE(b->Resize(10000).ok());
}

TEST(SimulatedFileSystemTest, ErrorsAreThoseOfTheRealOne) {
  SimulatedFileSystem files;
  DurableFile(files, "/f", 1);
  const auto open = [&](const std::string& path, FileMode mode) {
    return files.Open(path, {.mode = mode}).status().error();
  };
  EXPECT_EQ(open("/", FileMode::kReadWrite), Error::kInvalidPath);
  EXPECT_EQ(open("/no/f", FileMode::kReadOnly), Error::kInvalidPath);
  EXPECT_EQ(open("/f/g", FileMode::kCreateNew), Error::kInvalidPath);
  EXPECT_EQ(open("/g", FileMode::kReadWrite), Error::kFileNotFound);
  EXPECT_EQ(open("//./f", FileMode::kCreateNew), Error::kFileAlreadyExists);
  EXPECT_TRUE(OpenFile(files, "/f", FileMode::kReadOnly)
                  ->Write(0, Filled(1, 1))
                  .Is(Error::kFileAccessDenied));
  EXPECT_TRUE(files.Remove("/no").Is(Error::kFileNotFound));
  EXPECT_TRUE(files.Rename("/no", "/f").Is(Error::kFileNotFound));
  EXPECT_TRUE(files.List("/f").status().Is(Error::kInvalidPath));
  const auto writer = OpenFile(files, "/f", FileMode::kReadWrite, true);
  EXPECT_TRUE(files.Open("/f", {.mode = FileMode::kCreateOrTruncate, .exclusive = true})
                  .status()
                  .Is(Error::kFileAccessDenied));
  EXPECT_EQ(*writer->Size(), 1u);
  EXPECT_TRUE(files.Open("/f", {.exclusive = true}).status().Is(Error::kFileAccessDenied));
  EXPECT_TRUE(files.Open("/f", {}).ok());
}

TEST(SimulatedQueueTest, WritesNotWaitedForMayBeAnywhere) {
  SimulatedFileSystem files;
  const auto file = DurableFile(files, "/f", 2 * kSector);
  const auto queue = files.NewQueue(4);
  auto data = Filled(2 * kSector, 2);
  Status status = Error::kInternalError;
  queue->Submit({IoRequest::Kind::kWrite, file.get(), 0, data.data(), data.size(),
                 [&](Status outcome) { status = outcome; }});
  EXPECT_EQ(ContentOf(files.Current(), "/f"), Filled(2 * kSector, 1));
  ASSERT_TRUE(file->Sync().ok());
  EXPECT_EQ(ContentOf(files.Crash(CrashPolicy::kDropUnsynced, 1), "/f"), Filled(2 * kSector, 1));
  EXPECT_EQ(ContentOf(files.Crash(CrashPolicy::kKeepUnsynced, 1), "/f"), data);
  EXPECT_EQ(queue->Wait(1), 1u);
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(ContentOf(files.Crash(CrashPolicy::kDropUnsynced, 1), "/f"), Filled(2 * kSector, 1));
  ASSERT_TRUE(file->Sync().ok());
  EXPECT_EQ(ContentOf(files.Crash(CrashPolicy::kDropUnsynced, 1), "/f"), data);
}

TEST(SimulatedQueueTest, CompletesInAnOrderOfTheSeed) {
  const auto order_of = [](uint64_t seed) {
    SimulatedFileSystem files;
    files.SetCompletionOrder(seed);
    const auto file = DurableFile(files, "/f", 16 * kSector);
    const auto queue = files.NewQueue(16);
    std::vector<std::byte> buffer(16 * kSector);
    std::vector<int> order;
    for (int i = 0; i < 16; ++i) {
      queue->Submit({IoRequest::Kind::kRead, file.get(), i * kSector, buffer.data() + i * kSector,
                     kSector, [&order, i](Status) { order.push_back(i); }});
    }
    queue->Wait(16);
    return order;
  };
  const auto first_in_first_out = order_of(0);
  EXPECT_TRUE(std::is_sorted(first_in_first_out.begin(), first_in_first_out.end()));
  EXPECT_NE(order_of(1), first_in_first_out);
  EXPECT_NE(order_of(1), order_of(2));
  EXPECT_EQ(order_of(1), order_of(1));
}

TEST(SimulatedQueueTest, TransfersFailAsPlanned) {
  SimulatedFileSystem files;
  const auto file = DurableFile(files, "/f", kSector);
  auto data = Filled(kSector, 2);
  Status status;
  const auto submit_write = [&](IoQueue& queue) {
    queue.Submit({IoRequest::Kind::kWrite, file.get(), 0, data.data(), kSector,
                  [&](Status outcome) { status = outcome; }});
  };
  const auto queue = files.NewQueue(2);
  files.FailOperation({.kinds = kWriteOperation, .error = Error::kDiskFull});
  submit_write(*queue);
  queue->Wait(1);
  EXPECT_TRUE(status.Is(Error::kDiskFull));
  submit_write(*queue);
  files.CutPower();
  queue->Wait(1);
  EXPECT_TRUE(status.Is(Error::kDiskIO));
}

TEST(DiskImageTest, ExportsAndImports) {
  SimulatedFileSystem files;
  ASSERT_TRUE(files.CreateDirectories("/d/e").ok());
  DurableFile(files, "/d/f", 100000);
  DurableFile(files, "/empty", 0);
  const DiskImage image = files.Current();
  ScratchFolder folder;
  ASSERT_TRUE(ExportImage(image, folder.path()).ok());
  const auto found = ImportImage(folder.path());
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->directories, image.directories);
  EXPECT_EQ(ContentOf(*found, "/d/f"), Filled(100000, 1));
  EXPECT_EQ(found->files.size(), 2u);
  EXPECT_TRUE(ImportImage(folder.path() / "no").status().Is(Error::kFileNotFound));
}

// The alarm. A ledger of fixed-size entries that acknowledges after Append returns; the planted
// bugs are the classics. The honest one must pass, each of the others must be caught.
enum class Bug { kNone, kForgetsToSync, kForgetsTheDirectory, kBelievesTornEntries };

class Ledger {
 public:
  static constexpr size_t kEntrySize = 3 * kSector;

  Ledger(SimulatedFileSystem& files, Bug bug) : files_(files), bug_(bug) {}

  Status Open() {
    auto file = files_.Open("/ledger", {.mode = FileMode::kCreateNew});
    if (!file.ok()) return file.status();
    file_ = std::move(file).value();
    return bug_ == Bug::kForgetsTheDirectory ? Status::Ok() : files_.SyncDirectory("/");
  }

  Status Append(int value) {
    RETURN_IF_ERROR(file_->Write(entries_ * kEntrySize, Filled(kEntrySize, value)));
    if (bug_ != Bug::kForgetsToSync) RETURN_IF_ERROR(file_->Sync());
    ++entries_;
    return Status::Ok();
  }

  // The values found after a crash, up to the first entry that is not whole.
  static std::vector<int> Recover(const DiskImage& image, Bug bug) {
    std::vector<int> values;
    if (!image.files.contains("/ledger")) return values;
    const auto bytes = ContentOf(image, "/ledger");
    for (size_t at = 0; at + kEntrySize <= bytes.size(); at += kEntrySize) {
      const Bytes entry = Bytes(bytes).subspan(at, kEntrySize);
      const bool whole =
          entry.back() != std::byte{0} &&
          std::all_of(entry.begin(), entry.end(), [&](std::byte byte) { return byte == entry[0]; });
      if (!whole && bug != Bug::kBelievesTornEntries) break;
      values.push_back(static_cast<int>(entry[0]));
    }
    return values;
  }

 private:
  SimulatedFileSystem& files_;
  const Bug bug_;
  std::unique_ptr<File> file_;
  size_t entries_ = 0;
};

// Returns how many crash images broke the promise.
size_t BrokenPromises(Bug bug, size_t* images) {
  constexpr int kEntries = 5;
  std::vector<int> acknowledged;
  size_t broken = 0;
  *images = ForEachCrashPoint(
      DiskImage(), CrashOutcomes(8),
      [&](SimulatedFileSystem& files) {
        acknowledged.clear();
        Ledger ledger(files, bug);
        if (!ledger.Open().ok()) return;
        for (int value = 1; value <= kEntries && ledger.Append(value).ok(); ++value) {
          acknowledged.push_back(value);
        }
      },
      [&](const DiskImage& found, const CrashPoint&) {
        const std::vector<int> values = Ledger::Recover(found, bug);
        std::vector<int> expected(values.size());
        for (size_t i = 0; i < values.size(); ++i) expected[i] = static_cast<int>(i + 1);
        if (values.size() < acknowledged.size() || values != expected) ++broken;
      });
  return broken;
}

TEST(AlarmTest, HonestWriterPasses) {
  size_t images = 0;
  EXPECT_EQ(BrokenPromises(Bug::kNone, &images), 0u);
  EXPECT_EQ(images, 13u * 12u) << "12 operations and the whole run, 12 outcomes";
}

TEST(AlarmTest, PlantedBugsAreCaught) {
  size_t images = 0;
  EXPECT_GT(BrokenPromises(Bug::kForgetsToSync, &images), 0u);
  EXPECT_GT(BrokenPromises(Bug::kForgetsTheDirectory, &images), 0u);
  EXPECT_GT(BrokenPromises(Bug::kBelievesTornEntries, &images), 0u);
}

TEST(FailurePointsTest, EveryOperationFailsOnceAndForGood) {
  std::map<bool, std::set<uint64_t>> reached;
  const size_t fired =
      ForEachFailurePoint(DiskImage(), {.error = Error::kDiskFull},
                          [&](SimulatedFileSystem& files, const Fault& fault) {
                            Ledger ledger(files, Bug::kNone);
                            Status status = ledger.Open();
                            for (int value = 1; value <= 2 && status.ok(); ++value)
                              status = ledger.Append(value);
                            EXPECT_EQ(status.ok(), !files.fault_fired());
                            EXPECT_TRUE(status.ok() || status.Is(Error::kDiskFull));
                            reached[fault.persistent].insert(fault.number);
                          });
  EXPECT_EQ(fired, 12u) << "open, directory, two writes and syncs; twice";
  EXPECT_EQ(reached[false].size(), 7u);
  EXPECT_EQ(reached[true], reached[false]);
}

}  // namespace
}  // namespace contrail::test
