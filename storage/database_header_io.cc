// ReadHeader and WriteHeader: the two copies of a database's header and the file.

#include <absl/strings/str_format.h>

#include <algorithm>

#include "storage/aligned_buffer.h"
#include "storage/check.h"
#include "storage/database_header.h"
#include "storage/database_header_fields.h"
#include "storage/event_id.h"

namespace contrail {
namespace {

void ReportFault(EventSink& events, const File& file, uint64_t offset, Severity severity,
                 Error error, const HeaderFault& fault, const char* consequence) {
  Event event;
  event.id = error == Error::kReadVerifyFailure || error == Error::kDatabaseCorrupted
                 ? event_id::kPageChecksum
                 : event_id::kPageMalformed;
  event.severity = severity;
  event.text = fault.rule + consequence;
  event.file = file.path();
  event.offset = static_cast<int64_t>(offset + fault.offset);
  event.expected = fault.expected;
  event.found = fault.found;
  event.error = static_cast<int32_t>(error);
  events.Report(event);
}

// Page sizes to try, the likely one first.
std::vector<uint32_t> CandidateSizes(Bytes start) {
  std::vector<uint32_t> sizes;
  const auto stated = LoadLittle<uint32_t>(start.data() + header_offset::kPageSize);
  sizes.push_back(IsValidPageSize(stated) ? stated : kMinPageSize);
  for (uint32_t size = kMinPageSize; size <= kMaxPageSize; size *= 2) {
    if (size != sizes.front()) sizes.push_back(size);
  }
  return sizes;
}

// Whether the bytes are a header for certain, if not one that we can use. A good checksum alone
// proves nothing: it is an XOR, and a zeroed first copy followed by a good second one has a good
// checksum when taken for one page of twice the size.
bool IsHeader(Status decoded) {
  return decoded.ok() || decoded.Is(Error::kFileInvalidType) ||
         decoded.Is(Error::kInvalidDatabaseVersion);
}

// Looks for a header among the first copies (shadow = false) or the second ones. kDatabaseCorrupted
// when there is none; then *fault tells about the likeliest place, *offset.
Result<DatabaseHeader> FindCopy(Bytes start, bool shadow, HeaderFault* fault, uint64_t* offset) {
  bool first = true;
  for (const uint32_t size : CandidateSizes(start)) {
    const uint64_t at = shadow ? size : 0;
    if (start.size() < at + size) continue;
    HeaderFault why;
    auto header = DatabaseHeader::Decode(start.subspan(at, size), &why);
    const bool found = IsHeader(header.status());
    if (found || first) {
      *fault = why;
      *offset = at;
      first = false;
    }
    if (found) return header;
  }
  return Error::kDatabaseCorrupted;
}

}  // namespace

Result<DatabaseHeader> ReadHeader(File& file, EventSink& events) {
  ASSIGN_OR_RETURN(const uint64_t file_size, file.Size());
  const uint64_t whole_blocks = file_size / kDirectIoAlignment * kDirectIoAlignment;
  if (whole_blocks < 2 * kMinPageSize) {
    const HeaderFault fault = {"The file is too short for a database.",
                               absl::StrFormat("at least %u bytes", 2 * kMinPageSize),
                               absl::StrFormat("%u bytes", file_size), file_size};
    ReportFault(events, file, 0, Severity::kError, Error::kDatabaseCorrupted, fault, "");
    return Error::kDatabaseCorrupted;
  }
  // Holds both copies of every page size.
  AlignedBuffer buffer(std::min<uint64_t>(whole_blocks, 2 * kMaxPageSize));
  if (const Status read = file.Read(0, buffer.span()); !read.ok()) {
    events.Report({.id = event_id::kReadError,
                   .severity = Severity::kError,
                   .text = "The header of the database cannot be read.",
                   .file = file.path(),
                   .offset = 0,
                   .expected = absl::StrFormat("%u bytes", buffer.size()),
                   .found = absl::StrFormat("error %d", read.number()),
                   .error = read.number()});
    return read;
  }

  HeaderFault fault;
  uint64_t offset = 0;
  auto first = FindCopy(buffer.span(), false, &fault, &offset);
  if (first.ok()) return first;
  if (IsHeader(first.status())) {
    ReportFault(events, file, offset, Severity::kError, first.status().error(), fault, "");
    return first.status();
  }
  HeaderFault shadow_fault;
  uint64_t shadow_offset = 0;
  auto second = FindCopy(buffer.span(), true, &shadow_fault, &shadow_offset);
  if (second.ok()) {
    ReportFault(events, file, offset, Severity::kWarning, Error::kReadVerifyFailure, fault,
                " Its second copy is used.");
    return second;
  }
  const Error error = second.status().error();
  ReportFault(events, file, offset, Severity::kError, error, fault, "");
  ReportFault(events, file, shadow_offset, Severity::kError, error, shadow_fault, "");
  return error;
}

Status WriteHeader(File& file, const DatabaseHeader& header) {
  CHECK(IsValidPageSize(header.page_size));
  AlignedBuffer page(header.page_size);
  header.Encode(page.span());
  RETURN_IF_ERROR(file.Write(0, page.span()));
  RETURN_IF_ERROR(file.Sync());
  RETURN_IF_ERROR(file.Write(header.page_size, page.span()));
  return file.Sync();
}

}  // namespace contrail
