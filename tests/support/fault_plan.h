// Which operation of a simulated disk fails, and with what.

#pragma once

#include <cstdint>
#include <optional>

#include "storage/status.h"

namespace contrail::test {

// Bits, so that sets of them can be counted.
enum OperationKind : uint32_t {
  kOpenOperation = 1,  // Open of a file that must exist.
  kReadOperation = 2,
  kWriteOperation = 4,
  kSyncOperation = 8,  // File::Sync.
  kResizeOperation = 16,
  kNameOperation = 32,  // Rename, Remove, CreateDirectories, RemoveDirectory.
  kSyncDirectoryOperation = 64,
  kLookOperation = 128,    // Exists, List.
  kCreateOperation = 256,  // Open that creates or truncates.
};
using OperationKinds = uint32_t;

inline constexpr OperationKinds kAnyOperation = 511;
// Those after which a power cut can find something else on the disk than before.
inline constexpr OperationKinds kChangingOperations = kCreateOperation | kWriteOperation |
                                                      kSyncOperation | kResizeOperation |
                                                      kNameOperation | kSyncDirectoryOperation;

struct Fault {
  uint64_t number = 1;  // The first operation of these kinds is number 1.
  OperationKinds kinds = kAnyOperation;
  Error error = Error::kDiskIO;
  bool persistent = false;  // All later ones of these kinds fail too.
};

// What becomes of one operation.
struct Verdict {
  Status status;             // Not ok: it fails with this.
  bool power_cut = false;    // It fails because the power goes or has gone.
  bool interrupted = false;  // It is the one that was under way when the power went.
};

class FaultPlan {
 public:
  void Fail(const Fault& fault);
  void CutPowerAfter(uint64_t operations, OperationKinds kinds);
  void CutPowerNow() { power_gone_ = true; }

  // Counts the operation and decides about it.
  Verdict Decide(OperationKind kind);

  uint64_t Count(OperationKinds kinds) const;
  bool fired() const { return fired_; }
  bool power_gone() const { return power_gone_; }

 private:
  struct Planned {
    Fault fault;
    uint64_t count_at_start = 0;
  };

  static constexpr int kKindCount = 9;
  static_assert(kAnyOperation == (1u << kKindCount) - 1, "one counter per kind");

  uint64_t counts_[kKindCount] = {};
  std::optional<Planned> fault_;
  std::optional<Planned> cut_;
  bool fired_ = false;
  bool power_gone_ = false;
};

}  // namespace contrail::test
