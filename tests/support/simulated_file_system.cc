#include "tests/support/simulated_file_system.h"

#include <algorithm>
#include <utility>

#include "storage/check.h"
#include "tests/support/simulated_file.h"
#include "tests/support/simulated_queue.h"

namespace contrail::test {

uint64_t SimulatedFileSystem::operations(OperationKinds kinds) const {
  std::lock_guard lock(mutex_);
  return plan_.Count(kinds);
}

void SimulatedFileSystem::CrashAfter(uint64_t operations, OperationKinds kinds) {
  std::lock_guard lock(mutex_);
  plan_.CutPowerAfter(operations, kinds);
}

void SimulatedFileSystem::CutPower() {
  std::lock_guard lock(mutex_);
  plan_.CutPowerNow();
}

bool SimulatedFileSystem::power_gone() const {
  std::lock_guard lock(mutex_);
  return plan_.power_gone();
}

void SimulatedFileSystem::FailOperation(const Fault& fault) {
  std::lock_guard lock(mutex_);
  plan_.Fail(fault);
}

bool SimulatedFileSystem::fault_fired() const {
  std::lock_guard lock(mutex_);
  return plan_.fired();
}

void SimulatedFileSystem::LimitCapacity(uint64_t bytes) {
  std::lock_guard lock(mutex_);
  capacity_ = bytes;
}

void SimulatedFileSystem::SetCompletionOrder(uint64_t seed) {
  std::lock_guard lock(mutex_);
  reorder_completions_ = seed != 0;
  completion_random_.seed(seed);
}

DiskImage SimulatedFileSystem::Crash(CrashPolicy policy, uint64_t seed) const {
  std::lock_guard lock(mutex_);
  std::mt19937_64 random(seed);
  return names_.AfterCrash(policy, random);
}

DiskImage SimulatedFileSystem::Current() const {
  std::lock_guard lock(mutex_);
  return names_.Current();
}

// An operation that the power cut interrupts happens and reports that it has not: what it did is
// unsynced, so the crash decides.
template <typename Change>
Status SimulatedFileSystem::Perform(OperationKind kind, Change change) {
  const Verdict verdict = plan_.Decide(kind);
  if (!verdict.status.ok() && !verdict.interrupted) return verdict.status;
  const Status changed = change();
  return verdict.interrupted ? verdict.status : changed;
}

bool SimulatedFileSystem::Fits(const SimulatedInode& inode, uint64_t new_size) const {
  if (capacity_ == ~uint64_t{0} || new_size <= inode.current().size()) return true;
  uint64_t sum = new_size - inode.current().size();
  for (const auto& [path, other] : names_.files()) sum += other->current().size();
  return sum <= capacity_;
}

Result<SimulatedFileSystem::InodePointer> SimulatedFileSystem::FindOrCreate(const std::string& path,
                                                                            FileMode mode) {
  if (names_.IsDirectory(path) || !names_.IsDirectory(ParentPath(path))) return Error::kInvalidPath;
  const InodePointer found = names_.Find(path);
  if (mode == FileMode::kCreateNew && found != nullptr) return Error::kFileAlreadyExists;
  if (found != nullptr) return found;
  if (mode == FileMode::kReadOnly || mode == FileMode::kReadWrite) return Error::kFileNotFound;
  return names_.Create(path);
}

Result<std::unique_ptr<File>> SimulatedFileSystem::Open(const std::string& path,
                                                        const OpenOptions& options) {
  std::lock_guard lock(mutex_);
  const bool creates =
      options.mode == FileMode::kCreateNew || options.mode == FileMode::kCreateOrTruncate;
  std::unique_ptr<SimulatedFile> file;
  const auto open = [&]() -> Status {
    if (path.empty()) return Error::kInvalidPath;
    ASSIGN_OR_RETURN(const InodePointer inode, FindOrCreate(NormalPath(path), options.mode));
    ASSIGN_OR_RETURN(file, SimulatedFile::Make(this, path, inode, options));
    if (options.mode == FileMode::kCreateOrTruncate && inode->current().size() > 0) {
      inode->Resize(0);
    }
    return Status::Ok();
  };
  const Status status = Perform(creates ? kCreateOperation : kOpenOperation, open);
  if (status.ok()) return std::unique_ptr<File>(std::move(file));
  // Interrupted: closing takes the mutex that we hold.
  if (file != nullptr) abandoned_.push_back(std::move(file));
  return status;
}

std::unique_ptr<IoQueue> SimulatedFileSystem::NewQueue(size_t depth) {
  return std::make_unique<SimulatedQueue>(this, depth);
}

Result<bool> SimulatedFileSystem::Exists(const std::string& path) {
  std::lock_guard lock(mutex_);
  bool exists = false;
  RETURN_IF_ERROR(Perform(kLookOperation, [&] {
    const std::string normal = NormalPath(path);
    exists = names_.Find(normal) != nullptr || names_.IsDirectory(normal);
    return Status::Ok();
  }));
  return exists;
}

Status SimulatedFileSystem::Rename(const std::string& from, const std::string& to) {
  std::lock_guard lock(mutex_);
  return Perform(kNameOperation, [&] { return names_.Rename(NormalPath(from), NormalPath(to)); });
}

Status SimulatedFileSystem::Remove(const std::string& path) {
  std::lock_guard lock(mutex_);
  return Perform(kNameOperation, [&] { return names_.Remove(NormalPath(path)); });
}

Result<std::vector<std::string>> SimulatedFileSystem::List(const std::string& directory) {
  std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  RETURN_IF_ERROR(Perform(kLookOperation, [&]() -> Status {
    const std::string normal = NormalPath(directory);
    if (names_.Find(normal) != nullptr) return Error::kInvalidPath;
    if (!names_.IsDirectory(normal)) return Error::kFileNotFound;
    names = names_.List(normal);
    return Status::Ok();
  }));
  return names;
}

Status SimulatedFileSystem::CreateDirectories(const std::string& directory) {
  std::lock_guard lock(mutex_);
  if (directory.empty()) return Error::kInvalidPath;
  return Perform(kNameOperation, [&] { return names_.CreateDirectories(NormalPath(directory)); });
}

Status SimulatedFileSystem::RemoveDirectory(const std::string& directory) {
  std::lock_guard lock(mutex_);
  return Perform(kNameOperation, [&] { return names_.RemoveDirectory(NormalPath(directory)); });
}

Status SimulatedFileSystem::SyncDirectory(const std::string& directory) {
  std::lock_guard lock(mutex_);
  const Verdict verdict = plan_.Decide(kSyncDirectoryOperation);
  if (!verdict.status.ok()) return verdict.status;
  return names_.SyncDirectory(NormalPath(directory));
}

Status SimulatedFileSystem::Read(const SimulatedInode& inode, uint64_t offset,
                                 MutableBytes buffer) {
  return Perform(kReadOperation, [&]() -> Status {
    const uint64_t size = inode.current().size();
    if (buffer.empty()) return Status::Ok();
    if (offset > size || buffer.size() > size - offset) return Error::kFileIOBeyondEOF;
    inode.current().Read(offset, buffer);
    return Status::Ok();
  });
}

Status SimulatedFileSystem::Write(SimulatedInode* inode, uint64_t offset, Bytes data) {
  const Verdict verdict = plan_.Decide(kWriteOperation);
  if (verdict.power_cut && !verdict.interrupted) return verdict.status;
  const uint64_t end = offset + data.size();
  if (end < offset || !Fits(*inode, end)) return Error::kDiskFull;
  if (verdict.status.ok() || verdict.interrupted) {
    inode->Write(offset, data);
    return verdict.status;
  }
  inode->Write(offset, SimulatedInode::ShortWrite(offset, data));
  return verdict.status;
}

Status SimulatedFileSystem::Sync(SimulatedInode* inode) {
  const Verdict verdict = plan_.Decide(kSyncOperation);
  if (verdict.power_cut) return verdict.status;
  if (verdict.status.ok()) {
    inode->Sync();
  } else {
    inode->FailSync();
  }
  return verdict.status;
}

Status SimulatedFileSystem::Resize(SimulatedInode* inode, uint64_t size) {
  return Perform(kResizeOperation, [&]() -> Status {
    if (!Fits(*inode, size)) return Error::kDiskFull;
    if (size != inode->current().size()) inode->Resize(size);
    return Status::Ok();
  });
}

}  // namespace contrail::test
