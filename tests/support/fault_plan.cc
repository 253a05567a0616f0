#include "tests/support/fault_plan.h"

#include <bit>

#include "storage/check.h"

namespace contrail::test {

void FaultPlan::Fail(const Fault& fault) {
  CHECK(fault.number > 0 && !Status(fault.error).ok());
  fault_ = Planned{fault, Count(fault.kinds)};
  fired_ = false;
}

void FaultPlan::CutPowerAfter(uint64_t operations, OperationKinds kinds) {
  cut_ = Planned{{.number = operations + 1, .kinds = kinds}, Count(kinds)};
}

uint64_t FaultPlan::Count(OperationKinds kinds) const {
  uint64_t sum = 0;
  for (int bit = 0; bit < kKindCount; ++bit) {
    if ((kinds >> bit & 1) != 0) sum += counts_[bit];
  }
  return sum;
}

Verdict FaultPlan::Decide(OperationKind kind) {
  CHECK(std::has_single_bit(static_cast<uint32_t>(kind)));
  if (power_gone_) return {Error::kDiskIO, true, false};
  ++counts_[std::countr_zero(static_cast<uint32_t>(kind))];
  if (cut_.has_value() && (cut_->fault.kinds & kind) != 0 &&
      Count(cut_->fault.kinds) - cut_->count_at_start == cut_->fault.number) {
    power_gone_ = true;
    return {Error::kDiskIO, true, true};
  }
  if (fault_.has_value() && (fault_->fault.kinds & kind) != 0) {
    const uint64_t number = Count(fault_->fault.kinds) - fault_->count_at_start;
    const bool hit =
        fault_->fault.persistent ? number >= fault_->fault.number : number == fault_->fault.number;
    if (hit) {
      fired_ = true;
      return {fault_->fault.error, false, false};
    }
  }
  return {};
}

}  // namespace contrail::test
