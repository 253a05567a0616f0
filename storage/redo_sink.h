// What storage knows of the log: somewhere to put the description of a change before it is made,
// and a gate to pass before a changed page goes to disk. log/ implements it.

#pragma once

#include "storage/bytes.h"
#include "storage/lgpos.h"
#include "storage/status.h"

namespace contrail {

class RedoSink {
 public:
  virtual ~RedoSink() = default;
  // Orders one encoded mutation (storage/mutation.h) after everything appended before, and returns
  // the position of its record. Thread safe; does not wait for the disk except when the buffer is
  // full. kLogWriteFail or kInstanceUnavailable once the log is down: the instance is lost, nothing
  // changed after that may reach a database file.
  virtual Result<Lgpos> Append(Bytes mutation) = 0;
  // A position that no record appended from now on can lie before.
  virtual Lgpos Tip() const = 0;
  // Returns when every record appended before this call is durable.
  virtual Status EnsureDurable() = 0;
  // Largest mutation that Append takes, in bytes.
  virtual size_t MaxRecordSize() const = 0;
};

// For databases whose changes are not logged (recovery off, temporary) and for tests.
class NullRedoSink final : public RedoSink {
 public:
  Result<Lgpos> Append(Bytes) override { return Lgpos{1, 0, 0}; }
  Lgpos Tip() const override { return Lgpos{1, 0, 0}; }
  Status EnsureDurable() override { return Status::Ok(); }
  size_t MaxRecordSize() const override { return size_t{1} << 30; }
};

}  // namespace contrail
