// The first bytes of a new database file: page map of an empty database, docs/format/space.md.

#include <filesystem>
#include <vector>

#include "storage/aligned_buffer.h"
#include "storage/database.h"
#include "storage/open_failure.h"
#include "storage/page_checksum.h"
#include "storage/page_operation.h"

namespace contrail {
namespace {

constexpr PageNumber kRootPage = 1;
constexpr PageNumber kOwnedExtentPage = 2;
constexpr PageNumber kAvailableExtentPage = 3;
constexpr ObjectId kRootObject = 1;
constexpr DbTime kCreationDbTime = kFirstDbTime + 1;
constexpr uint8_t kMultipleExtents = 1;
constexpr size_t kSpaceHeaderSize = 16;
constexpr size_t kSplitBufferSize = 16;

static_assert(kAvailableExtentPage == kOwnedExtentPage + 1, "the format wants them together");

// One extent as a space tree's node: key = last page, big endian; data = count.
std::vector<std::byte> ExtentNode(PageNumber last, uint32_t count) {
  std::byte key[4];
  std::byte data[4];
  StoreBig32(key, last);
  StoreLittle(data, count);
  std::vector<std::byte> list;
  NodeListWriter(&list).Add(0, key, data);
  return list;
}

Status WritePage(File& file, uint32_t page_size, PageNumber number, const PageOperation& format) {
  AlignedBuffer page(page_size);
  CHECK(ApplyOperation(format, page.data(), page_size).ok());
  StoreLittle(page.data() + page_offset::kDbTime, kCreationDbTime);
  SealPage(page.span(), number);
  DCHECK(PageView(page.data(), page_size).FindDamage() == nullptr);
  return file.Write(FileOffsetOf(number, page_size), page.span());
}

Status WriteRootTrees(File& file, const CreateDatabaseOptions& options) {
  const PageNumber last = options.initial_pages;
  std::byte space_header[kSpaceHeaderSize] = {};
  StoreLittle<uint32_t>(space_header, last);
  space_header[8] = std::byte{kMultipleExtents};
  StoreLittle<uint32_t>(space_header + 12, kOwnedExtentPage);
  const std::byte split_buffer[kSplitBufferSize] = {};

  constexpr uint32_t kRootFlags = page_flag::kAlways | page_flag::kRoot | page_flag::kLeaf;
  constexpr uint32_t kSpaceFlags = kRootFlags | page_flag::kSpaceTree;
  const uint32_t page_size = options.page_size;
  RETURN_IF_ERROR(
      WritePage(file, page_size, kRootPage,
                PageOperation::Format(kRootFlags, kRootObject, 0, 0, space_header, {})));
  RETURN_IF_ERROR(WritePage(
      file, page_size, kOwnedExtentPage,
      PageOperation::Format(kSpaceFlags, kRootObject, 0, 0, split_buffer, ExtentNode(last, last))));
  return WritePage(file, page_size, kAvailableExtentPage,
                   PageOperation::Format(kSpaceFlags, kRootObject, 0, 0, split_buffer,
                                         ExtentNode(last, last - kAvailableExtentPage)));
}

DatabaseHeader CleanHeader(const CreateDatabaseOptions& options) {
  DatabaseHeader header = DatabaseHeader::New(options.page_size, options.signature);
  header.state = DatabaseState::kClean;
  header.dbtime = kCreationDbTime;
  header.last_object_id = kRootObject;
  header.attach_time = options.created;
  header.consistent_time = options.created;
  header.detach_time = options.created;
  return header;
}

Status WriteContent(File& file, const CreateDatabaseOptions& options) {
  RETURN_IF_ERROR(file.Resize(FileOffsetOf(options.initial_pages + 1, options.page_size)));
  RETURN_IF_ERROR(WriteRootTrees(file, options));
  RETURN_IF_ERROR(file.Sync());
  return WriteHeader(file, CleanHeader(options));
}

}  // namespace

Status Database::Create(FileSystem& file_system, EventSink& events, const std::string& path,
                        const CreateDatabaseOptions& options, bool overwrite) {
  CHECK(IsValidPageSize(options.page_size));
  CHECK(options.initial_pages > kAvailableExtentPage);
  OpenOptions open;
  open.mode = overwrite ? FileMode::kCreateOrTruncate : FileMode::kCreateNew;
  open.direct = true;
  open.exclusive = true;
  Result<std::unique_ptr<File>> file = file_system.Open(path, open);
  if (!file.ok()) {
    return ReportOpenFailure(file_system, events, path, open.mode, file.status());
  }
  Status status = WriteContent(**file, options);
  if (status.ok()) {
    const std::filesystem::path parent = std::filesystem::path(path).parent_path();
    status = file_system.SyncDirectory(parent.empty() ? "." : parent.string());
  }
  if (status.ok()) return status;
  // The file is ours and useless; that it cannot be removed adds nothing to the error.
  file_system.Remove(path).Ignore();
  return ReportOpenFailure(file_system, events, path, open.mode, status);
}

}  // namespace contrail
