#include "engine/check/header_check.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include "storage/aligned_buffer.h"
#include "storage/check.h"
#include "storage/database_header.h"

namespace contrail {
namespace {

constexpr size_t kFieldsEnd = 748;

class HeaderCheck {
 public:
  explicit HeaderCheck(CheckReport* report) : report_(report) {}

  void CompareCopies(Bytes first, Bytes second) {
    for (const auto& [place, copy] :
         {std::pair{"header", first}, std::pair{"shadow header", second}}) {
      HeaderFault fault;
      if (!DatabaseHeader::Decode(copy, &fault).ok()) {
        report_->AddPlace(Remedy::kRestore, place, fault.rule, fault.expected, fault.found);
      }
    }
    for (size_t i = 0; i < first.size(); ++i) {
      if (first[i] == second[i]) continue;
      Add("shadow header", absl::StrCat("byte ", i, ", as in the header"),
          absl::StrFormat("%02x", static_cast<uint8_t>(first[i])),
          absl::StrFormat("%02x", static_cast<uint8_t>(second[i])));
      return;
    }
  }

  void CheckFields(const DatabaseHeader& header, bool allow_dirty) {
    // Version and file type are right where a header can be decoded at all.
    Expect("attribute", 0, header.attribute);
    if (header.dbtime == 0) Add("header", "dbtime", "not zero", "0");
    if (header.last_object_id == 0) Add("header", "last object id", "not zero", "0");
    if (allow_dirty && header.state == DatabaseState::kDirty) {
      CheckDirty(header);
    } else if (header.state == DatabaseState::kClean) {
      CheckClean(header);
    } else {
      report_->AddPlace(Remedy::kReplayLogs, "header", "state", "3 (clean)",
                        absl::StrCat(static_cast<uint32_t>(header.state)));
    }
  }

  void CheckRest(const DatabaseHeader& header, Bytes page, uint64_t file_size) {
    if (file_size % header.page_size != 0) {
      Expect("file length modulo page size", 0, file_size % header.page_size);
    }
    if (header.update != kFormatUpdate) return;
    for (size_t i = kFieldsEnd; i < page.size(); ++i) {
      if (page[i] == std::byte{0}) continue;
      Add("header", absl::StrCat("byte ", i, " behind the last field"), "00",
          absl::StrFormat("%02x", static_cast<uint8_t>(page[i])));
      return;
    }
  }

 private:
  void Add(const char* place, std::string what, std::string expected, std::string found) {
    report_->AddPlace(Remedy::kRestore, place, std::move(what), std::move(expected),
                      std::move(found));
  }
  void Expect(const char* what, uint64_t expected, uint64_t found) {
    if (expected != found) Add("header", what, absl::StrCat(expected), absl::StrCat(found));
  }

  void CheckClean(const DatabaseHeader& header) {
    Expect("lowest generation required of a clean file", 0, header.generation_min_required);
    Expect("highest generation required of a clean file", 0, header.generation_max_required);
    Expect("highest generation committed of a clean file", 0, header.generation_max_committed);
    Expect("lowest generation consistent of a clean file", 0, header.generation_min_consistent);
    Expect("lowest generation consistent before redo of a clean file", 0,
           header.generation_pre_redo_min_consistent);
    Expect("lowest generation required before redo of a clean file", 0,
           header.generation_pre_redo_min_required);
    Expect("backup that a clean file is a copy of", 0, header.current_full_backup.generation_low);
    if (!header.generation_max_created.IsNull() ||
        !header.generation_max_required_created.IsNull()) {
      Add("header", "creation times of generations of a clean file", "not set", "set");
    }
    if (header.consistent_position != header.detach_position) {
      Add("header", "consistent position, equal to the detach position",
          absl::StrCat(header.detach_position.Packed()),
          absl::StrCat(header.consistent_position.Packed()));
    }
    if (header.consistent_time != header.detach_time) {
      Add("header", "consistent time, equal to the detach time", header.detach_time.ToText(),
          header.consistent_time.ToText());
    }
  }

  void CheckDirty(const DatabaseHeader& header) {
    if (!header.detach_position.IsNull()) {
      Add("header", "detach position of a dirty file", "none", "set");
    }
    if (header.attach_position.IsNull()) {
      Add("header", "attach position of a dirty file", "set", "none");
    }
    if (header.generation_min_required > header.generation_max_required ||
        header.generation_max_required > header.generation_max_committed) {
      Add("header", "generations required (lowest, highest) and committed", "ascending",
          absl::StrCat(header.generation_min_required, ", ", header.generation_max_required, ", ",
                       header.generation_max_committed));
    }
  }

  CheckReport* report_;
};

}  // namespace

Status CheckHeader(File& file, uint32_t page_size, bool allow_dirty, CheckReport* report) {
  DCHECK(IsValidPageSize(page_size));
  AlignedBuffer buffer(2 * size_t{page_size});
  RETURN_IF_ERROR(file.Read(0, buffer.span()));
  ASSIGN_OR_RETURN(const uint64_t file_size, file.Size());
  const Bytes first = buffer.span().first(page_size);
  const Bytes second = buffer.span().subspan(page_size);
  HeaderCheck check(report);
  check.CompareCopies(first, second);
  for (const Bytes copy : {first, second}) {
    const Result<DatabaseHeader> header = DatabaseHeader::Decode(copy, nullptr);
    if (!header.ok()) continue;
    check.CheckFields(*header, allow_dirty);
    check.CheckRest(*header, copy, file_size);
    break;
  }
  report->CountChecked("header copies", 2);
  return Status::Ok();
}

}  // namespace contrail
