// EntrySort: the entries of an index that is being built, in order. Sorts in bounded memory; what
// does not fit there goes to a temporary file in sorted runs, which are merged when they are read.
//
// Used by one thread.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/file.h"

namespace contrail {

class EntrySort {
 public:
  // Part of what an instance may take beside its cache (docs/parameters.md). A buffer that grows is
  // copied: for a moment half as much again.
  static constexpr size_t kMemoryBytes = 4 << 20;

  // `path` names the temporary file: made at need, with its folder, and gone with the object.
  EntrySort(FileSystem& files, std::string path, size_t memory_bytes = kMemoryBytes);
  ~EntrySort();
  EntrySort(const EntrySort&) = delete;
  EntrySort& operator=(const EntrySort&) = delete;

  // Both are at most 65,535 bytes. kDiskFull and other errors of files.
  Status Add(Bytes key, Bytes data);
  // All entries by key, then data. Once, after the last Add. Stops at the first error of `visit`.
  using Visit = std::function<Status(Bytes key, Bytes data)>;
  Status ForEach(const Visit& visit);

  size_t run_count() const { return runs_.size(); }

 private:
  struct Entry {
    uint32_t offset = 0;  // In heap_: key, then data.
    uint16_t key_size = 0;
    uint16_t data_size = 0;
  };
  struct Run {
    uint64_t begin = 0;
    uint64_t end = 0;
  };
  class RunReader;

  Bytes KeyOf(const Entry& entry) const { return {heap_.data() + entry.offset, entry.key_size}; }
  Bytes DataOf(const Entry& entry) const {
    return {heap_.data() + entry.offset + entry.key_size, entry.data_size};
  }
  void SortEntries();
  Status WriteRun();
  Status Merge(const Visit& visit);

  FileSystem& files_;
  std::string path_;
  size_t memory_bytes_;
  std::vector<std::byte> heap_;
  std::vector<Entry> entries_;
  std::unique_ptr<File> file_;
  uint64_t file_size_ = 0;
  std::vector<Run> runs_;
};

}  // namespace contrail
