#include "log/windows_log.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "log/log_format.h"
#include "storage/check.h"
#include "storage/page_checksum.h"

namespace contrail {
namespace {

constexpr size_t kPathBytes = 261;
constexpr size_t kSystemPathOffset = 72;
constexpr size_t kLogPathOffset = kSystemPathOffset + kPathBytes;
constexpr size_t kFlagsOffset = 639;
constexpr size_t kAttachmentsOffset = 671;
constexpr size_t kAttachmentsBytes = 2048;
constexpr size_t kAttachmentFixedBytes = 64;
constexpr uint8_t kUnicodeNames = 0x20;
constexpr uint32_t kDefaultPageSize = 4096;
static_assert(kAttachmentsOffset + kAttachmentsBytes <= kWindowsLogHeaderBytes);

std::string TextAt(Bytes bytes, size_t offset, size_t size) {
  const std::string_view field = AsText(bytes.subspan(offset, size));
  return std::string(field.substr(0, field.find('\0')));
}

// UTF-16 up to its end as UTF-8. What is no character becomes a question mark: it is for people.
std::string WideText(Bytes bytes) {
  std::string text;
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const auto unit = LoadLittle<uint16_t>(bytes.data() + i);
    if (unit == 0) break;
    if (unit < 0x80) {
      text.push_back(static_cast<char>(unit));
    } else if (unit < 0x800) {
      text.push_back(static_cast<char>(0xc0 | unit >> 6));
      text.push_back(static_cast<char>(0x80 | (unit & 0x3f)));
    } else if (unit >= 0xd800 && unit < 0xe000) {
      text.push_back('?');
    } else {
      text.push_back(static_cast<char>(0xe0 | unit >> 12));
      text.push_back(static_cast<char>(0x80 | (unit >> 6 & 0x3f)));
      text.push_back(static_cast<char>(0x80 | (unit & 0x3f)));
    }
  }
  return text;
}

// Entries follow each other; the first byte, a database id, is 0 behind the last one.
std::vector<WindowsAttachment> ReadAttachments(Bytes area) {
  std::vector<WindowsAttachment> attachments;
  while (area.size() >= kAttachmentFixedBytes && area[0] != std::byte{0}) {
    const std::byte* from = area.data();
    const size_t name_bytes = LoadLittle<uint16_t>(from + 2);
    if (name_bytes > area.size() - kAttachmentFixedBytes) break;
    WindowsAttachment attachment;
    attachment.database_id = static_cast<uint8_t>(from[0]);
    attachment.dbtime = LoadLittle<uint64_t>(from + 4);
    attachment.last_object_id = LoadLittle<uint32_t>(from + 12);
    attachment.attach_position = LoadLgpos(from + 20);
    attachment.consistent_position = LoadLgpos(from + 28);
    attachment.signature = Signature::Load(from + 36);
    const Bytes names = area.subspan(kAttachmentFixedBytes, name_bytes);
    const bool wide = (static_cast<uint8_t>(from[1]) & kUnicodeNames) != 0;
    attachment.path = wide ? WideText(names) : TextAt(names, 0, names.size());
    attachments.push_back(std::move(attachment));
    area = area.subspan(kAttachmentFixedBytes + name_bytes);
  }
  return attachments;
}

}  // namespace

std::string WindowsLogHeader::VersionText() const {
  return absl::StrCat(major, ".", minor, ".", update_major, ".", update_minor);
}

bool DecodeWindowsLogHeader(Bytes bytes, WindowsLogHeader* header) {
  DCHECK(header != nullptr);
  if (bytes.size() < kWindowsLogHeaderBytes || !IsWindowsLogHeader(bytes, nullptr)) return false;
  bytes = bytes.first(kWindowsLogHeaderBytes);
  const std::byte* from = bytes.data();
  header->stored_checksum = LoadLittle<uint32_t>(from);
  header->computed_checksum = HeaderChecksum(bytes);
  header->generation = LoadLittle<uint32_t>(from + 4);
  header->sector_bytes = LoadLittle<uint16_t>(from + 8);
  header->header_sectors = LoadLittle<uint16_t>(from + 10);
  header->file_sectors = LoadLittle<uint16_t>(from + 12);
  header->page_size = LoadLittle<uint16_t>(from + 14);
  if (header->page_size == 0) header->page_size = kDefaultPageSize;
  header->created = LogTime::Load(from + 16);
  header->previous_created = LogTime::Load(from + 24);
  header->major = LoadLittle<uint32_t>(from + 32);
  header->minor = LoadLittle<uint32_t>(from + 36);
  header->update_major = LoadLittle<uint32_t>(from + 40);
  header->signature = Signature::Load(from + 44);
  header->system_path = TextAt(bytes, kSystemPathOffset, kPathBytes);
  header->log_path = TextAt(bytes, kLogPathOffset, kPathBytes);
  const auto flags = static_cast<uint8_t>(from[kFlagsOffset]);
  header->reserved = (flags & 1) != 0;
  header->circular = (flags & 2) != 0;
  header->circular_before = (flags & 4) != 0;
  header->checkpoint = LoadLgpos(from + 640);
  header->update_minor = LoadLittle<uint32_t>(from + 648);
  header->previous_segments_checksum = LoadLittle<uint64_t>(from + 653);
  header->engine_version = LoadLittle<uint32_t>(from + 661);
  header->file_type = LoadLittle<uint32_t>(from + 667);
  header->attachments = ReadAttachments(bytes.subspan(kAttachmentsOffset, kAttachmentsBytes));
  return true;
}

}  // namespace contrail
