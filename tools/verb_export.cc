// contrail export: the rows of a table as JSON lines or CSV.

#include <cstdio>
#include <map>
#include <memory>

#include "engine/offline_reader.h"
#include "tools/value_text.h"
#include "tools/verb.h"

namespace contrail::tool {
namespace {

struct ExportOptions {
  std::string file;
  std::string table;
  std::string format = "jsonl";
  bool json = false;
  bool allow_dirty = false;
  uint64_t limit = 0;
};

// Writes rows to standard output. Constant memory: a row at a time.
class RowWriter {
 public:
  RowWriter(OfflineReader& reader, const TableSchema& table, bool csv)
      : reader_(reader), table_(table), csv_(csv) {
    for (const ColumnSchema& column : table.columns()) {
      if (!column.deleted()) by_name_.emplace(NameToUtf16(column.name), &column);
    }
  }

  void WriteHeading() {
    if (!csv_) return;
    std::string line;
    for (const ColumnSchema& column : table_.columns()) {
      if (column.deleted()) continue;
      if (!line.empty()) line.push_back(',');
      AppendCsvField(column.name, &line);
    }
    PutLine(line);
  }

  Status Write(const RecordView& record) { return csv_ ? WriteCsv(record) : WriteJson(record); }

 private:
  static void PutLine(std::string& line) {
    line.push_back('\n');
    std::fwrite(line.data(), 1, line.size(), stdout);
    line.clear();
  }

  static void AppendCsvField(std::string_view text, std::string* line) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
      *line += text;
      return;
    }
    line->push_back('"');
    for (const char letter : text) {
      if (letter == '"') line->push_back('"');
      line->push_back(letter);
    }
    line->push_back('"');
  }

  // Several values are a list exactly when the record stores them as one.
  Status AppendValues(const RecordView& record, const ColumnSchema& column, uint32_t count) {
    bool is_list = false;
    if (column.is_tagged()) {
      const uint32_t place = record.FindTagged(column.id);
      if (place < record.tagged_count()) {
        ASSIGN_OR_RETURN(const TaggedField field, record.TaggedAt(place));
        is_list = (field.header() & record_format::kMultiValues) != 0;
      }
    }
    if (is_list) line_.push_back('[');
    for (uint32_t i = 1; i <= count; ++i) {
      if (i > 1) line_.push_back(',');
      ASSIGN_OR_RETURN(const ColumnValue value, record.Value(column, i));
      RETURN_IF_ERROR(reader_.ReadValue(table_, value, &bytes_));
      AppendJsonValue(column, bytes_, &line_);
    }
    if (is_list) line_.push_back(']');
    return Status::Ok();
  }

  Status WriteJson(const RecordView& record) {
    line_ = "{";
    for (const auto& [name, column] : by_name_) {
      ASSIGN_OR_RETURN(const ColumnValue first, record.Value(*column));
      if (first.is_null()) continue;
      ASSIGN_OR_RETURN(const uint32_t count, record.ValueCount(*column));
      if (line_.size() > 1) line_.push_back(',');
      AppendJsonString(name, &line_);
      line_.push_back(':');
      RETURN_IF_ERROR(AppendValues(record, *column, count));
    }
    line_.push_back('}');
    PutLine(line_);
    return Status::Ok();
  }

  Status WriteCsv(const RecordView& record) {
    line_.clear();
    bool first_field = true;
    for (const ColumnSchema& column : table_.columns()) {
      if (column.deleted()) continue;
      if (!first_field) line_.push_back(',');
      first_field = false;
      ASSIGN_OR_RETURN(const uint32_t count, record.ValueCount(column));
      std::string field;
      for (uint32_t i = 1; i <= count; ++i) {
        ASSIGN_OR_RETURN(const ColumnValue value, record.Value(column, i));
        if (value.is_null()) continue;
        RETURN_IF_ERROR(reader_.ReadValue(table_, value, &bytes_));
        if (i > 1) field.push_back(';');
        field += PlainValue(column, bytes_);
      }
      AppendCsvField(field, &line_);
    }
    PutLine(line_);
    return Status::Ok();
  }

  OfflineReader& reader_;
  const TableSchema& table_;
  bool csv_;
  std::map<std::u16string, const ColumnSchema*> by_name_;
  std::string line_;
  std::vector<std::byte> bytes_;
};

int RunExport(const ExportOptions& options) {
  TerminalEvents events(/*verbose=*/false);
  const Result<std::unique_ptr<OfflineReader>> reader = OfflineReader::Open(
      PosixFileSystem(), events, AbsolutePath(options.file), options.allow_dirty);
  if (!reader.ok()) return Fail(options.file, reader.status());
  const Result<TableSchema> table = (*reader)->FindTable(options.table);
  if (!table.ok()) return Fail(options.file + ", table " + options.table, table.status());

  RowWriter writer(**reader, *table, options.format == "csv");
  writer.WriteHeading();
  uint64_t rows = 0;
  uint64_t damaged = 0;
  const Status status = (*reader)->ForEachRow(
      *table,
      [&](const OfflineRow& row) -> Status {
        if (options.limit != 0 && rows == options.limit) return Error::kNoCurrentRecord;
        ++rows;
        return writer.Write(row.record);
      },
      [&](Bytes) { ++damaged; });
  std::fflush(stdout);
  const bool limit_reached = status.Is(Error::kNoCurrentRecord) && rows == options.limit;
  if (!status.ok() && !limit_reached) {
    Fail(options.file + ", table " + options.table, status);
    return kFoundWrong;
  }
  if (damaged != 0) {
    std::fprintf(stderr, "error: %llu damaged records were left out\n",
                 static_cast<unsigned long long>(damaged));
  }
  return damaged == 0 ? kGood : kFoundWrong;
}

}  // namespace

void AddExportVerb(CLI::App& application, int* exit_status) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* verb = application.add_subcommand("export", "Print the rows of a table");
  verb->footer(
      "Examples:\n"
      "  contrail export mail.edb Messages > messages.jsonl\n"
      "  contrail export mail.edb Messages --format csv --limit 10\n"
      "  contrail export mail.edb MSysObjects\n\n"
      "Rows come in primary key order, one JSON object a line with the columns sorted by name. "
      "Null columns are left out; the file is not changed.");
  verb->add_option("FILE", options->file, "Database file")->required();
  verb->add_option("TABLE", options->table, "Table name")->required();
  verb->add_option("--format", options->format, "jsonl or csv")
      ->check(CLI::IsMember({"jsonl", "csv"}));
  verb->add_flag("--json", options->json, "The same as --format jsonl");
  verb->add_option("--limit", options->limit, "Stop after this many rows");
  verb->add_flag("--allow-dirty", options->allow_dirty,
                 "Read a database that was not shut down cleanly");
  verb->callback([options, exit_status] {
    if (options->json) options->format = "jsonl";
    *exit_status = RunExport(*options);
  });
}

}  // namespace contrail::tool
