// A workload at every point at which it can fail: "the N-th operation fails, N = 1.. until no fault
// fires", and the same for power cuts.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/simulated_file_system.h"

namespace contrail::test {

// Runs `body` on a fresh machine with `start` on its disk, failing operation N of fault.kinds with
// fault.error, for N = 1.. until a run in which no fault fired; all N with a fault that happens
// once, then all N with one that stays. The body looks at the outcome itself. Returns the number of
// runs in which a fault fired. (fault.number and fault.persistent are ignored.)
size_t ForEachFailurePoint(
    const DiskImage& start, Fault fault,
    const std::function<void(SimulatedFileSystem& files, const Fault& fault)>& body);

struct CrashPoint {
  uint64_t operations = 0;  // That many changing operations happened.
  CrashPolicy policy = CrashPolicy::kDropUnsynced;
  uint64_t seed = 0;

  std::string Describe() const;
};

// Dropped, kept, last write torn (two seeds) and `mixtures` seeded mixtures.
std::vector<CrashPoint> CrashOutcomes(size_t mixtures);

// Cuts the power after 0, 1, 2 .. changing operations of `run` until the power stays on to the end,
// each time on a fresh machine with `start` on its disk, and hands the disk found afterwards to
// `verify`, once per outcome (whose `operations` is ignored); with the run that was not cut, too.
// Returns the number of images verified.
size_t ForEachCrashPoint(
    const DiskImage& start, const std::vector<CrashPoint>& outcomes,
    const std::function<void(SimulatedFileSystem& files)>& run,
    const std::function<void(const DiskImage& found, const CrashPoint& point)>& verify);

}  // namespace contrail::test
