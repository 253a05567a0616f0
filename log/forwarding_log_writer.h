// A LogWriter that stands for another one which can be set later. The buffer pool and the
// transactions of an instance exist before its log does: recovery reads the old log with them, and
// only then is the stream opened for writing.
//
// While nothing is set, appends fail (kLogWriteFail), and everything is taken as durable: what redo
// changes is in the log already. Thread rule: SetTarget happens before other threads write.

#pragma once

#include <atomic>

#include "log/log_writer.h"

namespace contrail {

class ForwardingLogWriter final : public LogWriter {
 public:
  void SetTarget(LogWriter* target) { target_.store(target, std::memory_order_release); }
  // Where redo stands; what Tip() says while there is no target.
  void SetRedoPosition(Lgpos position) {
    redo_position_.store(position.Packed(), std::memory_order_relaxed);
  }

  Result<Lgpos> AppendRecord(RecordType type, Bytes payload) override;
  Lgpos Tip() const override;
  Status EnsureDurable() override;
  size_t MaxRecordSize() const override;
  Status WaitDurable(Lgpos position) override;
  void FlushSoon(Lgpos position) override;
  Lgpos DurableEnd() const override;
  Result<uint32_t> ForceNewGeneration() override;
  uint32_t CurrentGeneration() const override;
  void SetState(std::vector<std::byte> state) override;
  void SetGenerationListener(std::function<void(uint32_t)> listener) override;
  const Signature& signature() const override;
  LogTime GenerationCreated(uint32_t generation) const override;
  Status health() const override;
  Status Close() override;
  void Abandon() override;
  Status FlushNow() override;
  Statistics statistics() const override;

 private:
  LogWriter* target() const { return target_.load(std::memory_order_acquire); }

  std::atomic<LogWriter*> target_{nullptr};
  std::atomic<uint64_t> redo_position_{0};
};

// The log of an instance that has none (JET_paramRecovery "off"): orders nothing, keeps nothing.
class NullLogWriter final : public LogWriter {
 public:
  explicit NullLogWriter(const Signature& signature) : signature_(signature) {}

  Result<Lgpos> AppendRecord(RecordType, Bytes) override { return Tip(); }
  Lgpos Tip() const override { return {1, 0, 0}; }
  Status EnsureDurable() override { return Status::Ok(); }
  size_t MaxRecordSize() const override { return size_t{1} << 30; }
  Status WaitDurable(Lgpos) override { return Status::Ok(); }
  void FlushSoon(Lgpos) override {}
  Lgpos DurableEnd() const override { return kLgposMax; }
  Result<uint32_t> ForceNewGeneration() override { return Error::kLoggingDisabled; }
  uint32_t CurrentGeneration() const override { return 1; }
  void SetState(std::vector<std::byte>) override {}
  void SetGenerationListener(std::function<void(uint32_t)>) override {}
  const Signature& signature() const override { return signature_; }
  LogTime GenerationCreated(uint32_t) const override { return {}; }
  Status health() const override { return Status::Ok(); }
  Status Close() override { return Status::Ok(); }
  void Abandon() override {}
  Status FlushNow() override { return Status::Ok(); }
  Statistics statistics() const override { return {}; }

 private:
  Signature signature_;
};

}  // namespace contrail
