// Is there a whole frame of the stream at this place? Shared by the reader and the verifier.

#pragma once

#include "log/log_format.h"

namespace contrail {

// What a frame at a place must look like.
struct FrameExpectation {
  Lgpos position;
  uint64_t stream_seed = 0;
  uint64_t previous = 0;  // Hash of the frame before.
  uint32_t room = 0;      // Bytes from the place to the end of the file.
};

struct FrameCheck {
  FrameFault fault = FrameFault::kNone;
  FrameHeader header;
  uint64_t hash = 0;  // Of the frame, for the chain.
  // The values that differ: hashes, positions or lengths, as the fault has it.
  uint64_t expected = 0;
  uint64_t found = 0;

  bool ok() const { return fault == FrameFault::kNone; }
};

// Everything but the content. `header` has kFrameHeaderBytes, or fewer where the file ends.
FrameCheck CheckFrameHeader(Bytes header, const FrameExpectation& expected);
// Goes on with the content of a frame whose header is right.
void CheckFrameContent(Bytes content, FrameCheck* check);

// One sentence about the fault.
std::string FaultText(FrameFault fault);

// Looks in `file` (a generation from its first byte) for the header of a frame that belongs to this
// stream and place, from `from` on. A frame is only begun when the one before is durable: so behind
// a frame that does not verify there can be none, unless something durable has been damaged.
// Returns its offset, or 0.
uint32_t FindFrame(Bytes file, uint32_t from, uint32_t generation, uint64_t stream_seed);

}  // namespace contrail
