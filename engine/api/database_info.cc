// Databases, of the family "info": by an open database, or by the name of a file.

#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "engine/api/buffers.h"
#include "engine/api/database_calls.h"
#include "engine/api/database_report.h"
#include "engine/api/text.h"
#include "engine/catalog_schema.h"
#include "storage/space.h"

namespace contrail::api {
namespace {

constexpr uint32_t kCountry = 1;
constexpr uint32_t kLanguage = 0x409;
constexpr uint32_t kHeaderPages = 2;
// Behind what the API documents: the report comes from memory. Accepted and ignored.
constexpr uint32_t kUseCachedResult = 0x40000000;

template <typename Char>
Status ReportText(std::string_view text, void* to, uint32_t size) {
  ASSIGN_OR_RETURN(const std::basic_string<Char> encoded, Encode<Char>(text));
  if ((encoded.size() + 1) * sizeof(Char) > size) return Error::kBufferTooSmall;
  CopyText(std::basic_string_view<Char>(encoded), static_cast<Char*>(to), size);
  return Status::Ok();
}

Status ReportNumber(uint64_t number, void* to, uint32_t size) {
  return CopyExactly(static_cast<uint32_t>(number), to, size);
}

// Bytes that the file takes on disk; sparse files take less than their size.
Result<uint64_t> BytesOnDisk(const std::string& path) {
  struct stat status = {};
  constexpr uint64_t kStatBlock = 512;
  if (stat(path.c_str(), &status) != 0) return Error::kFileNotFound;
  return static_cast<uint64_t>(status.st_blocks) * kStatBlock;
}

Status ReportSpace(AttachedDatabase& database, bool owned, void* to, uint32_t size) {
  ASSIGN_OR_RETURN(const SpaceUsage usage,
                   MeasureSpace(database.database(), catalog_place::kDatabaseRootPage));
  return ReportNumber(owned ? usage.owned_pages : usage.available_pages, to, size);
}

// Levels whose answer does not depend on the form.
Status ReportOpen(const ApiSession& session, AttachedDatabase& attached, void* to, uint32_t size,
                  uint32_t level) {
  Database& database = attached.database();
  switch (level) {
    case JET_DbInfoCountry:
      return ReportNumber(kCountry, to, size);
    case JET_DbInfoLCID:
      return ReportNumber(kLanguage, to, size);
    case JET_DbInfoCollate:
      return ReportNumber(0, to, size);
    case JET_DbInfoOptions: {
      absl::MutexLock lock(&session.instance->mutex);
      const bool exclusive = session.instance->exclusive_users[attached.id()] == &session;
      return ReportNumber(exclusive ? JET_bitDbExclusive : 0, to, size);
    }
    case JET_DbInfoTransactions:
      return ReportNumber(kMaxTransactionLevel, to, size);
    case JET_DbInfoVersion:
      return ReportNumber(database.header().version, to, size);
    case JET_DbInfoFilesize: {
      ASSIGN_OR_RETURN(const uint64_t bytes, database.file().Size());
      return ReportNumber(bytes / database.page_size() - kHeaderPages, to, size);
    }
    case JET_DbInfoFilesizeOnDisk: {
      ASSIGN_OR_RETURN(const uint64_t bytes, BytesOnDisk(attached.path()));
      return ReportNumber(bytes / database.page_size(), to, size);
    }
    case JET_DbInfoSpaceOwned:
    case JET_DbInfoSpaceAvailable:
      return ReportSpace(attached, level == JET_DbInfoSpaceOwned, to, size);
    case JET_DbInfoMisc:
      return FillDatabaseInfo(database.header(), to, size);
    case JET_DbInfoPageSize:
      return ReportNumber(database.page_size(), to, size);
    case JET_DbInfoFileType:
      return ReportNumber(JET_filetypeDatabase, to, size);
    case JET_DbInfoIsam:
    case JET_DbInfoUpgrade:
      return Error::kFeatureNotAvailable;
    default:
      return Error::kInvalidParameter;
  }
}

template <typename Char>
JET_ERR GetDatabaseInfo(JET_SESID sesid, JET_DBID dbid, void* to, uint32_t size, uint32_t level) {
  return InSession(sesid, [&](const SessionScope& scope) -> Status {
    if (to == nullptr) return Error::kInvalidParameter;
    const Result<AttachedDatabase*> database = FindOpenDatabase(scope, dbid);
    if (!database.ok()) return Error::kInvalidParameter;
    constexpr uint32_t kCodePage = sizeof(Char) == 1 ? 1252 : 1200;
    const uint32_t plain = level & ~kUseCachedResult;
    if (plain == JET_DbInfoFilename) return ReportText<Char>((*database)->path(), to, size);
    if (plain == JET_DbInfoConnect) return ReportText<Char>("", to, size);
    if (plain == JET_DbInfoCp) return ReportNumber(kCodePage, to, size);
    return ReportOpen(scope.api(), **database, to, size, plain);
  });
}

// The header of a database that one of the process's instances has attached.
std::optional<DatabaseHeader> HeaderInUse(const std::string& path) {
  for (ApiInstance* instance : ApiRegistry::Get().Instances()) {
    const InstanceCall call(*instance, Allowed::kAlways);
    if (!call.status().ok()) continue;
    std::optional<DatabaseHeader> header;
    const Status status = instance->engine->ForEachDatabase([&](AttachedDatabase& database) {
      if (database.path() == path) header = database.database().header();
      return Status::Ok();
    });
    if (status.ok() && header.has_value()) return header;
  }
  return std::nullopt;
}

// Where the copies of a header lie, whatever the page size.
bool HasHeaderMagic(File& file) {
  constexpr uint64_t kPlaces[] = {0, 2048, 4096, 8192, 16384, 32768};
  return std::any_of(std::begin(kPlaces), std::end(kPlaces), [&file](uint64_t place) {
    std::byte bytes[8] = {};
    const Status read = file.Read(place, bytes);
    return read.ok() && LoadLittle<uint32_t>(bytes + 4) == kHeaderMagic;
  });
}

// kFileInvalidType: a file that is none, as against one whose header is damaged.
Result<DatabaseHeader> HeaderOf(const std::string& path) {
  if (std::optional<DatabaseHeader> header = HeaderInUse(path)) return *std::move(header);
  ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                   PosixFileSystem().Open(path, {.mode = FileMode::kReadOnly}));
  Result<DatabaseHeader> header = ReadHeader(*file, DiscardEvents());
  if (header.status().Is(Error::kDatabaseCorrupted) && !HasHeaderMagic(*file)) {
    return Error::kFileInvalidType;
  }
  return header;
}

// A file that has no header of a database is of an unknown type, which is an answer.
Status ReportFileType(const std::string& path, void* to, uint32_t size) {
  const Result<DatabaseHeader> header = HeaderOf(path);
  if (header.ok()) return ReportNumber(JET_filetypeDatabase, to, size);
  if (header.status().Is(Error::kFileNotFound)) return header.status();
  return ReportNumber(JET_filetypeUnknown, to, size);
}

Status ReportFile(const std::string& path, void* to, uint32_t size, uint32_t level) {
  switch (level) {
    case JET_DbInfoFilesize: {
      ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                       PosixFileSystem().Open(path, {.mode = FileMode::kReadOnly}));
      ASSIGN_OR_RETURN(const uint64_t bytes, file->Size());
      return CopyExactly(bytes, to, size);
    }
    case JET_DbInfoFilesizeOnDisk: {
      ASSIGN_OR_RETURN(const uint64_t bytes, BytesOnDisk(path));
      return CopyExactly(bytes, to, size);
    }
    case JET_DbInfoDBInUse:
      return ReportNumber(HeaderInUse(path).has_value() ? 1 : 0, to, size);
    case JET_DbInfoFileType:
      return ReportFileType(path, to, size);
    case JET_DbInfoPageSize:
    case JET_DbInfoMisc:
    case JET_DbInfoVersion: {
      ASSIGN_OR_RETURN(const DatabaseHeader header, HeaderOf(path));
      if (level == JET_DbInfoMisc) return FillDatabaseInfo(header, to, size);
      return ReportNumber(level == JET_DbInfoPageSize ? header.page_size : header.version, to,
                          size);
    }
    case JET_DbInfoUpgrade:
    case JET_DbInfoIsam:
      return Error::kFeatureNotAvailable;
    default:
      return Error::kInvalidParameter;
  }
}

}  // namespace
}  // namespace contrail::api

