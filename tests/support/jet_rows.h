// Rows of the table that JetDatabase::CreateRows makes, written and counted by any session.

#pragma once

#include <string>

#include "tests/support/jet_fixture.h"

namespace contrail::test {

// Inserts rows first .. first + count - 1, ten to a transaction. The first error ends it.
JET_ERR WriteRows(JET_SESID session, const std::string& database, int32_t first, int32_t count);

// How many rows with ids from `first` to `last` there are; -1 (and a failure) when they cannot be
// read. Uses a session of its own.
int32_t CountRows(JET_INSTANCE instance, const std::string& database, int32_t first, int32_t last);

}  // namespace contrail::test
