#include "backup/behind_commits.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

namespace contrail {
namespace {

// Of the calling thread.
int Niceness() { return getpriority(PRIO_PROCESS, static_cast<id_t>(gettid())); }

TEST(BehindCommitsTest, LowersTheCallingThreadAlone) {
  const int before = Niceness();
  int lowered = before;
  int again = before;
  int child_of_lowered = before;
  std::thread([&] {
    StandBehindCommits();
    lowered = Niceness();
    StandBehindCommits();
    again = Niceness();
    std::thread([&] { child_of_lowered = Niceness(); }).join();
  }).join();
  EXPECT_EQ(lowered, std::min(before + 10, 19));
  EXPECT_EQ(again, std::min(before + 20, 19));
  EXPECT_EQ(child_of_lowered, again);  // Whoever starts threads must not be lowered.
  EXPECT_EQ(Niceness(), before);
}

TEST(BehindCommitsTest, ASpecialPolicyIsLeftAlone) {
  int policy = -1;
  std::thread([&] {
    const sched_param none = {};
    ASSERT_EQ(sched_setscheduler(0, SCHED_IDLE, &none), 0);
    StandBehindCommits();
    policy = sched_getscheduler(0);
  }).join();
  EXPECT_EQ(policy, SCHED_IDLE);
}

}  // namespace
}  // namespace contrail
