#include "log/forwarding_log_writer.h"

#include "storage/check.h"

namespace contrail {

Result<Lgpos> ForwardingLogWriter::AppendRecord(RecordType type, Bytes payload) {
  LogWriter* writer = target();
  if (writer == nullptr) return Error::kLogWriteFail;
  return writer->AppendRecord(type, payload);
}

Lgpos ForwardingLogWriter::Tip() const {
  const LogWriter* writer = target();
  if (writer != nullptr) return writer->Tip();
  return Lgpos::FromPacked(redo_position_.load(std::memory_order_relaxed));
}

Status ForwardingLogWriter::EnsureDurable() {
  LogWriter* writer = target();
  return writer != nullptr ? writer->EnsureDurable() : Status::Ok();
}

size_t ForwardingLogWriter::MaxRecordSize() const {
  const LogWriter* writer = target();
  return writer != nullptr ? writer->MaxRecordSize() : 0;
}

Status ForwardingLogWriter::WaitDurable(Lgpos position) {
  LogWriter* writer = target();
  return writer != nullptr ? writer->WaitDurable(position) : Status(Error::kLogWriteFail);
}

void ForwardingLogWriter::FlushSoon(Lgpos position) {
  if (LogWriter* writer = target()) writer->FlushSoon(position);
}

Lgpos ForwardingLogWriter::DurableEnd() const {
  const LogWriter* writer = target();
  return writer != nullptr ? writer->DurableEnd() : Tip();
}

Result<uint32_t> ForwardingLogWriter::ForceNewGeneration() {
  LogWriter* writer = target();
  if (writer == nullptr) return Error::kLogWriteFail;
  return writer->ForceNewGeneration();
}

uint32_t ForwardingLogWriter::CurrentGeneration() const {
  const LogWriter* writer = target();
  return writer != nullptr ? writer->CurrentGeneration() : Tip().generation;
}

void ForwardingLogWriter::SetState(std::vector<std::byte> state) {
  if (LogWriter* writer = target()) writer->SetState(std::move(state));
}

void ForwardingLogWriter::SetGenerationListener(std::function<void(uint32_t)> listener) {
  if (LogWriter* writer = target()) writer->SetGenerationListener(std::move(listener));
}

const Signature& ForwardingLogWriter::signature() const {
  const LogWriter* writer = target();
  CHECK(writer != nullptr);
  return writer->signature();
}

LogTime ForwardingLogWriter::GenerationCreated(uint32_t generation) const {
  const LogWriter* writer = target();
  return writer != nullptr ? writer->GenerationCreated(generation) : LogTime{};
}

Status ForwardingLogWriter::health() const {
  const LogWriter* writer = target();
  return writer != nullptr ? writer->health() : Status::Ok();
}

Status ForwardingLogWriter::Close() {
  LogWriter* writer = target();
  return writer != nullptr ? writer->Close() : Status::Ok();
}

void ForwardingLogWriter::Abandon() {
  if (LogWriter* writer = target()) writer->Abandon();
}

Status ForwardingLogWriter::FlushNow() {
  LogWriter* writer = target();
  return writer != nullptr ? writer->FlushNow() : Status::Ok();
}

LogWriter::Statistics ForwardingLogWriter::statistics() const {
  const LogWriter* writer = target();
  return writer != nullptr ? writer->statistics() : Statistics{};
}

}  // namespace contrail
