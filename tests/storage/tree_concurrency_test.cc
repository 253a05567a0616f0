// Several threads on one tree: nothing is lost, nothing comes twice, and scans see keys in order.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <random>
#include <thread>

#include "tests/support/tree_model.h"
#include "tests/support/tree_under_test.h"

namespace contrail {
namespace {

using test::DatabaseUnderTest;
using test::TreeModel;
using test::TreesUnderTest;

constexpr uint64_t kSeed = 99;
constexpr int kWriters = 3;
constexpr int kReaders = 2;
constexpr uint32_t kPageSize = 4096;
// The thread sanitizer's builds copy every page they look at.
constexpr int kScale = kOptimisticReads ? 4 : 1;

std::string BigEndian(uint32_t value) {
  std::string text(4, 0);
  StoreBig32(reinterpret_cast<std::byte*>(text.data()), value);
  return text;
}

uint32_t Number(Bytes key) { return key.size() == 4 ? LoadBig32(key.data()) : 0; }

class TreeConcurrencyTest : public testing::Test {
 protected:
  // Runs readers until all writers have finished.
  template <typename Writer, typename Reader>
  void Run(Writer&& writer, Reader&& reader) {
    std::atomic<int> writing = kWriters;
    std::vector<std::thread> threads;
    for (int i = 0; i < kWriters; ++i) {
      threads.emplace_back([&, i] {
        writer(i);
        --writing;
      });
    }
    for (int i = 0; i < kReaders; ++i) {
      threads.emplace_back([&, i] {
        std::mt19937_64 random(kSeed + 100 + i);
        do {
          reader(random);
        } while (writing.load() > 0);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  DatabaseUnderTest host_{kPageSize, 8 << 20};
  TreesUnderTest trees_{host_};
};

// Writer w owns the keys that leave remainder w; multiples of 100 are there from the start and
// stay.
TEST_F(TreeConcurrencyTest, DisjointKeysWithScans) {
  constexpr uint32_t kKeys = 3000;
  constexpr int kOperations = 1000 * kScale;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  const Tree tree = trees_.Make(test::kDatabaseRoot);
  Tree first = tree;
  TreeModel model(true);
  for (uint32_t key = 100; key < kKeys; key += 100) {
    ASSERT_TRUE(
        first.Insert(&host_.scratch, AsBytes(BigEndian(key)), AsBytes("stays"), 0, nullptr).ok());
    model.nodes[{BigEndian(key), ""}] = {"stays", false};
  }
  std::array<TreeModel, kWriters> models{TreeModel(true), TreeModel(true), TreeModel(true)};
  const auto write = [&](int writer) {
    std::mt19937_64 random(kSeed + writer);
    MutationScratch scratch;
    Tree mine = tree;
    auto& nodes = models[writer].nodes;
    for (int i = 0; i < kOperations; ++i) {
      // In waves, so that the tree grows and shrinks.
      const bool grow = (i / (250 * kScale)) % 2 == 0;
      const uint32_t number = 1 + (random() % (kKeys / kWriters)) * kWriters + writer;
      if (number % 100 == 0) continue;
      const std::string key = BigEndian(number);
      const std::string data(random() % 120, static_cast<char>('a' + writer));
      const auto found = nodes.find({key, ""});
      Status status;
      if (found == nodes.end()) {
        if (!grow && random() % 4 != 0) continue;
        status = mine.Insert(&scratch, AsBytes(key), AsBytes(data), 0, nullptr);
        nodes[{key, ""}] = {data, false};
      } else if (random() % 3 == 0) {
        status = mine.Replace(&scratch, AsBytes(key), AsBytes(data), 0, nullptr);
        nodes[{key, ""}] = {data, false};
      } else if (!grow || random() % 4 == 0) {
        status = mine.Erase(&scratch, AsBytes(key), {}, nullptr);
        nodes.erase(found);
      }
      ASSERT_TRUE(status.ok()) << status.number();
    }
  };
  const auto scan = [&](std::mt19937_64& random) {
    TreeCursor cursor(tree);
    const bool forwards = random() % 2 == 0;
    uint32_t stayed = 0;
    uint32_t last = forwards ? 0 : kKeys + kWriters;
    Status status = forwards ? cursor.MoveFirst() : cursor.MoveLast();
    for (; status.ok(); status = forwards ? cursor.MoveNext() : cursor.MovePrevious()) {
      const uint32_t number = Number(cursor.key());
      ASSERT_TRUE(forwards ? number > last : number < last) << number << " after " << last;
      last = number;
      const Status read = cursor.ReadCurrent([&](const NodeView& node, const ReadGuard& guard) {
        const bool whole = AsText(node.data) == "stays";
        if (guard.Validate()) {
          EXPECT_TRUE(whole || number % 100 != 0);
        }
        return Status::Ok();
      });
      ASSERT_TRUE(read.ok() || read.Is(Error::kRecordNotFound)) << read.number();
      if (number % 100 == 0) ++stayed;
    }
    ASSERT_TRUE(status.Is(Error::kNoCurrentRecord)) << status.number();
    ASSERT_EQ(stayed, kKeys / 100 - 1);
    const uint32_t wanted = 100 * (1 + random() % (kKeys / 100 - 1));
    ASSERT_TRUE(cursor.SeekExact(AsBytes(BigEndian(wanted))).ok()) << wanted;
  };
  Run(write, scan);
  for (const TreeModel& part : models) model.nodes.insert(part.nodes.begin(), part.nodes.end());
  EXPECT_EQ(trees_.Unsound(), "");
  EXPECT_EQ(model.Differs(tree), "");
}

// Believes only what it has been told with the leaf latched: every change must find the state that
// the change before it, by whichever thread, has left.
class StateGate final : public ChangeGate {
 public:
  StateGate(std::atomic<int>* state, bool exists_after) : state_(state), after_(exists_after) {}
  Status Check(const NodeState& before, std::vector<std::byte>*) override {
    consistent_ = consistent_ && state_->load() == (before.exists ? 1 : 0);
    return Status::Ok();
  }
  void Applied(const NodeState& before, Lgpos) override {
    consistent_ = consistent_ && state_->exchange(after_ ? 1 : 0) == (before.exists ? 1 : 0);
  }
  bool consistent() const { return consistent_; }

 private:
  std::atomic<int>* state_;
  bool after_;
  bool consistent_ = true;
};

TEST_F(TreeConcurrencyTest, SharedKeysChangeUnderTheLatch) {
  constexpr uint32_t kKeys = 300;
  constexpr int kOperations = 1000 * kScale;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  const Tree tree = trees_.Make(test::kDatabaseRoot);
  std::array<std::atomic<int>, kKeys> states{};
  const auto write = [&](int writer) {
    std::mt19937_64 random(kSeed + writer);
    MutationScratch scratch;
    Tree mine = tree;
    for (int i = 0; i < kOperations; ++i) {
      const uint32_t number = random() % kKeys;
      const std::string key = BigEndian(number);
      const std::string data(random() % 400, 'x');
      const bool erase = random() % 2 == 0;
      StateGate gate(&states[number], !erase);
      const Status status = erase ? mine.Erase(&scratch, AsBytes(key), {}, &gate)
                                  : mine.Insert(&scratch, AsBytes(key), AsBytes(data), 0, &gate);
      ASSERT_TRUE(status.ok() || (!erase && status.Is(Error::kKeyDuplicate))) << status.number();
      ASSERT_TRUE(gate.consistent());
    }
  };
  const auto scan = [&](std::mt19937_64& random) {
    TreeCursor cursor(tree);
    Status status = cursor.SeekAtLeast(AsBytes(BigEndian(random() % kKeys)));
    uint32_t last = 0;
    for (int i = 0; i < 50 && status.ok(); ++i, status = cursor.MoveNext()) {
      const uint32_t number = Number(cursor.key());
      ASSERT_TRUE(i == 0 || number > last);
      last = number;
    }
  };
  Run(write, scan);
  EXPECT_EQ(trees_.Unsound(), "");
  TreeCursor cursor(tree);
  for (uint32_t number = 0; number < kKeys; ++number) {
    EXPECT_EQ(cursor.SeekExact(AsBytes(BigEndian(number))).ok(), states[number].load() == 1);
  }
}

// All writers append to the right edge of the same tree, each through its own hint.
TEST_F(TreeConcurrencyTest, AppendersShareTheRightEdge) {
  constexpr uint32_t kEach = 800 * kScale;
  const Tree tree = trees_.Make(test::kDatabaseRoot);
  std::atomic<uint32_t> next = 1;
  const auto write = [&](int) {
    MutationScratch scratch;
    Tree mine = tree;
    Tree::AppendHint hint;
    const std::string data(50, 'd');
    for (uint32_t i = 0; i < kEach; ++i) {
      const std::string key = BigEndian(next.fetch_add(1));
      ASSERT_TRUE(mine.Append(&scratch, AsBytes(key), AsBytes(data), 0, nullptr, &hint).ok());
    }
  };
  const auto look = [&](std::mt19937_64&) {
    TreeCursor cursor(tree);
    Status status = cursor.MoveLast();
    for (int i = 0; i < 20 && status.ok(); ++i) status = cursor.MovePrevious();
    ASSERT_TRUE(status.ok() || status.Is(Error::kNoCurrentRecord) ||
                status.Is(Error::kRecordNotFound));
  };
  Run(write, look);
  EXPECT_EQ(trees_.Unsound(), "");
  const auto measured = tree.Measure();
  ASSERT_TRUE(measured.ok());
  EXPECT_EQ(measured->nodes, kEach * kWriters);
}

// A second tree in the same database: structure changes of both take turns, leaf changes do not
// meet.
TEST_F(TreeConcurrencyTest, TreesInOneDatabase) {
  std::array<Tree, kWriters> trees{trees_.Make(test::kDatabaseRoot),
                                   trees_.Make(test::kDatabaseRoot),
                                   trees_.Make(test::kDatabaseRoot)};
  std::array<TreeModel, kWriters> models{TreeModel(true), TreeModel(true), TreeModel(true)};
  const auto write = [&](int writer) {
    std::mt19937_64 random(kSeed + writer);
    MutationScratch scratch;
    Tree& tree = trees[writer];
    for (int i = 0; i < 800 * kScale; ++i) {
      const std::string key = BigEndian(random() % 1000);
      const std::string data(random() % 300, 'x');
      const auto found = models[writer].nodes.find({key, ""});
      if (found == models[writer].nodes.end()) {
        ASSERT_TRUE(tree.Insert(&scratch, AsBytes(key), AsBytes(data), 0, nullptr).ok());
        models[writer].nodes[{key, ""}] = {data, false};
      } else {
        ASSERT_TRUE(tree.Erase(&scratch, AsBytes(key), {}, nullptr).ok());
        models[writer].nodes.erase(found);
      }
    }
  };
  Run(write, [&](std::mt19937_64&) { std::this_thread::yield(); });
  EXPECT_EQ(trees_.Unsound(), "");
  for (int i = 0; i < kWriters; ++i) EXPECT_EQ(models[i].Differs(trees[i]), "");
}

}  // namespace
}  // namespace contrail
