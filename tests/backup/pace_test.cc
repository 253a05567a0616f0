// How fast a backup may read, by a clock that the test turns.

#include "backup/pace.h"

#include <gtest/gtest.h>

#include "tests/support/manual_pace_clock.h"

namespace contrail {
namespace {

constexpr uint64_t kMebibyte = 1 << 20;

TEST(Pace, WithoutLimitsNothingWaits) {
  test::ManualPaceClock clock;
  Pace pace({.clock = &clock}, nullptr);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(pace.Pass(kMebibyte, nullptr));
  EXPECT_EQ(clock.slept(), absl::ZeroDuration());
  EXPECT_EQ(pace.rate(), 0u);
}

TEST(Pace, BytesPassAtTheRate) {
  test::ManualPaceClock clock;
  Pace pace({.bytes_per_second = 10 * kMebibyte, .clock = &clock}, nullptr);
  const absl::Time start = clock.Now();
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(pace.Pass(kMebibyte, nullptr));
  const double seconds = absl::ToDoubleSeconds(clock.Now() - start);
  EXPECT_NEAR(seconds, 10, 0.11);  // A tenth of a second in advance.
}

TEST(Pace, APauseIsNotMadeUpForAtOnce) {
  test::ManualPaceClock clock;
  Pace pace({.bytes_per_second = 10 * kMebibyte, .clock = &clock}, nullptr);
  EXPECT_TRUE(pace.Pass(kMebibyte, nullptr));
  clock.Advance(absl::Minutes(10));
  const absl::Time start = clock.Now();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(pace.Pass(kMebibyte, nullptr));
  EXPECT_NEAR(absl::ToDoubleSeconds(clock.Now() - start), 1.9, 0.01);
}

TEST(Pace, AWaitCanBeEnded) {
  test::ManualPaceClock clock;
  Pace pace({.bytes_per_second = 1000, .clock = &clock}, nullptr);
  int asked = 0;
  EXPECT_FALSE(pace.Pass(kMebibyte, [&] { return ++asked < 5; }));
  EXPECT_EQ(asked, 5);
  EXPECT_LE(clock.slept(), absl::Milliseconds(400));
}

// A disk that gives 200 MiB/s, and commits that suffer from what is read.
class PaceUnderCommits : public testing::Test {
 protected:
  static constexpr double kDisk = 200.0 * kMebibyte;

  // Reads for so long; every millisecond a commit is made, which waits `latency(bytes per second)`.
  void Read(Pace& pace, absl::Duration time, const std::function<absl::Duration(double)>& latency) {
    const absl::Time end = clock_.Now() + time;
    while (clock_.Now() < end) {
      const absl::Time before = clock_.Now();
      clock_.Advance(absl::Seconds(kMebibyte / kDisk));
      ASSERT_TRUE(pace.Pass(kMebibyte, nullptr));
      const absl::Duration took = clock_.Now() - before;
      const auto commits = static_cast<uint64_t>(took / absl::Milliseconds(1)) + 1;
      waits_.count += commits;
      waits_.total +=
          latency(kMebibyte / absl::ToDoubleSeconds(took)) * static_cast<double>(commits);
    }
  }

  test::ManualPaceClock clock_;
  CommitWaits waits_;
};

TEST_F(PaceUnderCommits, SlowCommitsSlowTheBackupDown) {
  Pace pace({.commit_latency = absl::Milliseconds(2), .clock = &clock_}, [&] { return waits_; });
  // 1 ms, and 1 ms more for each 40 MiB/s: 40 MiB/s are what leaves 2 ms.
  const auto latency = [](double rate) {
    return absl::Milliseconds(1 + rate / (40.0 * kMebibyte));
  };
  Read(pace, absl::Seconds(20), latency);
  EXPECT_GT(pace.rate(), 10 * kMebibyte);
  EXPECT_LT(pace.rate(), 80 * kMebibyte);
}

TEST_F(PaceUnderCommits, ItGoesOnHoweverSlowTheyAre) {
  Pace pace({.commit_latency = absl::Milliseconds(2), .clock = &clock_}, [&] { return waits_; });
  Read(pace, absl::Seconds(10), [](double) { return absl::Milliseconds(50); });
  EXPECT_EQ(pace.rate(), Pace::kSlowest);
}

TEST_F(PaceUnderCommits, WhenTheyAreServedItIsFastAgain) {
  Pace pace({.commit_latency = absl::Milliseconds(2), .clock = &clock_}, [&] { return waits_; });
  Read(pace, absl::Seconds(5), [](double) { return absl::Milliseconds(50); });
  ASSERT_EQ(pace.rate(), Pace::kSlowest);
  Read(pace, absl::Seconds(20), [](double) { return absl::Microseconds(300); });
  EXPECT_TRUE(pace.rate() == 0 || pace.rate() > 100 * kMebibyte) << pace.rate();
}

TEST_F(PaceUnderCommits, WithoutCommitsNothingHoldsItUp) {
  Pace pace({.commit_latency = absl::Milliseconds(2), .clock = &clock_},
            [] { return CommitWaits(); });
  Read(pace, absl::Seconds(5), [](double) { return absl::Milliseconds(50); });
  EXPECT_EQ(pace.rate(), 0u);
  EXPECT_LT(clock_.slept(), absl::Seconds(1));  // While it gets going.
}

// A disk that is flooded at once makes commits wait before anybody can see it.
TEST_F(PaceUnderCommits, ItBeginsSlowly) {
  Pace pace({.commit_latency = absl::Milliseconds(2), .clock = &clock_}, [&] { return waits_; });
  EXPECT_EQ(pace.rate(), Pace::kFirst);
  Read(pace, absl::Milliseconds(450), [](double) { return absl::Microseconds(300); });
  EXPECT_EQ(pace.rate(), Pace::kFirst / 16 * 25);  // A quarter more, twice.
}

TEST_F(PaceUnderCommits, TheCeilingHolds) {
  Pace pace({.bytes_per_second = 8 * kMebibyte,
             .commit_latency = absl::Milliseconds(2),
             .clock = &clock_},
            [&] { return waits_; });
  Read(pace, absl::Seconds(5), [](double) { return absl::Microseconds(300); });
  EXPECT_EQ(pace.rate(), 8 * kMebibyte);
  Read(pace, absl::Seconds(5), [](double) { return absl::Milliseconds(50); });
  EXPECT_EQ(pace.rate(), Pace::kSlowest);
}

}  // namespace
}  // namespace contrail
