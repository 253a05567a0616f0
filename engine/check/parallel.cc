#include "engine/check/parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace contrail {

unsigned TaskThreads() { return std::max(1u, std::thread::hardware_concurrency()); }

void RunTasks(const std::vector<std::function<void()>>& tasks) {
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next.fetch_add(1); i < tasks.size(); i = next.fetch_add(1)) tasks[i]();
  };
  std::vector<std::jthread> threads;
  for (size_t i = 1; i < std::min<size_t>(TaskThreads(), tasks.size()); ++i) {
    threads.emplace_back(work);
  }
  work();
}

}  // namespace contrail
