// Telling why a compressed value cannot be read.

#pragma once

#include "engine/table.h"
#include "engine/value_compression.h"

namespace contrail {

// For what Decompress or DecompressedSize said of `stored`: kFeatureNotAvailable is reported as an
// event that names the scheme, the table and the file. Returns `status`.
Status ExplainDecompression(const Status& status, Bytes stored, const TableDefinition& table);

}  // namespace contrail
