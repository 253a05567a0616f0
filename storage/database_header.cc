#include "storage/database_header.h"

#include <absl/strings/str_format.h>

#include "storage/check.h"
#include "storage/database_header_fields.h"
#include "storage/page_checksum.h"

namespace contrail {
namespace {

// Field types that the header holds, by overload.
template <typename T>
requires std::is_integral_v<T>
void LoadField(const std::byte* from, T* field) { *field = LoadLittle<T>(from); }
template <typename T>
requires std::is_enum_v<T>
void LoadField(const std::byte* from, T* field) {
  *field = static_cast<T>(LoadLittle<uint32_t>(from));
}
void LoadField(const std::byte* from, Lgpos* field) { *field = LoadLgpos(from); }
void LoadField(const std::byte* from, LogTime* field) { *field = LogTime::Load(from); }
void LoadField(const std::byte* from, Signature* field) { *field = Signature::Load(from); }
void LoadField(const std::byte* from, BackupInfo* field) { *field = BackupInfo::Load(from); }
void LoadField(const std::byte* from, HeaderCounter* field) {
  field->count = LoadLittle<uint32_t>(from);
  field->last = LogTime::Load(from + 4);
  field->count_before = LoadLittle<uint32_t>(from + 12);
}

template <typename T>
requires std::is_integral_v<T>
void StoreField(std::byte* to, T field) { StoreLittle(to, field); }
template <typename T>
requires std::is_enum_v<T>
void StoreField(std::byte* to, T field) { StoreLittle(to, static_cast<uint32_t>(field)); }
void StoreField(std::byte* to, const Lgpos& field) { StoreLgpos(to, field); }
void StoreField(std::byte* to, const LogTime& field) { field.Store(to); }
void StoreField(std::byte* to, const Signature& field) { field.Store(to); }
void StoreField(std::byte* to, const BackupInfo& field) { field.Store(to); }
void StoreField(std::byte* to, const HeaderCounter& field) {
  StoreLittle(to, field.count);
  field.last.Store(to + 4);
  StoreLittle(to + 12, field.count_before);
}

// With the header_offset of the field that is wrong.
Error Fault(HeaderFault* fault, Error error, size_t offset, std::string rule, std::string expected,
            std::string found) {
  if (fault != nullptr) *fault = {std::move(rule), std::move(expected), std::move(found), offset};
  return error;
}

// The tests that need no field but these, in the order in which they make sense.
Status CheckIdentity(Bytes page, HeaderFault* fault) {
  const std::byte* from = page.data();
  const auto checksum = LoadLittle<uint32_t>(from);
  if (const uint32_t computed = HeaderChecksum(page); checksum != computed) {
    return Fault(fault, Error::kReadVerifyFailure, 0, "The header's checksum is wrong.",
                 absl::StrFormat("%08x", computed), absl::StrFormat("%08x", checksum));
  }
  const auto magic = LoadLittle<uint32_t>(from + header_offset::kMagic);
  if (magic != kHeaderMagic) {
    return Fault(fault, Error::kDatabaseCorrupted, header_offset::kMagic,
                 "The file is not a database.", absl::StrFormat("magic %08x", kHeaderMagic),
                 absl::StrFormat("%08x", magic));
  }
  const auto type = LoadLittle<uint32_t>(from + header_offset::kFileType);
  if (type > static_cast<uint32_t>(FileType::kDatabase) &&
      type != static_cast<uint32_t>(FileType::kTemporaryDatabase)) {
    return Fault(fault, Error::kFileInvalidType, header_offset::kFileType,
                 "The file is of another kind than a database.", "file type 1",
                 absl::StrFormat("%u", type));
  }
  const auto version = LoadLittle<uint32_t>(from + header_offset::kVersion);
  const auto update = LoadLittle<uint32_t>(from + header_offset::kUpdate);
  if (version != kFormatVersion || update > kNewestKnownUpdate) {
    return Fault(fault, Error::kInvalidDatabaseVersion,
                 version != kFormatVersion ? header_offset::kVersion : header_offset::kUpdate,
                 "The database's format is not one this engine knows.",
                 absl::StrFormat("%x, update up to %u", kFormatVersion, kNewestKnownUpdate),
                 absl::StrFormat("%x, update %u", version, update));
  }
  const auto size = LoadLittle<uint32_t>(from + header_offset::kPageSize);
  const uint32_t page_size = size == 0 ? kMinPageSize : size;
  if (page_size != page.size()) {
    return Fault(fault, Error::kDatabaseCorrupted, header_offset::kPageSize,
                 "The header names another page size than its own.",
                 absl::StrFormat("%u", page.size()), absl::StrFormat("%u", size));
  }
  return Status::Ok();
}

}  // namespace

Lgpos LoadLgpos(const std::byte* from) {
  return {LoadLittle<uint32_t>(from + 4), LoadLittle<uint16_t>(from + 2),
          LoadLittle<uint16_t>(from)};
}

void StoreLgpos(std::byte* to, const Lgpos& position) {
  StoreLittle(to, position.offset);
  StoreLittle(to + 2, position.block);
  StoreLittle(to + 4, position.generation);
}

BackupInfo BackupInfo::Load(const std::byte* from) {
  return {LoadLgpos(from), LogTime::Load(from + 8), LoadLittle<uint32_t>(from + 16),
          LoadLittle<uint32_t>(from + 20)};
}

void BackupInfo::Store(std::byte* to) const {
  StoreLgpos(to, mark);
  time.Store(to + 8);
  StoreLittle(to + 16, generation_low);
  StoreLittle(to + 20, generation_high);
}

DatabaseHeader DatabaseHeader::New(uint32_t page_size, const Signature& signature) {
  CHECK(IsValidPageSize(page_size));
  DatabaseHeader header;
  header.page_size = page_size;
  header.signature = signature;
  header.dbtime = kFirstDbTime;
  header.sort_version = ~uint64_t{0};
  return header;
}

Result<DatabaseHeader> DatabaseHeader::Decode(Bytes page, HeaderFault* fault) {
  CHECK(IsValidPageSize(static_cast<uint32_t>(page.size())));
  RETURN_IF_ERROR(CheckIdentity(page, fault));
  DatabaseHeader header;
  ForEachHeaderField(header, [&](size_t offset, const char*, auto& field) {
    LoadField(page.data() + offset, &field);
  });
  header.page_size = static_cast<uint32_t>(page.size());
  header.page_image.assign(page.begin(), page.end());
  return header;
}

void DatabaseHeader::Encode(MutableBytes page) const {
  CHECK(page.size() == page_size);
  CHECK(page_image.empty() || page_image.size() == page_size);
  std::memset(page.data(), 0, page.size());
  if (!page_image.empty()) std::memcpy(page.data(), page_image.data(), page_image.size());
  StoreLittle(page.data() + header_offset::kMagic, kHeaderMagic);
  ForEachHeaderField(*this, [&](size_t offset, const char*, const auto& field) {
    StoreField(page.data() + offset, field);
  });
  StoreLittle(page.data(), HeaderChecksum(page));
}

}  // namespace contrail
