#include "tests/support/simulated_file.h"

#include <utility>

#include "storage/check.h"

namespace contrail::test {

SimulatedFile::SimulatedFile(SimulatedFileSystem* files, std::string path,
                             std::shared_ptr<SimulatedInode> inode, const OpenOptions& options)
    : files_(files), path_(std::move(path)), inode_(std::move(inode)), options_(options) {
  if (options_.exclusive) ++*LockCount();
}

Result<std::unique_ptr<SimulatedFile>> SimulatedFile::Make(SimulatedFileSystem* files,
                                                           std::string path,
                                                           std::shared_ptr<SimulatedInode> inode,
                                                           const OpenOptions& options) {
  CHECK(inode != nullptr);
  if (options.exclusive) {
    const bool writer = options.mode != FileMode::kReadOnly;
    if (inode->exclusive_writers > 0 || (writer && inode->exclusive_readers > 0)) {
      return Error::kFileAccessDenied;
    }
  }
  return std::unique_ptr<SimulatedFile>(
      new SimulatedFile(files, std::move(path), std::move(inode), options));
}

SimulatedFile::~SimulatedFile() {
  std::lock_guard lock(files_->mutex_);
  if (!options_.exclusive) return;
  CHECK(*LockCount() > 0);
  --*LockCount();
}

int* SimulatedFile::LockCount() const {
  return writable() ? &inode_->exclusive_writers : &inode_->exclusive_readers;
}

Status SimulatedFile::Read(uint64_t offset, MutableBytes buffer) {
  std::lock_guard lock(files_->mutex_);
  return files_->Read(*inode_, offset, buffer);
}

Status SimulatedFile::Write(uint64_t offset, Bytes data) {
  if (!writable()) return Error::kFileAccessDenied;
  std::lock_guard lock(files_->mutex_);
  return files_->Write(inode_.get(), offset, data);
}

Status SimulatedFile::Sync() {
  std::lock_guard lock(files_->mutex_);
  return files_->Sync(inode_.get());
}

Status SimulatedFile::Resize(uint64_t size) {
  if (!writable()) return Error::kFileAccessDenied;
  std::lock_guard lock(files_->mutex_);
  return files_->Resize(inode_.get(), size);
}

Result<uint64_t> SimulatedFile::Size() {
  std::lock_guard lock(files_->mutex_);
  if (files_->plan_.power_gone()) return Error::kDiskIO;
  return inode_->current().size();
}

}  // namespace contrail::test
