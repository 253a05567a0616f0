// What a database header and the log say, in the API's structures.

#pragma once

#include <esent.h>

#include "storage/database_header.h"

namespace contrail::api {

JET_LOGTIME ToJetLogTime(const LogTime& time);
JET_LGPOS ToJetLgpos(const Lgpos& position);
JET_SIGNATURE ToJetSignature(const Signature& signature);
JET_BKINFO ToJetBackupInfo(const BackupInfo& info);

// Fills in JET_DBINFOMISC to JET_DBINFOMISC7: whichever has this size. kInvalidBufferSize.
Status FillDatabaseInfo(const DatabaseHeader& header, void* to, uint32_t size);

}  // namespace contrail::api
