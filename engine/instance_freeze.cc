// The freeze of a snapshot: stopping everything that writes, in an order in which nobody waits for
// what has been stopped already. docs/architecture.md, "Snapshots".

#include "engine/instance.h"
#include "engine/maintenance.h"
#include "engine/transaction.h"

namespace contrail {

void Instance::HoldWrites() {
  // Whoever was attaching or detaching when the gate was taken finishes: that may change data, and
  // clean up, with the list locked.
  { const absl::ReaderMutexLock none(&databases_mutex_); }
  writes_held_.store(true);
  // A round may be cleaning up, which changes data: it ends before changes are held.
  maintenance_->Pause();
  transactions_->HoldChanges();
  // Whoever makes a file grow holds the structure mutex and the latches of pages that readers need:
  // those who are at it finish while the disk still takes what they write.
  ForEachDatabase([](AttachedDatabase& database) {
    const std::lock_guard lock(database.database().structure_mutex());
    return Status::Ok();
  }).Ignore();
  pool_->PauseWriting();
}

void Instance::ResumeWrites() {
  if (!writes_held_.exchange(false)) return;
  if (write_gate_.closed()) write_gate_.Open();
  pool_->ResumeWriting();
  transactions_->ReleaseChanges();
  maintenance_->Resume();
}

void Instance::SetQuiesceCaches(bool quiesce) { maintenance_->set_quiesce(quiesce); }

}  // namespace contrail
