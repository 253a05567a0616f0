#include "tools/file_kind.h"

#include <algorithm>
#include <vector>

#include "log/log_format.h"
#include "log/windows_log.h"
#include "storage/aligned_buffer.h"
#include "storage/database_header.h"
#include "storage/database_header_fields.h"
#include "storage/page_checksum.h"

namespace contrail::tool {

bool IsWholeHeader(Bytes page) {
  return page.size() >= kWindowsLogHeaderBytes &&
         HeaderChecksum(page.first(kWindowsLogHeaderBytes)) == LoadLittle<uint32_t>(page.data());
}

Result<FileKind> KindOfFile(File& file) {
  ASSIGN_OR_RETURN(const uint64_t size, file.Size());
  AlignedBuffer buffer(kWindowsLogHeaderBytes);
  const size_t readable = std::min<uint64_t>(size, kWindowsLogHeaderBytes);
  RETURN_IF_ERROR(file.Read(0, buffer.span().first(readable)));
  const Bytes page = buffer.span();
  if (AsText(page).starts_with("CONTRLOG")) return FileKind::kLog;
  if (AsText(page).starts_with("CONTRCHK")) return FileKind::kCheckpoint;
  if (LoadLittle<uint32_t>(page.data() + header_offset::kMagic) == kHeaderMagic) {
    return FileKind::kDatabase;
  }
  const auto type =
      static_cast<FileType>(LoadLittle<uint32_t>(page.data() + header_offset::kFileType));
  if (type == FileType::kCheckpoint && IsWholeHeader(page)) return FileKind::kWindowsCheckpoint;
  if (type == FileType::kFlushMap) return FileKind::kFlushMap;
  const bool log_type = type == FileType::kLog || type == FileType::kUnknown;
  if (log_type && IsWindowsLogHeader(page, nullptr)) return FileKind::kWindowsLog;
  return FileKind::kDatabase;
}

}  // namespace contrail::tool
