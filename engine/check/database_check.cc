#include "engine/check/database_check.h"

#include <atomic>

#include "engine/check/catalog_check.h"
#include "engine/check/header_check.h"
#include "engine/check/page_sweep.h"
#include "engine/check/parallel.h"
#include "engine/check/space_audit.h"
#include "engine/check/table_check.h"
#include "engine/offline_reader.h"
#include "storage/check.h"

namespace contrail {
namespace {

// Events tell why a file cannot be opened; from then on findings say the same better.
class OpeningEvents final : public EventSink {
 public:
  explicit OpeningEvents(EventSink& to) : to_(to) {}
  void Report(const Event& event) override {
    if (open_) to_.Report(event);
  }
  void Close() { open_ = false; }

 private:
  EventSink& to_;
  std::atomic<bool> open_{true};
};

class DatabaseCheck {
 public:
  DatabaseCheck(OfflineReader& reader, CheckProgress& progress, CheckReport* report)
      : reader_(reader), database_(reader.database()), progress_(progress), report_(report) {}

  void CheckContents() {
    const std::lock_guard lock(database_.structure_mutex());
    progress_.Begin("tables", uint64_t{database_.last_page()} * database_.page_size());
    CheckRoot();
    CatalogCheck catalog(database_, report_);
    if (!catalog.Read()) return;
    const std::vector<NamedTable> tables = catalog.Tables();
    CheckTables(tables);
    catalog.CompareCopies();
    catalog.CheckObjectIds(tables);
    if (complete_) {
      AuditSpace(database_, std::move(subjects_), report_);
    } else {
      report_->CountSkipped("the use of pages (a tree is damaged)");
    }
  }

 private:
  void CheckRoot() {
    TreeCheck root(database_,
                   {catalog_place::kDatabaseRootPage, catalog_place::kDatabaseObjectId, 0});
    root.Run();
    report_->AddTreeFindings(Remedy::kRestore, "database root", root.findings());
    report_->Expect(Remedy::kRestore, catalog_place::kDatabaseRootPage, "database root: nodes", 0,
                    root.nodes());
    complete_ = root.complete();
    subjects_.push_back({{"database root", catalog_place::kDatabaseRootPage, root.pages()}, 0});
  }

  struct CheckedTable {
    CheckReport report;
    std::vector<TreeUse> trees;
    bool complete = false;
  };

  // Several at a time; what they find is told in the order of the tables.
  void CheckTables(const std::vector<NamedTable>& tables) {
    std::vector<CheckedTable> done(tables.size());
    std::vector<std::function<void()>> tasks;
    for (size_t i = 0; i < tables.size(); ++i) {
      tasks.emplace_back([&, i] { done[i] = CheckTable(tables[i]); });
    }
    RunTasks(tasks);
    for (size_t i = 0; i < tables.size(); ++i) {
      report_->Append(std::move(done[i].report));
      complete_ = complete_ && done[i].complete;
      const PageNumber table_root = tables[i].rows.subject.root;
      for (TreeUse& use : done[i].trees) {
        const bool is_table = use.root == table_root;
        subjects_.push_back(
            {std::move(use), is_table ? catalog_place::kDatabaseRootPage : table_root});
      }
    }
  }

  CheckedTable CheckTable(const NamedTable& table) {
    std::unique_ptr<OfflineLongValues> long_values;
    if (table.schema) long_values = reader_.NewLongValues(*table.schema);
    TableCheck check(database_, table, long_values ? &long_values->store() : nullptr, progress_);
    check.Run();
    return {std::move(check.report()), std::move(check.trees()), check.complete()};
  }

  OfflineReader& reader_;
  Database& database_;
  CheckProgress& progress_;
  CheckReport* report_;
  std::vector<SpaceSubject> subjects_;
  bool complete_ = true;
};

}  // namespace

Status CheckDatabase(FileSystem& files, EventSink& events, const std::string& path,
                     const DatabaseCheckOptions& options, CheckProgress& progress,
                     CheckReport* report) {
  CHECK(report != nullptr);
  OpeningEvents opening(events);
  ASSIGN_OR_RETURN(
      const std::unique_ptr<OfflineReader> reader,
      OfflineReader::Open(files, opening, path, /*allow_dirty=*/true, options.cache_bytes));
  ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                   files.Open(path, {.mode = FileMode::kReadOnly, .direct = true}));
  opening.Close();
  Database& database = reader->database();
  RETURN_IF_ERROR(CheckHeader(*file, database.page_size(), options.allow_dirty, report));
  const DatabaseHeader header = database.header();
  const bool clean = header.state == DatabaseState::kClean;
  // Where the owned pages cannot be listed the end of the file stands, and the space has findings.
  if (!clean) database.FindLastPage().Ignore();
  SweepPages(files, {file.get(), header, database.last_page()}, progress, report);
  if (clean || options.allow_dirty) {
    DatabaseCheck(*reader, progress, report).CheckContents();
  } else {
    report->CountSkipped("contents (the database was not shut down cleanly)");
  }
  return Status::Ok();
}

}  // namespace contrail
