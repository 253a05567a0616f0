// XPRESS "plain LZ77" of [MS-XCA] 2.3/2.4: the stream only, without the container of
// engine/value_compression.h.

#pragma once

#include "storage/bytes.h"
#include "storage/status.h"

namespace contrail {

// Fills exactly `to`. kDecompressionFailed when the stream ends early, or copies from before the
// output's start; a match that runs past the end of `to` is an error too. Bytes behind the stream's
// end are ignored. Stops as soon as `to` is full, so a prefix of the output can be asked for with
// `allow_prefix` (then a match may be cut).
Status XpressDecompress(Bytes from, MutableBytes to, bool allow_prefix = false);

// Compresses `from` (at most 65535 bytes) into `to`; returns the length, or 0 when it does not fit.
size_t XpressCompress(Bytes from, MutableBytes to);

}  // namespace contrail
