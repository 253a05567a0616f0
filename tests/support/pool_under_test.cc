#include "tests/support/pool_under_test.h"

#include "storage/aligned_buffer.h"
#include "storage/check.h"
#include "storage/page_checksum.h"

namespace contrail::test {

BufferPoolOptions StepwisePool(uint64_t cache_bytes) {
  BufferPoolOptions options;
  options.cache_bytes = cache_bytes;
  options.reserve_bytes = uint64_t{1} << 30;
  options.background_writer = false;
  return options;
}

PoolUnderTest::PoolUnderTest(uint32_t page_size, PageNumber pages_in_file,
                             const BufferPoolOptions& options)
    : own_disk(std::make_unique<SimulatedFileSystem>()), disk(*own_disk) {
  {
    auto created = disk.Open(kPoolFile, {.mode = FileMode::kCreateNew});
    CHECK(created.ok());
    CHECK((*created)->Write(0, CounterFile(page_size, pages_in_file, 0)).ok());
    CHECK((*created)->Sync().ok());
    CHECK(disk.SyncDirectory("/").ok());
  }
  Open(page_size, options);
}

PoolUnderTest::PoolUnderTest(SimulatedFileSystem& given, uint32_t page_size,
                             const BufferPoolOptions& options)
    : disk(given) {
  Open(page_size, options);
}

void PoolUnderTest::Open(uint32_t page_size, const BufferPoolOptions& options) {
  auto opened = disk.Open(kPoolFile, {.mode = FileMode::kReadWrite, .direct = true});
  if (!opened.ok()) return;  // The power is gone.
  file = std::move(opened).value();
  auto made = BufferPool::Create(disk, events, log, options);
  if (!made.ok()) return;
  pool = std::move(made).value();
  auto added = pool->Add(*file, page_size, 1);
  CHECK(added.ok());
  pages = *added;
}

PoolUnderTest::~PoolUnderTest() {
  if (pages != nullptr) pool->Remove(pages);
}

uint64_t PoolUnderTest::Read(PageNumber number) {
  while (true) {
    auto guard = pages->Read(number);
    if (!guard.ok()) {
      ADD_FAILURE() << "page " << number << ": " << guard.status().number();
      return ~uint64_t{0};
    }
    const std::optional<uint64_t> counter = CounterOf(guard->page());
    if (!guard->Validate()) continue;
    EXPECT_TRUE(counter.has_value()) << "page " << number << " is not whole";
    return counter.value_or(~uint64_t{0});
  }
}

void PoolUnderTest::Write(PageNumber number, uint64_t counter) {
  auto guard = pages->Lock(number);
  ASSERT_TRUE(guard.ok()) << guard.status().number();
  guard->MarkDirty();
  FormatCounterPage({guard->bytes(), pages->page_size()}, counter);
  const std::byte record[1] = {};
  ASSERT_TRUE(log.Append(record).ok());
}

std::optional<uint64_t> PoolUnderTest::InFile(PageNumber number) {
  AlignedBuffer page(pages->page_size());
  CHECK(file->Read(FileOffsetOf(number, pages->page_size()), page.span()).ok());
  if (VerifyPageReadOnly(page.span(), number) != ChecksumState::kGood) return std::nullopt;
  return CounterOf(PageView(page.data(), pages->page_size()));
}

void PoolUnderTest::Damage(PageNumber number, std::initializer_list<size_t> bits) {
  AlignedBuffer page(pages->page_size());
  const uint64_t offset = FileOffsetOf(number, pages->page_size());
  CHECK(file->Read(offset, page.span()).ok());
  for (const size_t bit : bits) page.data()[bit / 8] ^= std::byte{1} << bit % 8;
  CHECK(file->Write(offset, page.span()).ok());
}

}  // namespace contrail::test