JET_API JetGetDatabaseInfoA(JET_SESID sesid, JET_DBID dbid, void* pvResult, uint32_t cbMax,
                            uint32_t InfoLevel) {
  return contrail::api::GetDatabaseInfo<char>(sesid, dbid, pvResult, cbMax, InfoLevel);
}

JET_API JetGetDatabaseInfoW(JET_SESID sesid, JET_DBID dbid, void* pvResult, uint32_t cbMax,
                            uint32_t InfoLevel) {
  return contrail::api::GetDatabaseInfo<char16_t>(sesid, dbid, pvResult, cbMax, InfoLevel);
}

JET_API JetGetDatabaseFileInfoA(JET_PCSTR szDatabaseName, void* pvResult, uint32_t cbMax,
                                uint32_t InfoLevel) {
  if (pvResult == nullptr) return JET_errInvalidParameter;
  const auto path = contrail::api::DatabasePath(szDatabaseName);
  if (!path.ok()) return contrail::api::ToJet(path.status());
  return contrail::api::ToJet(contrail::api::ReportFile(
      *path, pvResult, cbMax, InfoLevel & ~contrail::api::kUseCachedResult));
}

JET_API JetGetDatabaseFileInfoW(JET_PCWSTR szDatabaseName, void* pvResult, uint32_t cbMax,
                                uint32_t InfoLevel) {
  const contrail::api::NarrowText name(szDatabaseName);
  if (!name.ok()) return JET_errUnicodeTranslationFail;
  return JetGetDatabaseFileInfoA(name.c_str(), pvResult, cbMax, InfoLevel);
}
