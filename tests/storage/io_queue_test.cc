// Both queues of the machine against the contract of storage/file.h.

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "storage/aligned_buffer.h"
#include "storage/file.h"
#include "storage/thread_pool_queue.h"
#include "storage/uring_queue.h"
#include "tests/support/scratch_folder.h"

namespace contrail {
namespace {

constexpr size_t kBlock = kDirectIoAlignment;
constexpr size_t kDepth = 8;

enum class Kind { kUring, kThreadPool };

struct Parameter {
  Kind kind;
  bool direct;
};

std::string NameOf(const testing::TestParamInfo<Parameter>& info) {
  return std::string(info.param.kind == Kind::kUring ? "Uring" : "ThreadPool") +
         (info.param.direct ? "Direct" : "PageCache");
}

class IoQueueTest : public testing::TestWithParam<Parameter> {
 protected:
  void SetUp() override {
    if (NewQueue(1) == nullptr) GTEST_SKIP() << "this kernel gives no io_uring";
    auto file = PosixFileSystem().Open(folder_.path() / "file",
                                       {.mode = FileMode::kCreateNew, .direct = GetParam().direct});
    ASSERT_TRUE(file.ok());
    file_ = std::move(file).value();
  }

  std::unique_ptr<IoQueue> NewQueue(size_t depth) {
    if (GetParam().kind == Kind::kUring) return UringQueue::Create(depth);
    return std::make_unique<ThreadPoolQueue>(depth);
  }

  IoRequest Request(IoRequest::Kind kind, uint64_t offset, MutableBytes buffer,
                    std::function<void(Status)> done) {
    return {kind, file_.get(), offset, buffer.data(), buffer.size(), std::move(done)};
  }

