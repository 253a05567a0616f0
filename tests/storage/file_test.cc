// The machine's file system against the contract of storage/file.h, through the page cache and
// direct.

#include "storage/file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <thread>

#include "storage/aligned_buffer.h"
#include "storage/posix_error.h"
#include "tests/support/scratch_folder.h"

namespace contrail {
namespace {

constexpr size_t kBlock = kDirectIoAlignment;

AlignedBuffer Pattern(size_t size, uint32_t seed) {
  AlignedBuffer buffer(size);
  std::mt19937 random(seed);
  for (size_t i = 0; i < buffer.size(); ++i) buffer.data()[i] = std::byte(random());
  return buffer;
}

class FileTest : public testing::TestWithParam<bool> {
 protected:
  Result<std::unique_ptr<File>> Open(FileMode mode, bool exclusive = false) {
    return files_.Open(path_, {.mode = mode, .direct = GetParam(), .exclusive = exclusive});
  }
  std::unique_ptr<File> Create() {
    auto file = Open(FileMode::kCreateNew);
    CHECK(file.ok());
    return std::move(file).value();
  }
  std::string Child(const std::string& name) const { return folder_.path() / name; }

  test::ScratchFolder folder_;
  FileSystem& files_ = PosixFileSystem();
  const std::string path_ = folder_.path() / "file";
};

INSTANTIATE_TEST_SUITE_P(PageCache, FileTest, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(Direct, FileTest, testing::Values(true));

TEST_P(FileTest, ReturnsWhatWasWritten) {
  const auto file = Create();
  EXPECT_EQ(file->path(), path_);
  const AlignedBuffer written = Pattern(5 * kBlock, 1);
  ASSERT_TRUE(file->Write(kBlock, written.span()).ok());
  ASSERT_TRUE(file->Sync().ok());
  EXPECT_EQ(*file->Size(), 6 * kBlock);
  const AlignedBuffer read = Pattern(6 * kBlock, 2);
  ASSERT_TRUE(file->Read(0, read.span()).ok());
  EXPECT_TRUE(std::all_of(read.data(), read.data() + kBlock,
                          [](std::byte byte) { return byte == std::byte{0}; }));
  EXPECT_EQ(Compare(read.span().subspan(kBlock), written.span()), 0);
}

TEST_P(FileTest, ReadPastTheEndIsAnErrorOfItsOwn) {
  const auto file = Create();
  const AlignedBuffer buffer = Pattern(2 * kBlock, 1);
  EXPECT_TRUE(file->Read(0, buffer.span()).Is(Error::kFileIOBeyondEOF));
  ASSERT_TRUE(file->Write(0, buffer.span().first(kBlock)).ok());
  EXPECT_TRUE(file->Read(0, buffer.span()).Is(Error::kFileIOBeyondEOF));
  EXPECT_TRUE(file->Read(kBlock, buffer.span().first(kBlock)).Is(Error::kFileIOBeyondEOF));
  EXPECT_TRUE(file->Read(kBlock - 1, buffer.span().first(2)).Is(Error::kFileIOBeyondEOF));
  EXPECT_TRUE(file->Read(~uint64_t{0} - 1, buffer.span()).Is(Error::kFileIOBeyondEOF));
  EXPECT_TRUE(file->Write(~uint64_t{0} - 1, buffer.span()).Is(Error::kDiskFull));
  EXPECT_TRUE(file->Read(0, buffer.span().first(kBlock)).ok());
  EXPECT_TRUE(file->Read(7 * kBlock, {}).ok());
}

// Random ranges, aligned or not, against a vector that is the model.
TEST_P(FileTest, UnalignedRequestsAgreeWithAModel) {
  constexpr uint32_t kSeed = 20240611;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  const auto file = Create();
  std::vector<std::byte> model;
  for (int step = 0; step < 600; ++step) {
    const bool aligned = random() % 4 == 0;
    const size_t unit = aligned ? kBlock : 1;
    const uint64_t offset = random() % (12 * kBlock) / unit * unit;
    const size_t length = std::max<size_t>(random() % (5 * kBlock) / unit * unit, unit);
    if (random() % 16 == 0) {
      ASSERT_TRUE(file->Resize(offset).ok());
      model.resize(offset);
    } else if (random() % 2 == 0) {
      const AlignedBuffer data = Pattern(length + kBlock, random());
      const size_t shift = aligned ? 0 : random() % kBlock;
      const Bytes bytes = data.span().subspan(shift, length);
      ASSERT_TRUE(file->Write(offset, bytes).ok());
      model.resize(std::max(model.size(), offset + length));
      std::copy(bytes.begin(), bytes.end(), model.begin() + static_cast<ptrdiff_t>(offset));
    } else {
      AlignedBuffer data(length + kBlock);
      const MutableBytes bytes = data.span().subspan(aligned ? 0 : random() % kBlock, length);
      const Status status = file->Read(offset, bytes);
      if (offset + length > model.size()) {
        ASSERT_TRUE(status.Is(Error::kFileIOBeyondEOF)) << "step " << step;
      } else {
        ASSERT_TRUE(status.ok()) << "step " << step;
        ASSERT_EQ(Compare(bytes, Bytes(model).subspan(offset, length)), 0) << "step " << step;
      }
    }
    ASSERT_EQ(*file->Size(), model.size()) << "step " << step;
  }
}

TEST_P(FileTest, LongUnalignedTransferCrossesTheCopyBuffer) {
  const auto file = Create();
  const AlignedBuffer data = Pattern((3 << 20) + 2 * kBlock, 3);
  const Bytes bytes = data.span().subspan(5, (3 << 20) + 77);
  ASSERT_TRUE(file->Write(1000, bytes).ok());
  EXPECT_EQ(*file->Size(), 1000 + bytes.size());
  AlignedBuffer read(bytes.size() + kBlock);
  ASSERT_TRUE(file->Read(1000, read.span().subspan(3, bytes.size())).ok());
  EXPECT_EQ(Compare(read.span().subspan(3, bytes.size()), bytes), 0);
}

TEST_P(FileTest, NeighboursInOneBlockDoNotLoseEachOthersBytes) {
  const auto file = Create();
  constexpr size_t kThreads = 4;
  constexpr size_t kRounds = 200;
  std::vector<std::thread> threads;
  for (size_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      const std::byte mark{static_cast<unsigned char>(thread + 1)};
      for (size_t round = 0; round < kRounds; ++round) {
        CHECK(file->Write(round * kThreads + thread, {&mark, 1}).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<std::byte> read(kThreads * kRounds);
  ASSERT_TRUE(file->Read(0, read).ok());
  for (size_t i = 0; i < read.size(); ++i) ASSERT_EQ(size_t(read[i]), i % kThreads + 1) << i;
}

TEST_P(FileTest, ResizeReservesSpaceAndCuts) {
  const auto file = Create();
  ASSERT_TRUE(file->Resize(1 << 20).ok());
  EXPECT_EQ(*file->Size(), 1u << 20);
  struct stat status;
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_GE(status.st_blocks * 512, 1 << 20);
  const AlignedBuffer block = Pattern(kBlock, 1);
  ASSERT_TRUE(file->Read((1 << 20) - kBlock, block.span()).ok());
  EXPECT_EQ(Compare(block.span(), AlignedBuffer(kBlock).span()), 0);
  ASSERT_TRUE(file->Resize(100).ok());
  EXPECT_EQ(*file->Size(), 100u);
  ASSERT_TRUE(file->Sync().ok());
  EXPECT_TRUE(file->Resize(~uint64_t{0}).Is(Error::kDiskFull));
}

TEST_P(FileTest, FullDiskIsKDiskFullAndChangesNothing) {
  const auto file = Create();
  ASSERT_TRUE(file->Resize(kBlock).ok());
  EXPECT_TRUE(file->Resize(uint64_t{1} << 43).Is(Error::kDiskFull));
  EXPECT_EQ(*file->Size(), kBlock);
}

TEST_P(FileTest, ModesDemandWhatTheySay) {
  EXPECT_TRUE(Open(FileMode::kReadOnly).status().Is(Error::kFileNotFound));
  EXPECT_TRUE(Open(FileMode::kReadWrite).status().Is(Error::kFileNotFound));
  {
    const auto file = Create();
    ASSERT_TRUE(file->Write(0, Pattern(kBlock, 1).span()).ok());
  }
  EXPECT_TRUE(Open(FileMode::kCreateNew).status().Is(Error::kFileAlreadyExists));
  EXPECT_EQ(*(*Open(FileMode::kReadWrite))->Size(), kBlock);
  const auto reader = Open(FileMode::kReadOnly);
  EXPECT_TRUE((*reader)->Write(0, Pattern(kBlock, 1).span()).Is(Error::kFileAccessDenied));
  EXPECT_EQ(*(*reader)->Size(), kBlock);
  EXPECT_EQ(*(*Open(FileMode::kCreateOrTruncate))->Size(), 0u);
}

TEST_P(FileTest, WrongKindsOfPath) {
  const auto open = [&](const std::string& path, FileMode mode) {
    return files_.Open(path, {.mode = mode, .direct = GetParam()}).status().error();
  };
  EXPECT_EQ(open(folder_.path(), FileMode::kReadOnly), Error::kInvalidPath);
  EXPECT_EQ(open(folder_.path(), FileMode::kReadWrite), Error::kInvalidPath);
  EXPECT_EQ(open(Child("no/file"), FileMode::kReadOnly), Error::kInvalidPath);
  EXPECT_EQ(open(Child("no/file"), FileMode::kCreateNew), Error::kInvalidPath);
  EXPECT_EQ(open("", FileMode::kReadOnly), Error::kInvalidPath);
  EXPECT_EQ(open(Child(std::string(300, 'x')), FileMode::kCreateNew), Error::kInvalidPath);
  Create();
  EXPECT_EQ(open(path_ + "/below", FileMode::kReadOnly), Error::kInvalidPath);
  ASSERT_EQ(::mkfifo(Child("pipe").c_str(), 0600), 0);
  EXPECT_EQ(open(Child("pipe"), FileMode::kReadOnly), Error::kInvalidPath);
}

TEST_P(FileTest, ExclusiveKeepsOutThisProcessToo) {
  const auto first = Open(FileMode::kCreateNew, true);
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE((*first)->Write(0, Pattern(kBlock, 1).span()).ok());
  EXPECT_TRUE(Open(FileMode::kReadWrite, true).status().Is(Error::kFileAccessDenied));
  EXPECT_TRUE(Open(FileMode::kReadOnly, true).status().Is(Error::kFileAccessDenied));
  EXPECT_TRUE(Open(FileMode::kCreateOrTruncate, true).status().Is(Error::kFileAccessDenied));
  EXPECT_EQ(*(*first)->Size(), kBlock) << "the refused open must not have truncated the file";
  EXPECT_TRUE(Open(FileMode::kReadOnly).ok());
}

TEST_P(FileTest, ExclusiveReadersShare) {
  Create();
  const auto reader = Open(FileMode::kReadOnly, true);
  ASSERT_TRUE(reader.ok());
  EXPECT_TRUE(Open(FileMode::kReadOnly, true).ok());
  EXPECT_TRUE(Open(FileMode::kReadWrite, true).status().Is(Error::kFileAccessDenied));
}

TEST_P(FileTest, ExclusiveKeepsOutOtherProcessesAndEndsWithTheFile) {
  auto file = Open(FileMode::kCreateNew, true);
  ASSERT_TRUE(file.ok());
  const auto open_in_child = [&] {
    const pid_t child = ::fork();
    if (child == 0) {
      // The fork shares the parent's lock; a path opened anew is what another process would do.
      const auto second = Open(FileMode::kReadWrite, true);
      ::_exit(second.ok() ? 0 : (second.status().Is(Error::kFileAccessDenied) ? 1 : 2));
    }
    int status = 0;
    CHECK(::waitpid(child, &status, 0) == child && WIFEXITED(status));
    return WEXITSTATUS(status);
  };
  EXPECT_EQ(open_in_child(), 1);
  file->reset();
  EXPECT_EQ(open_in_child(), 0);
}

TEST_P(FileTest, OutOfHandles) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer's own checks need a handle";
#endif
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 0;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const Status status = Open(FileMode::kCreateNew).status();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(status.Is(Error::kOutOfFileHandles)) << status.number();
}

class FileSystemTest : public testing::Test {
 protected:
  std::string Child(const std::string& name) const { return folder_.path() / name; }
  void Make(const std::string& name) {
    CHECK(files_.Open(Child(name), {.mode = FileMode::kCreateNew}).ok());
  }
  test::ScratchFolder folder_;
  FileSystem& files_ = PosixFileSystem();
};

TEST_F(FileSystemTest, ListsSortedNames) {
  Make("b");
  Make("a");
  ASSERT_TRUE(files_.CreateDirectories(Child("c/d/e")).ok());
  EXPECT_EQ(*files_.List(folder_.path()), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(files_.List(Child("no")).status().Is(Error::kFileNotFound));
  EXPECT_TRUE(files_.List(Child("a")).status().Is(Error::kInvalidPath));
}

TEST_F(FileSystemTest, RenameReplaces) {
  Make("from");
  Make("to");
  EXPECT_TRUE(files_.Rename(Child("from"), Child("to")).ok());
  EXPECT_FALSE(*files_.Exists(Child("from")));
  EXPECT_TRUE(*files_.Exists(Child("to")));
  EXPECT_TRUE(files_.Rename(Child("from"), Child("to")).Is(Error::kFileNotFound));
  EXPECT_TRUE(files_.SyncDirectory(folder_.path()).ok());
}

TEST_F(FileSystemTest, RemovesFilesAndEmptyDirectoriesOnly) {
  Make("a");
  EXPECT_TRUE(files_.Remove(Child("a")).ok());
  EXPECT_TRUE(files_.Remove(Child("a")).Is(Error::kFileNotFound));
  ASSERT_TRUE(files_.CreateDirectories(Child("c/d/")).ok());
  ASSERT_TRUE(files_.CreateDirectories(Child("c/d")).ok());
  EXPECT_TRUE(files_.Remove(Child("c")).Is(Error::kInvalidPath));
  EXPECT_TRUE(files_.RemoveDirectory(Child("c")).Is(Error::kFileAccessDenied));
  EXPECT_TRUE(files_.RemoveDirectory(Child("c/d")).ok());
  EXPECT_TRUE(files_.RemoveDirectory(Child("c")).ok());
  EXPECT_FALSE(*files_.Exists(Child("c")));
}

TEST_F(FileSystemTest, AFileIsNoDirectory) {
  Make("a");
  EXPECT_TRUE(files_.CreateDirectories(Child("a")).Is(Error::kInvalidPath));
  EXPECT_TRUE(files_.CreateDirectories(Child("a/b")).Is(Error::kInvalidPath));
  EXPECT_TRUE(files_.CreateDirectories("").Is(Error::kInvalidPath));
  EXPECT_TRUE(files_.SyncDirectory(Child("a")).Is(Error::kInvalidPath));
  EXPECT_FALSE(*files_.Exists(Child("a/b")));
}

TEST(PosixErrorTest, MapsWhatAnOperatorCanActOn) {
  EXPECT_TRUE(StatusFromErrno(ENOSPC).Is(Error::kDiskFull));
  EXPECT_TRUE(StatusFromErrno(EDQUOT).Is(Error::kDiskFull));
  EXPECT_TRUE(StatusFromErrno(EROFS).Is(Error::kFileAccessDenied));
  EXPECT_TRUE(StatusFromErrno(EACCES).Is(Error::kFileAccessDenied));
  EXPECT_TRUE(StatusFromErrno(EIO).Is(Error::kDiskIO));
  EXPECT_TRUE(StatusFromErrno(ENXIO).Is(Error::kDiskIO));
  EXPECT_TRUE(StatusFromErrno(EUCLEAN).Is(Error::kFileSystemCorruption));
}

}  // namespace
}  // namespace contrail
