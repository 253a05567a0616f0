#include "tools/jet_engine.h"

#include <utility>

#include "engine/api/api_registry.h"
#include "storage/check.h"

namespace contrail::tool {
namespace {

struct Parameter {
  uint32_t id;
  uint64_t number;
  const char* text;
};

Status Set(JET_INSTANCE* instance, const Parameter& parameter) {
  return Jet(JetSetSystemParameterA(instance, JET_sesidNil, parameter.id, parameter.number,
                                    parameter.text));
}

// Every session of this many may be in use at once: writers, and whoever looks on.
constexpr uint64_t kMaxSessions = 64;

}  // namespace

Result<std::unique_ptr<JetEngine>> JetEngine::Start(const JetSettings& settings) {
  std::unique_ptr<JetEngine> engine(new JetEngine);
  for (const Parameter& parameter :
       {Parameter{JET_paramDatabasePageSize, settings.page_size, nullptr},
        Parameter{JET_paramCacheSizeMax, settings.cache_bytes / settings.page_size, nullptr}}) {
    RETURN_IF_ERROR(Set(nullptr, parameter));
  }
  RETURN_IF_ERROR(Jet(JetCreateInstance2A(&engine->handle_, nullptr, nullptr, 0)));
  const char* folder = settings.folder.c_str();
  for (const Parameter& parameter :
       {Parameter{JET_paramSystemPath, 0, folder}, Parameter{JET_paramLogFilePath, 0, folder},
        Parameter{JET_paramTempPath, 0, folder},
        Parameter{JET_paramBaseName, 0, settings.base_name.c_str()},
        Parameter{JET_paramLogFileSize, settings.log_kibibytes, nullptr},
        Parameter{JET_paramMaxSessions, kMaxSessions, nullptr},
        Parameter{JET_paramCreatePathIfNotExist, 1, nullptr}}) {
    RETURN_IF_ERROR(Set(&engine->handle_, parameter));
  }
  JET_RSTINFO_A recovery = {};
  recovery.cbStruct = sizeof recovery;
  recovery.pfnStatus = settings.recovery_progress;
  const Status status = Jet(JetInit3A(&engine->handle_, &recovery, 0));
  if (!status.ok()) {
    engine->handle_ = JET_instanceNil;  // A failed start ends the instance.
    return status;
  }
  return engine;
}

JetEngine::~JetEngine() {
  if (handle_ != JET_instanceNil) JetTerm2(handle_, JET_bitTermAbrupt);
}

Status JetEngine::Stop() {
  return Jet(JetTerm2(std::exchange(handle_, JET_instanceNil), JET_bitTermComplete));
}

Instance& JetEngine::engine() {
  const Result<api::ApiInstance*> instance = api::ApiRegistry::Get().Resolve(handle_);
  CHECK(instance.ok() && (*instance)->engine != nullptr);
  return *(*instance)->engine;
}

Result<std::unique_ptr<JetSession>> JetSession::Open(JetEngine& engine, const std::string& database,
                                                     bool create) {
  std::unique_ptr<JetSession> session(new JetSession);
  const char* path = database.c_str();
  RETURN_IF_ERROR(Jet(JetBeginSessionA(engine.handle(), &session->handle_, nullptr, nullptr)));
  if (create) {
    RETURN_IF_ERROR(
        Jet(JetCreateDatabaseA(session->handle_, path, nullptr, &session->database_, 0)));
  } else {
    RETURN_IF_ERROR(Jet(JetAttachDatabaseA(session->handle_, path, 0)));
    RETURN_IF_ERROR(Jet(JetOpenDatabaseA(session->handle_, path, nullptr, &session->database_, 0)));
  }
  return session;
}

JetSession::~JetSession() {
  if (handle_ != JET_sesidNil) JetEndSession(handle_, 0);
}

Result<JetTable> JetTable::Open(JetSession& session, const char* name, JET_GRBIT flags) {
  JetTable table;
  table.session_ = session.handle();
  RETURN_IF_ERROR(Jet(JetOpenTableA(session.handle(), session.database(), name, nullptr, 0, flags,
                                    &table.handle_)));
  return table;
}

JetTable::JetTable(JetTable&& other) noexcept
    : session_(other.session_), handle_(std::exchange(other.handle_, JET_tableidNil)) {}

JetTable& JetTable::operator=(JetTable&& other) noexcept {
  if (this != &other) Close();
  session_ = other.session_;
  handle_ = std::exchange(other.handle_, JET_tableidNil);
  return *this;
}

JetTable::~JetTable() { Close(); }

void JetTable::Close() {
  if (handle_ != JET_tableidNil) JetCloseTable(session_, std::exchange(handle_, JET_tableidNil));
}

Result<JET_COLUMNID> JetTable::Column(const char* name) const {
  JET_COLUMNDEF definition = {};
  definition.cbStruct = sizeof definition;
  RETURN_IF_ERROR(Jet(JetGetTableColumnInfoA(session_, handle_, name, &definition,
                                             sizeof definition, JET_ColInfo)));
  return definition.columnid;
}

Status JetTable::AddKeyPart(Bytes part, JET_GRBIT flags) {
  return Jet(JetMakeKey(session_, handle_, part.data(), static_cast<uint32_t>(part.size()), flags));
}

Status JetTable::Set(JET_COLUMNID column, Bytes value, uint32_t itag_sequence) {
  JET_SETINFO info = {};
  info.cbStruct = sizeof info;
  info.itagSequence = itag_sequence;
  const JET_GRBIT flags = value.empty() ? JET_bitSetZeroLength : 0;
  return Jet(JetSetColumn(session_, handle_, column, value.data(),
                          static_cast<uint32_t>(value.size()), flags, &info));
}

Status JetTable::Get(JET_COLUMNID column, uint32_t itag_sequence, std::vector<std::byte>* value,
                     bool* null) const {
  constexpr size_t kUsualSize = 1024;
  value->resize(std::max(value->capacity(), kUsualSize));
  for (;;) {
    JET_RETINFO info = {};
    info.cbStruct = sizeof info;
    info.itagSequence = itag_sequence;
    uint32_t size = 0;
    const JET_ERR error = JetRetrieveColumn(session_, handle_, column, value->data(),
                                            static_cast<uint32_t>(value->size()), &size, 0, &info);
    if (error < 0) return Jet(error);
    *null = error == JET_wrnColumnNull;
    const bool cut = error == JET_wrnBufferTruncated;
    value->resize(*null ? 0 : size);
    if (!cut) return Status::Ok();
  }
}

Result<bool> JetTable::Step(int32_t rows) {
  const JET_ERR error = JetMove(session_, handle_, rows, 0);
  if (error == JET_errNoCurrentRecord || error == JET_errRecordNotFound) return false;
  if (error < 0) return Jet(error);
  return true;
}

}  // namespace contrail::tool
