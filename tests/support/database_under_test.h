// A database on a simulated disk, with a log in memory that can be redone.

#pragma once

#include <memory>
#include <string>

#include "storage/database.h"
#include "tests/support/pool_under_test.h"
#include "tests/support/recording.h"
#include "tests/support/simulated_file_system.h"

namespace contrail::test {

inline constexpr char kDatabaseFile[] = "/test.edb";

struct DatabaseUnderTest {
  // Creates the database and opens it.
  explicit DatabaseUnderTest(uint32_t page_size, uint64_t cache_bytes = 1 << 20);
  // Opens what is on the disk.
  DatabaseUnderTest(SimulatedFileSystem& disk, uint64_t cache_bytes);
  ~DatabaseUnderTest();

  // Redoes all records, in order. Stops at the first error.
  Status Redo(const std::vector<std::vector<std::byte>>& records);

  std::unique_ptr<SimulatedFileSystem> own_disk;
  SimulatedFileSystem& disk;
  RecordingEvents events;
  RecordingSink log;
  std::unique_ptr<BufferPool> pool;
  std::unique_ptr<Database> database;
  MutationScratch scratch;

 private:
  void Open(uint64_t cache_bytes);
};

}  // namespace contrail::test
