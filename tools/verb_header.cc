// contrail header: every field of a database's header by name; also of logs and checkpoints.

#include <absl/strings/str_format.h>

#include <cstdio>
#include <memory>
#include <optional>

#include "log/windows_log.h"
#include "storage/aligned_buffer.h"
#include "storage/page_checksum.h"
#include "tools/file_kind.h"
#include "tools/header_fields.h"
#include "tools/log_text.h"
#include "tools/verb.h"

namespace contrail::tool {
namespace {

struct HeaderOptions {
  std::string file;
  bool json = false;
  bool allow_dirty = false;
};

// One of the two copies of a database header.
struct HeaderCopy {
  const char* name = "";
  uint32_t stored = 0;
  uint32_t computed = 0;
  HeaderFault fault;
  std::optional<FieldList> fields;
};

HeaderCopy ReadCopy(const char* name, Bytes page) {
  HeaderCopy copy;
  copy.name = name;
  copy.stored = LoadLittle<uint32_t>(page.data());
  copy.computed = HeaderChecksum(page);
  const Result<DatabaseHeader> header = DatabaseHeader::Decode(page, &copy.fault);
  if (header.ok()) copy.fields = DescribeDatabaseHeader(*header, page);
  return copy;
}

Json DescribeCopy(const HeaderCopy& copy) {
  Json document{{"checksum_stored", absl::StrFormat("%08x", copy.stored)},
                {"checksum_computed", absl::StrFormat("%08x", copy.computed)},
                {"whole", copy.fields.has_value()}};
  if (copy.fields) {
    document["fields"] = copy.fields->ToJson();
  } else {
    document["fault"] = copy.fault.rule;
    document["expected"] = copy.fault.expected;
    document["found"] = copy.fault.found;
  }
  return document;
}

void PrintCopyState(const HeaderCopy& copy) {
  if (copy.fields) {
    std::printf("%-14s whole, checksum %08x\n", copy.name, copy.stored);
  } else {
    std::printf("%-14s DAMAGED: %s: expected %s, found %s\n", copy.name, copy.fault.rule.c_str(),
                copy.fault.expected.c_str(), copy.fault.found.c_str());
  }
}

// What the shadow says differently.
int CountDifferences(const HeaderCopy& first, const HeaderCopy& shadow, bool print) {
  if (!first.fields || !shadow.fields) return 0;
  int count = 0;
  for (size_t i = 0; i < first.fields->fields().size(); ++i) {
    const HeaderField& mine = first.fields->fields()[i];
    const HeaderField& other = shadow.fields->fields()[i];
    if (mine.text == other.text) continue;
    ++count;
    if (print) {
      std::printf("shadow differs: %s: %s, in the first copy %s\n", mine.name.c_str(),
                  other.text.c_str(), mine.text.c_str());
    }
  }
  return count;
}

int ShowDatabase(const HeaderOptions& options, File& file) {
  TerminalEvents events(/*verbose=*/false);
  const Result<DatabaseHeader> header = ReadHeader(file, events);
  if (!header.ok()) return Fail(options.file, header.status());
  const size_t page_size = header->page_size;
  AlignedBuffer pages(2 * page_size);
  if (const Status read = file.Read(0, pages.span()); !read.ok()) return Fail(options.file, read);
  const HeaderCopy first = ReadCopy("header", pages.span().first(page_size));
  const HeaderCopy shadow = ReadCopy("shadow header", pages.span().subspan(page_size));
  const HeaderCopy& good = first.fields ? first : shadow;
  if (options.json) {
    const Json document{{"file", options.file},
                        {"kind", "database"},
                        {"header", DescribeCopy(first)},
                        {"shadow", DescribeCopy(shadow)}};
    std::printf("%s\n", JsonText(document).c_str());
  } else {
    PrintCopyState(first);
    PrintCopyState(shadow);
    if (good.fields) good.fields->Print();
  }
  const int differences = CountDifferences(first, shadow, !options.json);
  if (!options.allow_dirty) WarnIfDirty(options.file, header->state);
  return first.fields && shadow.fields && differences == 0 ? kGood : kFoundWrong;
}

int RunHeader(const HeaderOptions& options) {
  const std::string path = AbsolutePath(options.file);
  const Result<std::unique_ptr<File>> file =
      PosixFileSystem().Open(path, {.mode = FileMode::kReadOnly});
  if (!file.ok()) {
    // What it would have been is not known: as of a database, like the other verbs.
    const bool no_path = file.status().Is(Error::kInvalidPath);
    return Fail(options.file, no_path ? Status(Error::kDatabaseInvalidPath) : file.status());
  }
  const Result<FileKind> kind = KindOfFile(**file);
  if (!kind.ok()) return Fail(options.file, kind.status());
  switch (*kind) {
    case FileKind::kLog:
      return ShowLogHeader(options.file, options.json);
    case FileKind::kWindowsLog:
      return ShowWindowsLog(options.file, **file, options.json);
    case FileKind::kCheckpoint:
      return ShowCheckpoint(options.file, options.json);
    case FileKind::kWindowsCheckpoint:
      return ShowWindowsCheckpoint(options.file, **file, options.json);
    case FileKind::kFlushMap:
      std::fprintf(stderr,
                   "error: %s is a flush map of Windows' ESE; nothing in it is needed here\n",
                   options.file.c_str());
      return kCouldNotRun;
    case FileKind::kDatabase:
      return ShowDatabase(options, **file);
  }
  return kCouldNotRun;
}

}  // namespace

void AddHeaderVerb(CLI::App& application, int* exit_status) {
  auto options = std::make_shared<HeaderOptions>();
  CLI::App* verb = application.add_subcommand("header", "Print the header of a file");
  verb->footer(
      "Examples:\n"
      "  contrail header mail.edb\n"
      "  contrail header mail.edb --json\n"
      "  contrail header edb.chk\n\n"
      "Every field by name, in groups, of a database (both copies are read, and what differs is "
      "told), a log file or a checkpoint. Exit status 1 when a copy is damaged or the two differ.");
  verb->add_option("FILE", options->file, "Database, log or checkpoint file")->required();
  verb->add_flag("--json", options->json, "Print JSON");
  verb->add_flag("--allow-dirty", options->allow_dirty,
                 "Do not warn of a database that was not shut down cleanly");
  verb->callback([options, exit_status] { *exit_status = RunHeader(*options); });
}

}  // namespace contrail::tool
