// After a crash: pages that a power cut tore are put back from the double-write area.

#include <absl/container/flat_hash_map.h>
#include <absl/strings/str_cat.h>

#include "storage/aligned_buffer.h"
#include "storage/buffer_pool.h"
#include "storage/double_write.h"
#include "storage/event_id.h"
#include "storage/page_checksum.h"

namespace contrail {
namespace {

// Whether the page in its place has to give way to the image.
//
// The checksum alone cannot tell: an XOR and a parity over bit numbers, it is blind to sectors
// whose changes repeat an even number of times, as they do in pages of regular content. The image
// is what was written there last, or would have been: so a page that differs from it, and is not
// younger, is either torn, or an older state that redo would bring to the image's anyway.
Result<bool> MustGiveWay(File& file, const PageImage& image) {
  const auto page_size = static_cast<uint32_t>(image.bytes.size());
  AlignedBuffer page(page_size);
  const Status read = file.Read(FileOffsetOf(image.page_number, page_size), page.span());
  if (read.Is(Error::kFileIOBeyondEOF)) return true;
  RETURN_IF_ERROR(read);
  if (VerifyPageReadOnly(page.span(), image.page_number) != ChecksumState::kGood) return true;
  return PageView(page.data(), page_size).dbtime() <=
             PageView(image.bytes.data(), page_size).dbtime() &&
         Compare(page.span(), image.bytes) != 0;
}

void ReportMended(EventSink& events, const File& file, const PageImage& image) {
  Event event;
  event.id = event_id::kPageMended;
  event.severity = Severity::kInformation;
  event.text = absl::StrCat("Page ", image.page_number,
                            " was being written when the machine stopped; it has been written "
                            "again from the double-write area.");
  event.file = file.path();
  event.offset = static_cast<int64_t>(FileOffsetOf(image.page_number, image.bytes.size()));
  events.Report(event);
}

}  // namespace

Status BufferPool::RecoverTornPages(FileSystem& file_system, EventSink& events,
                                    const std::string& double_write_path,
                                    const std::function<File*(uint64_t identity)>& find_file) {
  absl::flat_hash_map<uint64_t, File*> files;
  const auto mend = [&](const PageImage& image) -> Status {
    // The area belongs to the pool, but its bytes come from a disk.
    if (!IsValidPageSize(static_cast<uint32_t>(image.bytes.size())) || image.page_number == 0 ||
        VerifyPageReadOnly(image.bytes, image.page_number) != ChecksumState::kGood) {
      return Status::Ok();
    }
    const auto [known, is_first] = files.try_emplace(image.identity, nullptr);
    if (is_first) known->second = find_file(image.identity);
    File* file = known->second;
    if (file == nullptr) return Status::Ok();
    ASSIGN_OR_RETURN(const bool must_give_way, MustGiveWay(*file, image));
    if (!must_give_way) return Status::Ok();
    const auto page_size = static_cast<uint32_t>(image.bytes.size());
    AlignedBuffer copy(page_size);
    std::memcpy(copy.data(), image.bytes.data(), page_size);
    RETURN_IF_ERROR(file->Write(FileOffsetOf(image.page_number, page_size), copy.span()));
    ReportMended(events, *file, image);
    return Status::Ok();
  };
  RETURN_IF_ERROR(DoubleWriteArea::Recover(file_system, events, double_write_path, mend));
  for (const auto& [identity, file] : files) {
    if (file != nullptr) RETURN_IF_ERROR(file->Sync());
  }
  return Status::Ok();
}

}  // namespace contrail
