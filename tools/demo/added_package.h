// Packages that the demo's writers add.

#pragma once

#include <memory>
#include <string>

#include "tools/demo/package_text.h"
#include "tools/demo/transaction_plan.h"

namespace contrail::tool {

// The package that a transaction adds: its text is long enough to lie outside of the record.
struct AddedPackage {
  std::string name;
  std::string stanza;
  Package package;  // Views into the two.
};
std::unique_ptr<AddedPackage> MakeAddedPackage(const TransactionPlan& plan);

}  // namespace contrail::tool
