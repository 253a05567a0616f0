// Fields of headers by name, as text for people and as JSON: what `contrail header` and `contrail
// log` print.

#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/backup_record.h"
#include "storage/database_header.h"

namespace contrail::tool {

using Json = nlohmann::ordered_json;

struct HeaderField {
  std::string group;  // "format", "state", "log", "backup", ...
  std::string name;   // "last full backup"
  std::string text;
  Json value;
};

// Builds a list of fields, group by group.
class FieldList {
 public:
  void Group(std::string name) { group_ = std::move(name); }
  void Add(const std::string& name, const Json& value);  // Its text is that of the value.
  void Add(const std::string& name, std::string text, Json value);
  void Add(const std::string& name, const Lgpos& position);
  void Add(const std::string& name, const LogTime& time);
  void Add(const std::string& name, const Signature& signature);
  void Add(const std::string& name, const BackupInfo& backup);
  void Add(const std::string& name, const HeaderCounter& counter);

  const std::vector<HeaderField>& fields() const { return fields_; }
  // One object, names with underscores.
  Json ToJson() const;
  void Print() const;

 private:
  std::string group_;
  std::vector<HeaderField> fields_;
};

// As text; null for none.
Json TimeJson(const LogTime& time);

// "streaming", "OS snapshot", ...; "begin", "prepare logs", ...
const char* BackupTypeName(BackupType type);
const char* BackupPhaseName(BackupPhase phase);

// "Clean Shutdown", "Dirty Shutdown", ...: the words of esentutl.
std::string StateText(DatabaseState state);

// Every field of a header, in the groups that `esentutl /mh` shows them in. `page`: the bytes of
// the copy.
FieldList DescribeDatabaseHeader(const DatabaseHeader& header, Bytes page);

}  // namespace contrail::tool
