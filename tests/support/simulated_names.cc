#include "tests/support/simulated_names.h"

#include <algorithm>
#include <utility>

#include "storage/check.h"

namespace contrail::test {
namespace {

bool LiesBelow(const std::string& path, const std::string& directory) {
  return path.size() > directory.size() + 1 && path.starts_with(directory) &&
         (directory == "/" || path[directory.size()] == '/');
}

// The path after the directory `from` was renamed to `to`.
std::string Moved(const std::string& path, const std::string& from, const std::string& to) {
  return path == from || LiesBelow(path, from) ? to + path.substr(from.size()) : path;
}

}  // namespace

SimulatedNames::SimulatedNames(const DiskImage& image) : directories_(image.directories) {
  for (const auto& [path, content] : image.files) {
    CHECK(directories_.contains(ParentPath(path)));
    files_[path] = std::make_shared<SimulatedInode>(content);
  }
  durable_files_ = files_;
}

SimulatedNames::InodePointer SimulatedNames::Find(const std::string& path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : found->second;
}

std::vector<std::string> SimulatedNames::List(const std::string& directory) const {
  std::vector<std::string> names;
  const size_t prefix = directory == "/" ? 1 : directory.size() + 1;
  const auto add = [&](const std::string& path) {
    if (path != "/" && ParentPath(path) == directory) names.push_back(path.substr(prefix));
  };
  for (const auto& [path, inode] : files_) add(path);
  for (const std::string& path : directories_) add(path);
  std::sort(names.begin(), names.end());
  return names;
}

void SimulatedNames::Apply(const Change& change, Names* names) {
  // By now the old name may be another file's: changes of two directories are not in one order.
  const auto found = names->find(change.from);
  if (found != names->end() && found->second == change.inode) names->erase(found);
  if (!change.to.empty()) (*names)[change.to] = change.inode;
}

// The directory of this path makes the change durable.
const std::string& SimulatedNames::TouchedPath(const Change& change) {
  return change.to.empty() ? change.from : change.to;
}

void SimulatedNames::Record(Change change) {
  Apply(change, &files_);
  changes_.push_back(std::move(change));
}

Result<SimulatedNames::InodePointer> SimulatedNames::Create(const std::string& path) {
  CHECK(Find(path) == nullptr);
  if (IsDirectory(path) || !IsDirectory(ParentPath(path))) return Error::kInvalidPath;
  const auto inode = std::make_shared<SimulatedInode>();
  Record({"", path, inode});
  return inode;
}

Status SimulatedNames::Rename(const std::string& from, const std::string& to) {
  if (IsDirectory(from)) return RenameDirectory(from, to);
  const InodePointer inode = Find(from);
  if (inode == nullptr) return Error::kFileNotFound;
  if (!IsDirectory(ParentPath(to))) return Error::kFileNotFound;
  if (IsDirectory(to)) return Error::kInvalidPath;
  if (from != to) Record({from, to, inode});
  return Status::Ok();
}

// Durable at once, with all changes inside: the engine does not depend on less.
Status SimulatedNames::RenameDirectory(const std::string& from, const std::string& to) {
  if (Find(to) != nullptr || LiesBelow(to, from)) return Error::kInvalidPath;
  if (IsDirectory(to) && !List(to).empty()) return Error::kFileAccessDenied;
  if (!IsDirectory(ParentPath(to))) return Error::kFileNotFound;
  for (const std::string& directory : directories_) {
    if (directory == from || LiesBelow(directory, from)) RETURN_IF_ERROR(SyncDirectory(directory));
  }
  std::set<std::string> directories;
  for (const std::string& path : directories_) directories.insert(Moved(path, from, to));
  directories_ = std::move(directories);
  for (Names* names : {&files_, &durable_files_}) {
    Names moved;
    for (const auto& [path, inode] : *names) moved[Moved(path, from, to)] = inode;
    *names = std::move(moved);
  }
  return Status::Ok();
}

Status SimulatedNames::Remove(const std::string& path) {
  if (IsDirectory(path)) return Error::kInvalidPath;
  if (Find(path) == nullptr) return Error::kFileNotFound;
  Record({path, "", Find(path)});
  return Status::Ok();
}

Status SimulatedNames::CreateDirectories(const std::string& directory) {
  if (Find(directory) != nullptr) return Error::kInvalidPath;
  if (IsDirectory(directory)) return Status::Ok();
  RETURN_IF_ERROR(CreateDirectories(ParentPath(directory)));
  directories_.insert(directory);
  return Status::Ok();
}

Status SimulatedNames::RemoveDirectory(const std::string& directory) {
  if (Find(directory) != nullptr) return Error::kInvalidPath;
  if (!IsDirectory(directory)) return Error::kFileNotFound;
  if (directory == "/" || !List(directory).empty()) return Error::kFileAccessDenied;
  RETURN_IF_ERROR(SyncDirectory(directory));
  directories_.erase(directory);
  return Status::Ok();
}

// Also makes durable what happened to the same files before: a rename out of another directory
// carries the creation along.
Status SimulatedNames::SyncDirectory(const std::string& directory) {
  if (Find(directory) != nullptr) return Error::kInvalidPath;
  if (!IsDirectory(directory)) return Error::kFileNotFound;
  std::set<const SimulatedInode*> carried;
  std::vector<bool> durable(changes_.size());
  for (size_t i = changes_.size(); i-- > 0;) {
    const Change& change = changes_[i];
    durable[i] =
        ParentPath(TouchedPath(change)) == directory || carried.contains(change.inode.get());
    if (durable[i]) carried.insert(change.inode.get());
  }
  std::vector<Change> left;
  for (size_t i = 0; i < changes_.size(); ++i) {
    if (durable[i]) {
      Apply(changes_[i], &durable_files_);
    } else {
      left.push_back(std::move(changes_[i]));
    }
  }
  changes_ = std::move(left);
  return Status::Ok();
}

DiskImage SimulatedNames::AfterCrash(CrashPolicy policy, std::mt19937_64& random) const {
  size_t kept = policy == CrashPolicy::kDropUnsynced ? 0 : changes_.size();
  if (policy == CrashPolicy::kMixed) kept = random() % (changes_.size() + 1);
  Names names = durable_files_;
  for (size_t i = 0; i < kept; ++i) Apply(changes_[i], &names);
  DiskImage image;
  image.directories = directories_;
  for (const auto& [path, inode] : names) image.files[path] = inode->AfterCrash(policy, random);
  return image;
}

DiskImage SimulatedNames::Current() const {
  DiskImage image;
  image.directories = directories_;
  for (const auto& [path, inode] : files_) image.files[path] = inode->current();
  return image;
}

}  // namespace contrail::test
