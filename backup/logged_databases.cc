#include "backup/logged_databases.h"

#include "engine/instance_state.h"

namespace contrail {

Result<LoggedDatabases> LoggedDatabases::Find(FileSystem& files, EventSink& events,
                                              const LogSource& source) {
  LoggedDatabases found;
  const Lgpos start = {source.files.front().generation, 0, 0};
  ASSIGN_OR_RETURN(const std::unique_ptr<LogReader> reader,
                   LogReader::Open(files, events, source, start, nullptr));
  ASSIGN_OR_RETURN(const InstanceState initial, DecodeInstanceState(reader->header().state));
  for (const Attachment& attachment : initial.attachments) {
    found.paths_[attachment.signature.ToText()] = attachment.path;
  }
  for (LogRecord record;;) {
    ASSIGN_OR_RETURN(const bool more, reader->Next(&record));
    if (!more) return found;
    if (record.type != RecordType::kCreateDatabase && record.type != RecordType::kAttachDatabase) {
      continue;
    }
    ASSIGN_OR_RETURN(const AttachRecord attach, DecodeAttachRecord(record.payload));
    found.paths_[attach.signature.ToText()] = attach.path;
  }
}

const std::string* LoggedDatabases::PathOf(const Signature& signature) const {
  const auto path = paths_.find(signature.ToText());
  return path == paths_.end() ? nullptr : &path->second;
}

}  // namespace contrail
