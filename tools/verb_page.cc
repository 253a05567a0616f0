// contrail page: one page of a database, decoded.

#include <cstdio>
#include <memory>

#include "storage/aligned_buffer.h"
#include "tools/page_text.h"
#include "tools/verb.h"

namespace contrail::tool {
namespace {

using Json = nlohmann::ordered_json;

struct PageOptions {
  std::string file;
  PageNumber page = 0;
  bool raw = false;
  bool json = false;
  bool allow_dirty = false;
};

// The tables as far as the catalog tells of them; nothing when it is too damaged.
std::vector<NamedTable> TablesOf(Database& database) {
  const std::lock_guard lock(database.structure_mutex());
  CheckReport findings;  // `contrail check` tells of them.
  CatalogCheck catalog(database, &findings);
  return catalog.Read() ? catalog.Tables() : std::vector<NamedTable>();
}

int RunPage(const PageOptions& options) {
  // Whatever else is wrong with the file, this is about one page.
  const Result<std::unique_ptr<OfflineReader>> reader =
      OfflineReader::Open(PosixFileSystem(), DiscardEvents(), AbsolutePath(options.file),
                          /*allow_dirty=*/true);
  if (!reader.ok()) return Fail(options.file, reader.status());
  Database& database = (*reader)->database();
  if (!options.allow_dirty) WarnIfDirty(options.file, database.header().state);
  AlignedBuffer buffer(database.page_size());
  const Status read =
      options.page == 0
          ? Status(Error::kInvalidParameter)
          : database.file().Read(FileOffsetOf(options.page, database.page_size()), buffer.span());
  if (!read.ok()) {
    Fail(options.file + ", page " + std::to_string(options.page), read);
    std::fprintf(stderr, "hint: pages are numbered from 1; the file ends after page %u\n",
                 database.last_page());
    return kCouldNotRun;
  }
  const std::vector<NamedTable> tables = TablesOf(database);
  PageSubject subject;
  subject.number = options.page;
  subject.checksum = VerifyPage(buffer.span(), options.page);
  subject.bytes = buffer.span();
  subject.owner = FindOwner(tables, PageView(buffer.data(), database.page_size()).object_id());
  const Json page = DescribePage(subject, **reader, !options.raw);
  if (options.json) {
    std::printf("%s\n", JsonText(page).c_str());
  } else {
    PrintPage(page);
  }
  const bool sound = subject.checksum == ChecksumState::kUninitialised ||
                     (subject.checksum == ChecksumState::kGood && page["layout"] == "sound");
  return sound ? kGood : kFoundWrong;
}

}  // namespace

void AddPageVerb(CLI::App& application, int* exit_status) {
  auto options = std::make_shared<PageOptions>();
  CLI::App* verb = application.add_subcommand("page", "Draw one page of a database");
  verb->footer(
      "Examples:\n"
      "  contrail page mail.edb 31\n"
      "  contrail page mail.edb 31 --json\n"
      "  contrail page broken.edb 4 --raw\n\n"
      "The page's header, its external header (space header, split buffer or key prefix), every "
      "node with its flags and key (bytes, and the values that they stand for; text does not come "
      "back from its key), and what it holds as far as the catalog knows the tree. Damage "
      "is shown, not followed: exit status 1 when the checksum or the layout is wrong.");
  verb->add_option("FILE", options->file, "Database file")->required();
  verb->add_option("PAGE", options->page, "Page number, from 1")->required();
  verb->add_flag("--raw", options->raw, "Records as bytes, not as values");
  verb->add_flag("--json", options->json, "Print JSON");
  verb->add_flag("--allow-dirty", options->allow_dirty,
                 "Do not warn of a database that was not shut down cleanly");
  verb->callback([options, exit_status] { *exit_status = RunPage(*options); });
}

}  // namespace contrail::tool
