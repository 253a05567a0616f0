#include "backup/set/verify_stream.h"

#include <memory>

#include "backup/set/content_check.h"
#include "backup/set/stream_reader.h"

namespace contrail {
namespace {

using Part = BackupStreamReader::Part;

class Verification {
 public:
  Verification(BackupStreamReader& reader, const SetProgressCallback& progress)
      : reader_(reader), progress_(progress) {}

  Result<StreamVerification> Run();

 private:
  Status Take(Part part);
  void BeginFile();
  void EndFile();
  void EndBackup();
  void Fault(const std::string& file, const std::string& what, Error error);

  BackupStreamReader& reader_;
  const SetProgressCallback& progress_;
  SetFile file_;
  std::unique_ptr<ContentCheck> content_;
  std::vector<std::optional<LogFileHeader>> headers_;  // Of the backup's files.
  SetProgress state_{"verify", {}, 0, 0};
  StreamVerification result_;
};

Result<StreamVerification> Verification::Run() {
  while (true) {
    ASSIGN_OR_RETURN(const Part part, reader_.Next());
    if (part == Part::kNothing) return std::move(result_);
    RETURN_IF_ERROR(Take(part));
  }
}

void Verification::Fault(const std::string& file, const std::string& what, Error error) {
  result_.faults.push_back(
      {static_cast<uint32_t>(result_.backups.size()) + 1, file, what, error, -1, -1});
}

Status Verification::Take(Part part) {
  switch (part) {
    case Part::kBegin:
      headers_.clear();
      break;
    case Part::kFile:
      BeginFile();
      break;
    case Part::kContent:
      content_->Add(reader_.content());
      state_.bytes_done += reader_.content().size();
      if (progress_ && !progress_(state_)) return Error::kTermInProgress;
      break;
    case Part::kFileEnd:
      EndFile();
      break;
    case Part::kEnd:
      EndBackup();
      break;
    case Part::kNothing:
      break;
  }
  return Status::Ok();
}

void Verification::BeginFile() {
  file_ = reader_.file();
  state_.file = file_.name;
  content_ = std::make_unique<ContentCheck>(reader_.manifest(), file_, file_.name);
}

void Verification::EndFile() {
  if (file_.bytes != reader_.file().bytes) {
    Fault(file_.name, "The file is of another size than it began with.", Error::kReadVerifyFailure);
  }
  if (const std::string wrong = content_->Finish(); !wrong.empty()) {
    Fault(file_.name, wrong, Error::kReadVerifyFailure);
  }
  headers_.push_back(content_->log_header());
  content_.reset();
}

void Verification::EndBackup() {
  const SetManifest& manifest = reader_.manifest();
  LogOrderCheck order(manifest);
  for (size_t i = 0; i < manifest.files.size(); ++i) order.Add(manifest.files[i], headers_[i]);
  if (const std::string wrong = order.Finish(); !wrong.empty()) {
    Fault({}, wrong, Error::kMissingRestoreLogFiles);
  }
  if (!result_.backups.empty() && !manifest.GoesOnFrom(result_.backups.back())) {
    Fault({}, "The backup does not go on from the one before it.", Error::kMissingRestoreLogFiles);
  }
  if (!result_.backups.empty() && HoldsDatabases(manifest.kind)) {
    Fault({}, "The stream has a second backup that holds databases: it cannot be restored.",
          Error::kInvalidBackupSequence);
  }
  result_.backups.push_back(manifest);
}

}  // namespace

Result<StreamVerification> VerifyStream(EventSink& events, ByteSource& source,
                                        const std::string& name,
                                        const SetProgressCallback& progress) {
  BackupStreamReader reader(source, events, name);
  return Verification(reader, progress).Run();
}

}  // namespace contrail