  test::ScratchFolder folder_;
  std::unique_ptr<File> file_;
};

INSTANTIATE_TEST_SUITE_P(Machine, IoQueueTest,
                         testing::Values(Parameter{Kind::kUring, false},
                                         Parameter{Kind::kUring, true},
                                         Parameter{Kind::kThreadPool, false},
                                         Parameter{Kind::kThreadPool, true}),
                         NameOf);

TEST_P(IoQueueTest, WritesThenReadsEveryBlock) {
  constexpr size_t kBlocks = 200;
  AlignedBuffer written(kBlocks * kBlock);
  std::mt19937 random(1);
  for (std::byte& byte : written.span()) byte = std::byte(random());
  const auto queue = NewQueue(kDepth);
  size_t done = 0;
  for (size_t i = 0; i < kBlocks; ++i) {
    const size_t block = i * 37 % kBlocks;  // Not in order: the file grows and has holes meanwhile.
    queue->Submit(Request(IoRequest::Kind::kWrite, block * kBlock,
                          written.span().subspan(block * kBlock, kBlock), [&](Status status) {
                            EXPECT_TRUE(status.ok());
                            ++done;
                          }));
    ASSERT_LE(queue->in_flight(), kDepth);
  }
  queue->Wait(kBlocks);
  EXPECT_EQ(done, kBlocks);
  EXPECT_EQ(queue->in_flight(), 0u);
  AlignedBuffer read(kBlocks * kBlock);
  for (size_t block = 0; block < kBlocks; ++block) {
    queue->Submit(Request(IoRequest::Kind::kRead, block * kBlock,
                          read.span().subspan(block * kBlock, kBlock),
                          [](Status status) { EXPECT_TRUE(status.ok()); }));
  }
  queue->Wait(kBlocks);
  EXPECT_EQ(Compare(read.span(), written.span()), 0);
}

TEST_P(IoQueueTest, ReportsEachTransfersOwnError) {
  AlignedBuffer data(4 * kBlock);
  ASSERT_TRUE(file_->Write(0, data.span()).ok());
  const auto queue = NewQueue(kDepth);
  Status inside = Error::kInternalError;
  Status across = Error::kInternalError;
  Status beyond = Error::kInternalError;
  AlignedBuffer first(kBlock), second(2 * kBlock), third(kBlock);
  queue->Submit(Request(IoRequest::Kind::kRead, 0, first.span(), [&](Status s) { inside = s; }));
  queue->Submit(
      Request(IoRequest::Kind::kRead, 3 * kBlock, second.span(), [&](Status s) { across = s; }));
  queue->Submit(
      Request(IoRequest::Kind::kRead, 9 * kBlock, third.span(), [&](Status s) { beyond = s; }));
  EXPECT_EQ(queue->Wait(3), 3u);
  EXPECT_TRUE(inside.ok());
  EXPECT_TRUE(across.Is(Error::kFileIOBeyondEOF));
  EXPECT_TRUE(beyond.Is(Error::kFileIOBeyondEOF));
  EXPECT_EQ(queue->Wait(1), 0u);
}

TEST_P(IoQueueTest, WriteToAReadOnlyFileFails) {
  auto reader = PosixFileSystem().Open(file_->path(), {.direct = GetParam().direct});
  ASSERT_TRUE(reader.ok());
  const auto queue = NewQueue(1);
  AlignedBuffer data(kBlock);
  Status status;
  queue->Submit({IoRequest::Kind::kWrite, reader->get(), 0, data.data(), kBlock,
                 [&](Status outcome) { status = outcome; }});
  queue->Wait(1);
  EXPECT_TRUE(status.Is(Error::kFileAccessDenied)) << status.number();
}

TEST_P(IoQueueTest, UnalignedTransfersWorkToo) {
  const auto queue = NewQueue(kDepth);
  AlignedBuffer data(3 * kBlock);
  std::memset(data.data(), 7, data.size());
  queue->Submit(Request(IoRequest::Kind::kWrite, 100, data.span().subspan(1, 5000),
                        [](Status status) { EXPECT_TRUE(status.ok()); }));
  queue->Wait(1);
  EXPECT_EQ(*file_->Size(), 5100u);
  AlignedBuffer read(2 * kBlock);
  queue->Submit(Request(IoRequest::Kind::kRead, 50, read.span().subspan(3, 5050),
                        [](Status status) { EXPECT_TRUE(status.ok()); }));
  queue->Wait(1);
  EXPECT_EQ(read.data()[3 + 49], std::byte{0});
  EXPECT_EQ(Compare(read.span().subspan(3 + 50, 5000), data.span().subspan(1, 5000)), 0);
}

// A stream that keeps the queue full from its own completions, as readers of whole files do.
TEST_P(IoQueueTest, CompletionsMaySubmit) {
  constexpr size_t kBlocks = 300;
  ASSERT_TRUE(file_->Resize(kBlocks * kBlock).ok());
  const auto queue = NewQueue(3);
  AlignedBuffer buffers(3 * kBlock);
  size_t next = 0;
  size_t finished = 0;
  std::function<void(size_t)> start = [&](size_t lane) {
    if (next == kBlocks) return;
    const size_t block = next++;
    queue->Submit(Request(IoRequest::Kind::kRead, block * kBlock,
                          buffers.span().subspan(lane * kBlock, kBlock), [&, lane](Status status) {
                            EXPECT_TRUE(status.ok());
                            ++finished;
                            start(lane);
                          }));
  };
  for (size_t lane = 0; lane < 3; ++lane) start(lane);
  while (queue->in_flight() > 0) queue->Wait(1);
  EXPECT_EQ(finished, kBlocks);
}

TEST_P(IoQueueTest, DestructorFinishesEverything) {
  constexpr size_t kBlocks = 64;
  AlignedBuffer data(kBlocks * kBlock);
  size_t done = 0;
  {
    const auto queue = NewQueue(kBlocks);
    for (size_t block = 0; block < kBlocks; ++block) {
      queue->Submit(Request(IoRequest::Kind::kWrite, block * kBlock,
                            data.span().subspan(block * kBlock, kBlock), [&](Status) { ++done; }));
    }
  }
  EXPECT_EQ(done, kBlocks);
  EXPECT_EQ(*file_->Size(), kBlocks * kBlock);
}

// The kernel may cancel what an ending thread has in flight; nobody may notice.
TEST_P(IoQueueTest, SurvivesTheEndOfTheSubmittingThread) {
  const auto queue = NewQueue(kDepth);
  AlignedBuffer data(kDepth * kBlock);
  size_t done = 0;
  std::thread submitter([&] {
    for (size_t block = 0; block < kDepth; ++block) {
      queue->Submit(Request(IoRequest::Kind::kWrite, block * kBlock,
                            data.span().subspan(block * kBlock, kBlock), [&](Status status) {
                              EXPECT_TRUE(status.ok());
                              ++done;
                            }));
    }
  });
  submitter.join();
  EXPECT_EQ(queue->Wait(kDepth), kDepth);
  EXPECT_EQ(done, kDepth);
}

TEST(IoQueueChoiceTest, EnvironmentTurnsIoUringOff) {
  ASSERT_EQ(::setenv("CONTRAIL_NO_IO_URING", "1", 1), 0);
  const auto queue = PosixFileSystem().NewQueue(1);
  ASSERT_EQ(::unsetenv("CONTRAIL_NO_IO_URING"), 0);
  EXPECT_NE(dynamic_cast<ThreadPoolQueue*>(queue.get()), nullptr);
  if (UringQueue::Create(1) != nullptr) {
    EXPECT_NE(dynamic_cast<UringQueue*>(PosixFileSystem().NewQueue(1).get()), nullptr);
  }
}

}  // namespace
}  // namespace contrail
