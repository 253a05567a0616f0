#include "tests/support/database_under_test.h"

#include "storage/check.h"

namespace contrail::test {

DatabaseUnderTest::DatabaseUnderTest(uint32_t page_size, uint64_t cache_bytes)
    : own_disk(std::make_unique<SimulatedFileSystem>()), disk(*own_disk) {
  CreateDatabaseOptions options;
  options.page_size = page_size;
  options.signature = Signature::Random();
  options.created = LogTime::Now();
  CHECK(Database::Create(disk, DiscardEvents(), kDatabaseFile, options, false).ok());
  Open(cache_bytes);
}

DatabaseUnderTest::DatabaseUnderTest(SimulatedFileSystem& given, uint64_t cache_bytes)
    : disk(given) {
  Open(cache_bytes);
}

DatabaseUnderTest::~DatabaseUnderTest() { database.reset(); }

void DatabaseUnderTest::Open(uint64_t cache_bytes) {
  auto made = BufferPool::Create(disk, events, log, StepwisePool(cache_bytes));
  CHECK(made.ok());
  pool = std::move(made).value();
  auto opened = Database::Open(disk, *pool, events, kDatabaseFile, false, 0, log);
  CHECK(opened.ok());
  database = std::move(opened).value();
}

Status DatabaseUnderTest::Redo(const std::vector<std::vector<std::byte>>& records) {
  for (const std::vector<std::byte>& record : records) {
    ASSIGN_OR_RETURN(const MutationView mutation, MutationView::Parse(record));
    RETURN_IF_ERROR(mutation.ForEachPage([&](const PageChange& change) {
      return RedoPage(database->pages(), events, mutation.dbtime(), change);
    }));
    database->RaiseDbTime(mutation.dbtime());
  }
  return Status::Ok();
}

}  // namespace contrail::test
