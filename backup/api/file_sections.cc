// Family "backup", private extension: files that several readers share, or that are read from a
// place on. Source: the functions' arguments; what is not in the backup contract is in
// backup/file_stream.h.

#include "backup/api/backup_call.h"
#include "backup/api/backup_path.h"

namespace contrail::api {
namespace {

struct Section {
  int32_t number = 0;
  int32_t count = 0;
  uint64_t offset = 0;
};

// No sections, and one, are the whole file.
Result<StreamPart> PartOf(const Section& section) {
  StreamPart part;
  part.offset = section.offset;
  part.sections = section.count > 1 ? static_cast<uint32_t>(section.count) : 1;
  if (section.number < 0 || section.count < 0) return Error::kInvalidParameter;
  part.section = static_cast<uint32_t>(section.number);
  if (part.section >= part.sections) return Error::kInvalidParameter;
  return part;
}

JET_ERR Open(JET_INSTANCE instance, const char* name, JET_HANDLE* handle, const Section& section,
             uint32_t* size_low, int32_t* size_high) {
  const Result<ApiInstance*> api = TheInstance(instance);
  return InBackup(api, [&](BackupSession& session) -> Status {
    if (!session.streaming()) return Error::kNoBackup;
    if (handle == nullptr || size_low == nullptr || size_high == nullptr) {
      return Error::kInvalidParameter;
    }
    ASSIGN_OR_RETURN(const StreamPart part, PartOf(section));
    ASSIGN_OR_RETURN(const std::string path, PathInBackup(*(*api)->engine, name));
    ASSIGN_OR_RETURN(const OpenedFile file, session.OpenFile(path, part));
    *handle = static_cast<JET_HANDLE>(file.handle);
    *size_low = static_cast<uint32_t>(file.size);
    *size_high = static_cast<int32_t>(file.size >> 32);
    return Status::Ok();
  });
}

}  // namespace
}  // namespace contrail::api

JET_API JetOpenFileSectionInstanceA(JET_INSTANCE instance, JET_PSTR szFile, JET_HANDLE* phFile,
                                    int32_t iSection, int32_t cSections, uint64_t ibRead,
                                    uint32_t* pulSectionSizeLow, int32_t* plSectionSizeHigh) {
  return contrail::api::Open(instance, szFile, phFile, {iSection, cSections, ibRead},
                             pulSectionSizeLow, plSectionSizeHigh);
}

JET_API JetOpenFileSectionInstanceW(JET_INSTANCE instance, JET_PWSTR szFile, JET_HANDLE* phFile,
                                    int32_t iSection, int32_t cSections, uint64_t ibRead,
                                    uint32_t* pulSectionSizeLow, int32_t* plSectionSizeHigh) {
  const contrail::api::NarrowText narrow(szFile);
  if (!narrow.ok()) return JET_errUnicodeTranslationFail;
  return contrail::api::Open(instance, narrow.c_str(), phFile, {iSection, cSections, ibRead},
                             pulSectionSizeLow, plSectionSizeHigh);
}
