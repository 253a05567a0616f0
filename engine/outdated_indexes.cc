#include "engine/outdated_indexes.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include "engine/event_ids.h"
#include "engine/icu_text_order.h"
#include "engine/instance.h"
#include "engine/table_ddl.h"

namespace contrail {
namespace {

struct OutdatedIndex {
  ObjectId table = 0;
  std::string table_name;
  IndexSchema index;
  bool empty = false;
};

bool IsIcu(const IndexSchema& index) { return index.sort_id == kIcuSortId; }

class Treatment {
 public:
  Treatment(Session& session, AttachedDatabase& database, const OutdatedIndexPolicy& policy)
      : session_(session), database_(database), policy_(policy) {}

  Status Run() {
    ASSIGN_OR_RETURN(const bool needed, IsNeeded());
    if (!needed) return Status::Ok();
    RETURN_IF_ERROR(Collect());
    // Nothing is changed when something cannot be helped.
    for (const OutdatedIndex& outdated : outdated_) {
      if (CanBeHelped(outdated)) continue;
      const bool primary = outdated.index.is_primary();
      return Report(outdated, Severity::kError,
                    primary ? event_id::kPrimaryIndexOutOfDate : event_id::kSecondaryIndexOutOfDate,
                    "An index over Unicode text was sorted by rules that are not there any more.",
                    primary ? Error::kPrimaryIndexCorrupted : Error::kSecondaryIndexCorrupted);
    }
    bool deleted = false;
    for (const OutdatedIndex& outdated : outdated_) {
      RETURN_IF_ERROR(Treat(outdated, &deleted));
    }
    return deleted ? Status(Error::kWarnCorruptIndexDeleted) : Status::Ok();
  }

 private:
  // Reading the whole catalog is worth it only for a database that has indexes in ICU's order, or
  // when others are to be dealt with, too.
  Result<bool> IsNeeded() {
    if (policy_.delete_unicode || policy_.delete_outdated || policy_.rebuild) return true;
    if (!policy_.check) return false;
    return database_.catalog().HasLocale(session_.context(), kIcuSortId);
  }

  bool IsOutdated(const IndexSchema& index) const {
    if (!index.Has(index_flag::kLocalizedText)) return false;
    if (policy_.delete_unicode && !index.is_primary()) return true;
    if (!policy_.check || index.text_order != nullptr) return false;
    return IsIcu(index) || ((policy_.delete_outdated || policy_.rebuild) && !index.is_primary());
  }

  bool CanBeHelped(const OutdatedIndex& outdated) const {
    if (outdated.empty) return true;
    if (outdated.index.is_primary()) return false;
    return policy_.delete_unicode || policy_.delete_outdated || policy_.rebuild;
  }

  Status Collect() {
    Transaction& transaction = session_.transaction();
    ASSIGN_OR_RETURN(const std::vector<CatalogRow> tables, database_.catalog().Tables(transaction));
    for (const CatalogRow& row : tables) {
      if ((row.flags & table_flag::kSystem) != 0) continue;
      ASSIGN_OR_RETURN(const TableSchema schema,
                       database_.tables().LoadSchema(transaction, row.table));
      for (const IndexSchema& index : schema.indexes) {
        if (!IsOutdated(index)) continue;
        OutdatedIndex outdated{row.table, row.name, index, false};
        ASSIGN_OR_RETURN(outdated.empty, IsEmpty(index));
        outdated_.push_back(std::move(outdated));
      }
    }
    return Status::Ok();
  }

  Result<bool> IsEmpty(const IndexSchema& index) {
    TreeCursor cursor(
        Tree(database_.database(), index.root_page, index.object_id, index.is_unique()));
    const Status first = cursor.MoveFirst();
    if (first.Is(Error::kRecordNotFound) || first.Is(Error::kNoCurrentRecord)) return true;
    RETURN_IF_ERROR(first);
    return false;
  }

  Status Treat(const OutdatedIndex& outdated, bool* deleted) {
    TableRegistry& tables = database_.tables();
    RETURN_IF_ERROR(tables.Open(session_.context(), outdated.table_name, false).status());
    TableDdl ddl(session_, database_);
    const std::string& name = outdated.index.name;
    const bool remove = policy_.delete_unicode || (!policy_.rebuild && !outdated.empty);
    Status status;
    if (remove) {
      status = ddl.DeleteIndex(outdated.table, name);
      *deleted = true;
    } else {
      status = outdated.empty ? ddl.RenewSortOrder(outdated.table, name)
                              : ddl.RebuildIndex(outdated.table, name);
    }
    tables.Close(outdated.table, &session_.transaction());
    if (!status.ok()) {
      return Report(outdated, Severity::kError, event_id::kSecondaryIndexOutOfDate,
                    "An index over Unicode text that is out of date could not be deleted or made "
                    "again.",
                    status);
    }
    Report(outdated, Severity::kInformation, event_id::kOutOfDateIndexDeleted,
           remove ? "An index over Unicode text was deleted."
                  : "An index over Unicode text that was out of date was made again.",
           Status::Ok())
        .Ignore();
    return Status::Ok();
  }

  // Returns the status that it reports.
  Status Report(const OutdatedIndex& outdated, Severity severity, uint32_t id, std::string text,
                Status status) {
    session_.instance().events().Report(
        {.id = id,
         .severity = severity,
         .text = std::move(text),
         .file = database_.path(),
         .expected = IsIcu(outdated.index) ? "the version of ICU that is there"
                                           : "a sort order that is known here",
         .found = absl::StrCat("index ", outdated.index.name, " of table ", outdated.table_name,
                               ", sort version 0x", absl::Hex(outdated.index.sort_version)),
         .error = status.number()});
    return status;
  }

  Session& session_;
  AttachedDatabase& database_;
  const OutdatedIndexPolicy& policy_;
  std::vector<OutdatedIndex> outdated_;
};

}  // namespace

Status TreatOutdatedIndexes(Session& session, AttachedDatabase& database,
                            const OutdatedIndexPolicy& policy) {
  return Treatment(session, database, policy).Run();
}

}  // namespace contrail
