#include "tests/support/failure_points.h"

#include "storage/check.h"

namespace contrail::test {
namespace {

// A workload with more operations than this goes round in circles.
constexpr uint64_t kTooManyPoints = 1'000'000;

const char* NameOf(CrashPolicy policy) {
  switch (policy) {
    case CrashPolicy::kDropUnsynced:
      return "unsynced dropped";
    case CrashPolicy::kKeepUnsynced:
      return "unsynced kept";
    case CrashPolicy::kMixed:
      return "mixed";
    case CrashPolicy::kTearLast:
      return "last write torn";
  }
  CHECK(false);
}

}  // namespace

size_t ForEachFailurePoint(
    const DiskImage& start, Fault fault,
    const std::function<void(SimulatedFileSystem& files, const Fault& fault)>& body) {
  size_t fired = 0;
  for (const bool persistent : {false, true}) {
    fault.persistent = persistent;
    for (fault.number = 1;; ++fault.number) {
      CHECK(fault.number < kTooManyPoints);
      SimulatedFileSystem files(start);
      files.FailOperation(fault);
      body(files, fault);
      if (!files.fault_fired()) break;
      ++fired;
    }
  }
  return fired;
}

std::string CrashPoint::Describe() const {
  return "power cut after " + std::to_string(operations) + " changing operations, " +
         NameOf(policy) + ", seed " + std::to_string(seed);
}

std::vector<CrashPoint> CrashOutcomes(size_t mixtures) {
  std::vector<CrashPoint> outcomes = {{.policy = CrashPolicy::kDropUnsynced},
                                      {.policy = CrashPolicy::kKeepUnsynced},
                                      {.policy = CrashPolicy::kTearLast, .seed = 1},
                                      {.policy = CrashPolicy::kTearLast, .seed = 2}};
  for (size_t seed = 1; seed <= mixtures; ++seed) {
    outcomes.push_back({.policy = CrashPolicy::kMixed, .seed = seed});
  }
  return outcomes;
}

size_t ForEachCrashPoint(
    const DiskImage& start, const std::vector<CrashPoint>& outcomes,
    const std::function<void(SimulatedFileSystem& files)>& run,
    const std::function<void(const DiskImage& found, const CrashPoint& point)>& verify) {
  size_t verified = 0;
  for (uint64_t operations = 0;; ++operations) {
    CHECK(operations < kTooManyPoints);
    SimulatedFileSystem files(start);
    files.CrashAfter(operations);
    run(files);
    for (CrashPoint point : outcomes) {
      point.operations = operations;
      // Another mixture at every point, the same in every run of the test.
      verify(files.Crash(point.policy, point.seed * 1'000'003 + operations), point);
      ++verified;
    }
    if (!files.power_gone()) return verified;
  }
}

}  // namespace contrail::test
