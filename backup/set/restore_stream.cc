#include "backup/set/restore_stream.h"

#include <memory>

#include "backup/backup_events.h"
#include "backup/set/direct_writer.h"
#include "backup/set/placed_restore.h"
#include "backup/set/stream_reader.h"

namespace contrail {
namespace {

using Part = BackupStreamReader::Part;

class StreamRestore {
 public:
  StreamRestore(FileSystem& files, EventSink& events, const RestoreSetRequest& request,
                ByteSource& source, const std::string& name)
      : files_(files),
        events_(events),
        request_(request),
        restore_(files, events, request),
        reader_(source, events, name) {}

  Result<RestoreSetResult> Run();

 private:
  Status Begin();
  Status Receive();
  Status ReportUnwritten(Status status) const;
  Status Take(Part part);
  Status TakeContent();

  FileSystem& files_;
  EventSink& events_;
  const RestoreSetRequest& request_;
  PlacedRestore restore_;
  BackupStreamReader reader_;
  std::unique_ptr<DirectWriter> writer_;
  std::string backup_;
  SetProgress state_{"receive", {}, 0, 0};
};

Result<RestoreSetResult> StreamRestore::Run() {
  RETURN_IF_ERROR(Begin());
  RETURN_IF_ERROR(restore_.Enter(reader_.manifest()));
  // What the stream ends with is not known yet.
  if (restore_.former().has_value()) return restore_.ResultOfFormer({});
  Status status = Receive();
  if (status.ok()) status = restore_.Finish(backup_);
  if (!status.ok()) {
    writer_.reset();
    restore_.GiveUp();
    return status;
  }
  return restore_.result();
}

Status StreamRestore::Begin() {
  ASSIGN_OR_RETURN([[maybe_unused]] const Part part, reader_.Next());
  if (HoldsDatabases(reader_.manifest().kind)) return Status::Ok();
  return ReportFailure(events_, event_id::kRestoreFailed, Error::kMissingFullBackup,
                       "The stream does not begin with a backup that holds databases.");
}

Status StreamRestore::Receive() {
  RETURN_IF_ERROR(restore_.Begin());
  while (true) {
    ASSIGN_OR_RETURN(const Part part, reader_.Next());
    if (part == Part::kNothing) return Status::Ok();
    RETURN_IF_ERROR(Take(part));
  }
}

Status StreamRestore::ReportUnwritten(Status status) const {
  return ReportFailure(events_, event_id::kRestoreFailed, status,
                       "A file of the stream cannot be written to its place.",
                       restore_.PathOf(reader_.file()));
}

Status StreamRestore::Take(Part part) {
  switch (part) {
    case Part::kBegin:
      if (!HoldsDatabases(reader_.manifest().kind)) return Status::Ok();
      return ReportFailure(events_, event_id::kRestoreFailed, Error::kInvalidBackupSequence,
                           "The stream has a second backup that holds databases.");
    case Part::kFile: {
      const SetFile& file = reader_.file();
      RETURN_IF_ERROR(restore_.Admit(file));
      auto opened = DirectWriter::Open(files_, restore_.PathOf(file));
      if (!opened.ok()) return ReportUnwritten(opened.status());
      writer_ = std::move(*opened);
      state_.file = file.name;
      return Status::Ok();
    }
    case Part::kContent:
      return TakeContent();
    case Part::kFileEnd: {
      const Status finished = writer_->Finish();
      writer_.reset();
      return finished.ok() ? finished : ReportUnwritten(finished);
    }
    case Part::kEnd:
      backup_ = reader_.hash();
      return restore_.AdmitRange(reader_.manifest());
    case Part::kNothing:
      break;
  }
  return Status::Ok();
}

Status StreamRestore::TakeContent() {
  const Bytes content = reader_.content();
  const Status written = writer_->Add(content);
  if (!written.ok()) return ReportUnwritten(written);
  state_.bytes_done += content.size();
  return !request_.progress || request_.progress(state_) ? Status() : Error::kTermInProgress;
}

}  // namespace

Result<RestoreSetResult> RestoreStream(FileSystem& files, EventSink& events,
                                       const RestoreSetRequest& request, ByteSource& source,
                                       const std::string& name) {
  return StreamRestore(files, events, request, source, name).Run();
}

}  // namespace contrail
