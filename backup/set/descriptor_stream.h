// Byte streams over file descriptors, which stay the caller's.

#pragma once

#include <string>

#include "backup/set/byte_stream.h"
#include "storage/event.h"

namespace contrail {

class DescriptorSink final : public ByteSink {
 public:
  // `name` is for events. SIGPIPE is ignored in the process.
  DescriptorSink(EventSink& events, int descriptor, std::string name)
      : events_(events), descriptor_(descriptor), name_(std::move(name)) {}
  // kDiskFull, kDiskIO ... with an event: also when the reader has gone away.
  Status Write(Bytes bytes) override;
  // Syncs what can be synced: a file.
  Status Finish() override;

 private:
  Status Report(int error_number);

  EventSink& events_;
  const int descriptor_;
  const std::string name_;
  uint64_t written_ = 0;
};

class DescriptorSource final : public ByteSource {
 public:
  DescriptorSource(EventSink& events, int descriptor, std::string name)
      : events_(events), descriptor_(descriptor), name_(std::move(name)) {}
  Result<size_t> Read(MutableBytes buffer) override;

 private:
  EventSink& events_;
  const int descriptor_;
  const std::string name_;
};

}  // namespace contrail
