#include "storage/tree_damage.h"

#include <absl/strings/str_cat.h>

#include "storage/check.h"
#include "storage/event.h"

namespace contrail {
namespace {

constexpr uint32_t kBadPageLinksEvent = 447;  // ESE's BAD_PAGE_LINKS_ID.
constexpr uint32_t kCorruptTreeEvent = 467;   // ESE's INDEX_CORRUPTED_ID.

}  // namespace

Status ReportTreeDamage(Database& database, PageNumber page, Error error, const std::string& rule,
                        const std::string& expected, const std::string& found) {
  DCHECK(!Status(error).ok());
  Event event;
  event.id = error == Error::kBadPageLink ? kBadPageLinksEvent : kCorruptTreeEvent;
  event.severity = Severity::kError;
  event.text = absl::StrCat("Page ", page, " of a tree is damaged: ", rule, ".");
  event.file = database.path();
  event.offset = static_cast<int64_t>(FileOffsetOf(page, database.page_size()));
  event.expected = expected;
  event.found = found;
  event.error = static_cast<int32_t>(error);
  database.events().Report(event);
  return error;
}

}  // namespace contrail
