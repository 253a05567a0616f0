#include "tools/archive_restore.h"

#include <contrail/backup.hpp>

#include <algorithm>
#include <cstring>

namespace contrail::tool {
namespace {

constexpr size_t kMagicOffset = 257;
constexpr char kTarMagic[] = "ustar";

// A stream that can be looked at by a block before it is read.
class BlockSource {
 public:
  explicit BlockSource(const ArchiveRestore& restore) : restore_(restore) {}

  size_t read(char* data, size_t size) {
    if (held_.empty()) return take(data, size);
    const size_t count = std::min(size, held_.size());
    std::memcpy(data, held_.data(), count);
    held_.erase(0, count);
    return count;
  }
  // Passes over blocks of zeros. False at the end of the stream.
  bool find_next() {
    while (true) {
      while (held_.size() < kArchiveBlock) {
        char block[kArchiveBlock];
        const size_t count = take(block, kArchiveBlock - held_.size());
        if (count == 0) return !held_.empty();  // Whoever reads on finds that it was cut off.
        held_.append(block, count);
      }
      if (held_.find_first_not_of('\0') != std::string::npos) return true;
      held_.clear();
    }
  }

 private:
  size_t take(char* data, size_t size) {
    const ptrdiff_t count = restore_.read(data, size);
    if (count < 0) throw Error(JET_errDiskIO, "read");
    return static_cast<size_t>(count);
  }
  const ArchiveRestore& restore_;
  std::string held_;
};

}  // namespace

bool IsArchive(const char* head, size_t size) {
  return size >= kMagicOffset + sizeof(kTarMagic) &&
         std::memcmp(head + kMagicOffset, kTarMagic, sizeof(kTarMagic) - 1) == 0;
}

ArchiveRestoreResult RestoreArchive(const ArchiveRestore& restore) {
  ArchiveRestoreResult result;
  try {
    Restore target({.folder = restore.folder, .point = restore.point});
    BlockSource source(restore);
    while (source.find_next()) {
      target.add(source);
      ++result.archives;
    }
    result.databases = target.run();
  } catch (const Error& error) {
    result.error = error.code();
    result.where = error.what();
  }
  return result;
}

}  // namespace contrail::tool
