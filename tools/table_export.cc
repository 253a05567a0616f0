#include "tools/table_export.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>

#include "engine/check/parallel.h"
#include "tools/progress.h"
#include "tools/verb.h"

namespace contrail::tool {
namespace {

void TellDamage(const TableSchema& table, const OfflineDamage& damage, ExportCount* count) {
  const std::string key = absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(damage.key.data()), damage.key.size()));
  std::string what = "table " + table.name + ": ";
  if (damage.page != 0) what += "page " + std::to_string(damage.page) + ": ";
  if (damage.key.empty()) {
    ++count->damaged_pages;
    what += "cannot be read; what it held is left out";
  } else {
    ++count->damaged_records;
    what += "record " + key + " cannot be read and is left out";
  }
  std::fprintf(stderr, "error: %s: %s\n", Printable(what).c_str(),
               DescribeError(damage.status).c_str());
}

ExportedTable ExportToFile(OfflineReader& reader, const FolderExport& where,
                           const TableSchema& table, Progress* progress) {
  ExportedTable done;
  done.name = table.name;
  done.file = (std::filesystem::path(where.folder) / FileNameOf(table.name, where.format)).string();
  Result<RowOutput> output = RowOutput::Create(done.file);
  if (!output.ok()) {
    done.status = output.status();
    done.unwritten = true;
    return done;
  }
  ExportRequest request;
  request.format = where.format;
  done.status = ExportTable(reader, table, request, *output, &done.count);
  done.unwritten = !output->status().ok();
  progress->Advance(done.count.rows);
  return done;
}

}  // namespace

Status ExportTable(OfflineReader& reader, const TableSchema& table, const ExportRequest& request,
                   RowOutput& output, ExportCount* count) {
  RowText text(reader, table, request.format, request.columns);
  output.text() += text.Heading();
  Status writing;
  // The end that is asked for is told to the reader as an error, like any other reason to stop.
  const Status status = reader.ForEachRow(
      table,
      [&](const OfflineRow& row) -> Status {
        if (request.limit && count->rows >= *request.limit) return Error::kNoCurrentRecord;
        const Status made = text.Append(row.record, &output);
        if (writing = output.status(); !writing.ok()) return writing;
        if (text.is_cut()) return made;
        if (made.ok()) {
          ++count->rows;
        } else {
          TellDamage(table, {0, row.key, made}, count);
        }
        writing = output.Spill();
        return writing;
      },
      [&](const OfflineDamage& damage) { TellDamage(table, damage, count); }, request.range);
  RETURN_IF_ERROR(writing);
  RETURN_IF_ERROR(output.Finish());
  return status.Is(Error::kNoCurrentRecord) ? Status::Ok() : status;
}

std::string FileNameOf(const std::string& table, RowFormat format) {
  std::string name;
  for (const char letter : table) {
    const auto code = static_cast<unsigned char>(letter);
    const bool plain = code > 0x20 && code != 0x7f && letter != '/' && letter != '%';
    if (plain || letter == ' ') {
      name.push_back(letter);
    } else {
      name += absl::StrFormat("%%%02X", code);
    }
  }
  return name + (format == RowFormat::kCsv ? ".csv" : ".jsonl");
}

std::vector<ExportedTable> ExportTables(const FolderExport& where,
                                        const std::vector<TableSchema>& tables) {
  std::vector<ExportedTable> done(tables.size());
  std::atomic<size_t> next{0};
  Progress progress(Progress::StyleOf(stderr));
  progress.Begin("rows", 0, Progress::Unit::kItems);
  const auto work = [&] {
    TerminalEvents events(/*verbose=*/false);
    // A reader belongs to one thread.
    const Result<std::unique_ptr<OfflineReader>> reader =
        OfflineReader::Open(PosixFileSystem(), events, where.database, where.allow_dirty);
    for (size_t i = next.fetch_add(1); i < tables.size(); i = next.fetch_add(1)) {
      done[i].name = tables[i].name;
      done[i].status = reader.status();
      if (reader.ok()) done[i] = ExportToFile(**reader, where, tables[i], &progress);
    }
  };
  const size_t threads = std::min<size_t>(TaskThreads(), tables.size());
  RunTasks(std::vector<std::function<void()>>(threads, work));
  progress.End();
  return done;
}

}  // namespace contrail::tool
