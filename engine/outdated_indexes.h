// Indexes over Unicode text whose keys were made by a sort order that this engine does not have:
// what JetAttachDatabase does about them.
//
// An index in ICU's order that another version of ICU made is out of date: its text is sorted
// differently now. One in an order of Windows that is not known here is as it always was, and can
// be walked; it counts as out of date only when the caller asks to be rid of such indexes. Whatever
// is done here, no key is ever made for an index by other rules than its own.

#pragma once

#include "engine/attached_database.h"
#include "engine/session.h"

namespace contrail {

struct OutdatedIndexPolicy {
  bool check = true;             // JET_paramEnableIndexChecking or JET_paramEnableIndexCleanup
  bool delete_outdated = false;  // JET_bitDbDeleteCorruptIndexes
  bool delete_unicode = false;   // JET_bitDbDeleteUnicodeIndexes
  bool rebuild = false;          // JET_paramContrailRebuildIndexes
};

// The database is attached for writing, and nobody uses it yet; the session is in no transaction.
// What is out of date and has no entries is recorded anew; else it is rebuilt in the order that new
// indexes get, deleted, or an error, each with an event:
//   kWarnCorruptIndexDeleted   secondary indexes were deleted
//   kSecondaryIndexCorrupted   one is out of date, and nothing was asked to be done about it
//   kPrimaryIndexCorrupted     a primary index is out of date; nothing was changed
Status TreatOutdatedIndexes(Session& session, AttachedDatabase& database,
                            const OutdatedIndexPolicy& policy);

}  // namespace contrail
