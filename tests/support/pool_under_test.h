// A buffer pool over one file of counter pages (tests/support/counter_page.h) on a simulated disk.

#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "storage/buffer_pool.h"
#include "tests/support/counter_page.h"
#include "tests/support/recording.h"
#include "tests/support/simulated_file_system.h"

namespace contrail::test {

inline constexpr char kPoolFile[] = "/pool.edb";
inline constexpr char kPoolDoubleWrite[] = "/pool.dw";

// The options most tests want: a small cache, no thread.
BufferPoolOptions StepwisePool(uint64_t cache_bytes);

// What a test looks at; members are public on purpose.
struct PoolUnderTest {
  // Starts on a disk with `pages` counter pages, all durable.
  PoolUnderTest(uint32_t page_size, PageNumber pages, const BufferPoolOptions& options);
  // On a given disk.
  PoolUnderTest(SimulatedFileSystem& disk, uint32_t page_size, const BufferPoolOptions& options);
  ~PoolUnderTest();

  // The counter of a page, read optimistically; fails the test on errors.
  uint64_t Read(PageNumber number);
  // Sets a page's counter and marks it dirty, as a mutation would: record after MarkDirty.
  void Write(PageNumber number, uint64_t counter);
  // The counter that the file holds now, nothing when the page there is not whole.
  std::optional<uint64_t> InFile(PageNumber number);
  // Flips bits of the page in the file.
  void Damage(PageNumber number, std::initializer_list<size_t> bits);

  std::unique_ptr<SimulatedFileSystem> own_disk;
  SimulatedFileSystem& disk;
  RecordingEvents events;
  RecordingSink log;
  std::unique_ptr<File> file;
  std::unique_ptr<BufferPool> pool;
  CachedDatabase* pages = nullptr;

 private:
  void Open(uint32_t page_size, const BufferPoolOptions& options);
};

}  // namespace contrail::test
