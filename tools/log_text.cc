#include "tools/log_text.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include <cstdio>

#include "engine/backup_record.h"
#include "engine/instance_state.h"
#include "log/checkpoint_copies.h"
#include "log/log_inspection.h"
#include "log/windows_log.h"
#include "storage/aligned_buffer.h"
#include "storage/page_checksum.h"
#include "tools/header_fields.h"
#include "tools/progress.h"
#include "tools/verb.h"

namespace contrail::tool {
namespace {

void PrintJson(const Json& document) { std::printf("%s\n", JsonText(document).c_str()); }

void AddState(Bytes encoded, FieldList* list) {
  const Result<InstanceState> state = DecodeInstanceState(encoded);
  list->Group("databases");
  if (!state.ok()) {
    list->Add("state", "malformed");
    return;
  }
  list->Add("next transaction", Json(state->next_transaction));
  list->Add("last full backup", state->last_full_backup.position);
  list->Add("last full backup time", state->last_full_backup.time);
  list->Add("last incremental backup", state->last_incremental_backup.position);
  list->Add("last incremental backup time", state->last_incremental_backup.time);
  for (const Attachment& attachment : state->attachments) {
    const std::string name = absl::StrCat("database ", static_cast<int>(attachment.database_id));
    list->Add(name, attachment.path);
    list->Add(name + " signature", attachment.signature);
    list->Add(name + " attach position", attachment.position);
    list->Add(name + " dbtime", Json(attachment.dbtime));
  }
}

FieldList DescribeLogHeader(const LogFileHeader& header) {
  FieldList list;
  list.Group("log");
  list.Add("generation", absl::StrFormat("%d (0x%x)", header.generation, header.generation),
           header.generation);
  list.Add("signature", header.signature);
  list.Add("created", header.created);
  list.Add("previous generation created", header.previous_created);
  list.Add("file bytes", Json(header.file_bytes));
  list.Add("page size", Json(header.page_size));
  list.Add("chain seed", absl::StrFormat("%016x", header.chain_seed));
  AddState(header.state, &list);
  return list;
}

// What a record says that somebody who looks for an event in the log wants to know.
std::string DetailOf(const LogRecord& record) {
  if (record.type == RecordType::kCreateDatabase || record.type == RecordType::kAttachDatabase) {
    const Result<AttachRecord> attach = DecodeAttachRecord(record.payload);
    if (attach.ok()) {
      return absl::StrCat("database ", static_cast<int>(attach->database_id), ", ", attach->path);
    }
  } else if (record.type == RecordType::kBackup) {
    const Result<BackupRecord> backup = DecodeBackupRecord(record.payload);
    if (backup.ok()) {
      return absl::StrCat(BackupPhaseName(backup->phase), ", generations ", backup->generation_low,
                          "-", backup->generation_high);
    }
  } else if (record.type == RecordType::kMutation && record.payload.size() >= 11) {
    return absl::StrCat("database ", static_cast<int>(record.payload[0]), ", dbtime ",
                        LoadLittle<uint64_t>(record.payload.data() + 1), ", ",
                        LoadLittle<uint16_t>(record.payload.data() + 9), " pages");
  }
  return "";
}

void PrintRecord(const LogRecord& record, bool json) {
  const std::string type = RecordTypeName(record.type);
  const std::string detail = DetailOf(record);
  if (json) {
    Json line{{"generation", record.position.generation},
              {"block", record.position.block},
              {"offset", record.position.offset},
              {"type", type},
              {"bytes", record.payload.size()}};
    if (!detail.empty()) line["detail"] = detail;
    std::printf("%s\n", line.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
    return;
  }
  std::printf("%8X:%04X:%04X  %-20s %8zu bytes  %s\n", record.position.generation,
              record.position.block, record.position.offset, type.c_str(), record.payload.size(),
              Printable(detail).c_str());
}

FieldList DescribeCheckpoint(const Checkpoint& checkpoint) {
  FieldList list;
  list.Group("checkpoint");
  list.Add("position", checkpoint.position);
  list.Add("sequence", Json(checkpoint.sequence));
  list.Add("log signature", checkpoint.signature);
  AddState(checkpoint.state, &list);
  return list;
}

// One of the two copies of a checkpoint. The older one may rightly be torn, or not written yet.
Json DescribeCopy(const CheckpointCopy& copy, bool counts) {
  Json description{
      {"offset", copy.offset}, {"whole", copy.checkpoint.has_value()}, {"counts", counts}};
  if (copy.checkpoint.has_value()) {
    description["fields"] = DescribeCheckpoint(*copy.checkpoint).ToJson();
  } else {
    description["found"] = copy.found;
  }
  return description;
}

void PrintCopy(const CheckpointCopy& copy, bool counts) {
  std::printf("copy at byte %llu: %s\n", static_cast<unsigned long long>(copy.offset),
              counts                        ? "whole, the one that counts"
              : copy.checkpoint.has_value() ? "whole, an older one"
                                            : ("not whole: " + copy.found).c_str());
  if (copy.checkpoint.has_value()) DescribeCheckpoint(*copy.checkpoint).Print();
}

bool IsDamaged(const LogInspection& log) { return log.frame_behind.has_value(); }

std::string EndText(const LogInspection& log) {
  if (log.final) return "the generation's last frame";
  if (log.torn.empty()) return "the last frame written";
  if (IsDamaged(log)) {
    return absl::StrCat("DAMAGE (", log.torn, "): a whole frame follows at byte ",
                        *log.frame_behind);
  }
  return absl::StrCat("a torn frame (", log.torn, "), as a crash leaves it");
}

Json DescribeContents(const LogInspection& log) {
  Json records = Json::object();
  for (const auto& [type, tally] : log.records) {
    records[RecordTypeName(type)] = Json{{"records", tally.records}, {"bytes", tally.bytes}};
  }
  return Json{{"frames", log.frames}, {"records", records}, {"end_offset", log.end.FileOffset()},
              {"final", log.final},   {"torn", log.torn},   {"damaged", IsDamaged(log)}};
}

void PrintContents(const LogInspection& log) {
  std::printf("contents\n");
  std::printf("  %-42s %s\n", "frames", CountText(log.frames).c_str());
  for (const auto& [type, tally] : log.records) {
    std::printf("  %-42s %s (%s)\n", RecordTypeName(type).c_str(), CountText(tally.records).c_str(),
                BytesText(static_cast<double>(tally.bytes)).c_str());
  }
  std::printf("  %-42s byte %llu of %u: %s\n", "end",
              static_cast<unsigned long long>(log.end.FileOffset()), log.header.file_bytes,
              EndText(log).c_str());
}

}  // namespace

int ShowLogHeader(const std::string& path, bool json) {
  TerminalEvents events(/*verbose=*/false);
  const Result<LogFileHeader> header =
      ReadLogFileHeader(PosixFileSystem(), events, AbsolutePath(path));
  if (!header.ok()) return Fail(path, header.status());
  const FieldList list = DescribeLogHeader(*header);
  if (json) {
    PrintJson({{"file", path}, {"kind", "log"}, {"header", list.ToJson()}});
  } else {
    list.Print();
  }
  return kGood;
}

int ShowLog(const std::string& path, bool records, bool json) {
  TerminalEvents events(/*verbose=*/false);
  std::function<void(const LogRecord&)> visit;
  if (records) visit = [json](const LogRecord& record) { PrintRecord(record, json); };
  const Result<LogInspection> log =
      InspectLogFile(PosixFileSystem(), events, AbsolutePath(path), visit);
  if (!log.ok()) return Fail(path, log.status());
  if (!records) {
    const FieldList list = DescribeLogHeader(log->header);
    if (json) {
      PrintJson({{"file", path},
                 {"kind", "log"},
                 {"header", list.ToJson()},
                 {"contents", DescribeContents(*log)}});
    } else {
      list.Print();
      PrintContents(*log);
    }
  }
  if (!IsDamaged(*log)) return kGood;
  std::fprintf(stderr,
               "error: %s is damaged at byte %llu: %s\n"
               "hint: recovery stops there; restore this log file from a backup\n",
               path.c_str(), static_cast<unsigned long long>(log->end.FileOffset()),
               log->torn.c_str());
  return kFoundWrong;
}

int ShowCheckpoint(const std::string& path, bool json) {
  TerminalEvents events(/*verbose=*/false);
  const Result<std::vector<CheckpointCopy>> copies =
      ReadCheckpointCopies(PosixFileSystem(), AbsolutePath(path));
  if (!copies.ok()) return Fail(path, copies.status());
  const Result<Checkpoint> checkpoint =
      ReadCheckpoint(PosixFileSystem(), events, AbsolutePath(path));
  Json document{{"file", path}, {"kind", "checkpoint"}};
  if (checkpoint.ok()) document["header"] = DescribeCheckpoint(*checkpoint).ToJson();
  document["copies"] = Json::array();
  for (const CheckpointCopy& copy : *copies) {
    const bool counts = checkpoint.ok() && copy.checkpoint.has_value() &&
                        copy.checkpoint->sequence == checkpoint->sequence;
    if (json) {
      document["copies"].push_back(DescribeCopy(copy, counts));
    } else {
      PrintCopy(copy, counts);
    }
  }
  if (json) PrintJson(document);
  if (!checkpoint.ok()) return Fail(path, checkpoint.status());
  return kGood;
}

int ShowWindowsLog(const std::string& path, File& file, bool json) {
  AlignedBuffer page(kWindowsLogHeaderBytes);
  const Status read = file.Read(0, page.span());
  WindowsLogHeader header;
  if (!read.ok()) return Fail(path, read);
  if (!DecodeWindowsLogHeader(page.span(), &header)) return Fail(path, Error::kLogFileCorrupt);
  FieldList list;
  list.Group("log file of Windows' ESE");
  list.Add("header checksum",
           header.is_whole() ? absl::StrFormat("%08x, right", header.stored_checksum)
                             : absl::StrFormat("%08x, WRONG: the header's bytes give %08x",
                                               header.stored_checksum, header.computed_checksum),
           header.stored_checksum);
  list.Add("header checksum right", Json(header.is_whole()));
  list.Add("generation", absl::StrFormat("%d (0x%x)", header.generation, header.generation),
           header.generation);
  list.Add("version", header.VersionText());
  list.Add("engine version", Json(header.engine_version));
  list.Add("signature", header.signature);
  list.Add("created", header.created);
  list.Add("previous generation created", header.previous_created);
  list.Add("sector bytes", Json(header.sector_bytes));
  list.Add("header sectors", Json(header.header_sectors));
  list.Add("file sectors", Json(header.file_sectors));
  list.Add("file bytes", Json(header.file_bytes()));
  list.Add("page size", Json(header.page_size));
  list.Add("checkpoint when created", header.checkpoint);
  list.Add("circular logging", Json(header.circular));
  list.Add("circular logging before", Json(header.circular_before));
  list.Add("out of a reserve file", Json(header.reserved));
  list.Add("system path", header.system_path);
  list.Add("log path", header.log_path);
  for (const WindowsAttachment& attachment : header.attachments) {
    const std::string name = absl::StrCat("database ", static_cast<int>(attachment.database_id));
    list.Add(name, attachment.path);
    list.Add(name + " signature", attachment.signature);
    list.Add(name + " attach position", attachment.attach_position);
    list.Add(name + " consistent position", attachment.consistent_position);
  }
  if (json) {
    PrintJson({{"file", path}, {"kind", "windows log"}, {"header", list.ToJson()}});
  } else {
    list.Print();
  }
  std::fprintf(stderr,
               "warning: %s was written by Windows' ESE; Contrail cannot replay it\n"
               "hint: replay it on Windows (`esentutl /r`), then bring the clean database here\n",
               path.c_str());
  const Result<uint64_t> size = file.Size();
  if (!size.ok()) return Fail(path, size.status());
  if (*size != header.file_bytes()) {
    std::fprintf(stderr, "error: %s: expected %s bytes, as its header says; found %s\n",
                 path.c_str(), CountText(header.file_bytes()).c_str(), CountText(*size).c_str());
    return kFoundWrong;
  }
  return header.is_whole() ? kGood : kFoundWrong;
}

int ShowWindowsCheckpoint(const std::string& path, File& file, bool json) {
  AlignedBuffer page(kWindowsLogHeaderBytes);
  if (const Status read = file.Read(0, page.span()); !read.ok()) return Fail(path, read);
  constexpr size_t kLastFullBackup = 4;
  constexpr size_t kPosition = 12;
  constexpr size_t kSignature = 20;
  FieldList list;
  list.Group("checkpoint of Windows' ESE");
  list.Add("position", LoadLgpos(page.data() + kPosition));
  list.Add("checkpoint of last full backup", LoadLgpos(page.data() + kLastFullBackup));
  list.Add("log signature", Signature::Load(page.data() + kSignature));
  if (json) {
    PrintJson({{"file", path}, {"kind", "windows checkpoint"}, {"header", list.ToJson()}});
  } else {
    list.Print();
  }
  return kGood;
}

}  // namespace contrail::tool
