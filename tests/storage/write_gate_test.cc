// The gate that a freeze closes, and the file system behind it.

#include "storage/write_gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "storage/aligned_buffer.h"
#include "storage/gated_files.h"
#include "tests/support/simulated_file_system.h"

namespace contrail {
namespace {

using test::SimulatedFileSystem;

TEST(WriteGateTest, CloseWaitsForThoseInsideAndKeepsOthersOut) {
  WriteGate gate;
  gate.Enter();
  std::atomic<bool> closed{false};
  std::thread closer([&] {
    gate.Close();
    closed = true;
  });
  while (gate.TryEnter()) gate.Leave();  // Until it is being closed.
  EXPECT_FALSE(closed);
  gate.Leave();
  closer.join();
  EXPECT_FALSE(gate.TryEnter());
  std::atomic<bool> entered{false};
  std::thread waiter([&] {
    gate.Enter();
    entered = true;
    gate.Leave();
  });
  EXPECT_FALSE(entered);
  gate.Open();
  waiter.join();
  EXPECT_TRUE(gate.TryEnter());
  gate.Leave();
}

TEST(WriteGateTest, ManyThreadsAreNeverInsideAClosedGate) {
  WriteGate gate;
  std::atomic<int> inside{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (!stop) {
        const WritePass pass(gate);
        ++inside;
        --inside;
      }
    });
  }
  for (int round = 0; round < 2000; ++round) {
    gate.Close();
    ASSERT_EQ(inside, 0);
    gate.Open();
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
}

class GatedFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(files_.CreateDirectories("/d"), Status::Ok());
    auto file = files_.Open("/d/a", {.mode = FileMode::kCreateNew});
    ASSERT_EQ(file.status(), Status::Ok());
    file_ = std::move(*file);
    ASSERT_EQ(file_->Write(0, buffer_.span()), Status::Ok());
  }
  // The call waits while the gate is closed: nothing has happened on the disk before it opens.
  void ExpectWaits(const char* what, const std::function<Status()>& call) {
    SCOPED_TRACE(what);
    gate_.Close();
    const uint64_t changes = disk_.operations(test::kChangingOperations);
    std::atomic<bool> done{false};
    std::thread caller([&] {
      EXPECT_EQ(call(), Status::Ok());
      done = true;
    });
    // Reads go on meanwhile.
    for (int i = 0; i < 100; ++i) EXPECT_EQ(file_->Read(0, buffer_.span()), Status::Ok());
    EXPECT_FALSE(done);
    EXPECT_EQ(disk_.operations(test::kChangingOperations), changes);
    gate_.Open();
    caller.join();
    EXPECT_GT(disk_.operations(test::kChangingOperations), changes);
  }
  IoRequest Transfer(IoRequest::Kind kind, uint64_t offset) {
    IoRequest request;
    request.kind = kind;
    request.file = file_.get();
    request.offset = offset;
    request.buffer = buffer_.data();
    request.length = buffer_.size();
    request.done = [this](Status status) {
      EXPECT_EQ(status, Status::Ok());
      ++completed_;
    };
    return request;
  }

  AlignedBuffer buffer_{4096};
  SimulatedFileSystem disk_;
  WriteGate gate_;
  GatedFileSystem files_{disk_, gate_};
  std::unique_ptr<File> file_;
  int completed_ = 0;
};

TEST_F(GatedFilesTest, EveryChangeWaits) {
  ExpectWaits("write", [&] { return file_->Write(4096, buffer_.span()); });
  ExpectWaits("sync", [&] { return file_->Sync(); });
  ExpectWaits("resize", [&] { return file_->Resize(3 * 4096); });
  ExpectWaits("create", [&] {
    return files_.Open("/d/b", {.mode = FileMode::kCreateOrTruncate}).status();
  });
  ExpectWaits("rename", [&] { return files_.Rename("/d/b", "/d/c"); });
  ExpectWaits("sync directory", [&] { return files_.SyncDirectory("/d"); });
  ExpectWaits("remove", [&] { return files_.Remove("/d/c"); });
  ExpectWaits("create directory", [&] { return files_.CreateDirectories("/d/e"); });
  ExpectWaits("remove directory", [&] { return files_.RemoveDirectory("/d/e"); });
}

TEST_F(GatedFilesTest, LookingDoesNotWait) {
  gate_.Close();
  EXPECT_EQ(files_.Open("/d/a", {}).status(), Status::Ok());
  EXPECT_EQ(files_.Exists("/d/a").status(), Status::Ok());
  EXPECT_EQ(files_.List("/d").status(), Status::Ok());
  EXPECT_EQ(file_->Size().status(), Status::Ok());
  const auto queue = files_.NewQueue(4);
  queue->Submit(Transfer(IoRequest::Kind::kRead, 0));
  queue->Wait(1);
  EXPECT_EQ(completed_, 1);
  gate_.Open();
}

TEST_F(GatedFilesTest, AQueueThatMeetsTheClosedGateBringsHomeWhatItHas) {
  const auto queue = files_.NewQueue(4);
  queue->Submit(Transfer(IoRequest::Kind::kWrite, 0));
  ASSERT_EQ(queue->in_flight(), 1u);
  std::thread closer([&] { gate_.Close(); });  // Waits for the transfer.
  while (!gate_.closed()) std::this_thread::yield();
  std::thread opener([&] {
    closer.join();  // It would wait for ever if the transfer had not been brought home.
    gate_.Open();
  });
  queue->Submit(Transfer(IoRequest::Kind::kWrite, 4096));
  opener.join();
  queue->Wait(queue->in_flight());
  EXPECT_EQ(completed_, 2);
}

}  // namespace
}  // namespace contrail
