/* The layouts as a C11 compiler sees them; compiling this file is the test. */

#include "tests/api/layout_data.h"
#include "tests/api/layout_database.h"
#include "tests/api/layout_information.h"
#include "tests/api/layout_instance.h"
#include "tests/api/layout_schema.h"

_Static_assert(sizeof(JET_ERR) == 4 && sizeof(JET_GRBIT) == 4, "32-bit types");
_Static_assert(sizeof(JET_INSTANCE) == sizeof(void*) && sizeof(JET_TABLEID) == sizeof(void*),
               "handles are as wide as a pointer");
_Static_assert(sizeof(WCHAR) == 2, "UTF-16");
_Static_assert(sizeof(JET_RELOP) == 4 && sizeof(JET_ERRCAT) == 4, "enumerations");
_Static_assert(JET_MoveFirst == INT32_MIN && JET_MoveLast == INT32_MAX, "moves");
_Static_assert(JET_instanceNil == UINTPTR_MAX && JET_sesidNil == UINTPTR_MAX &&
                   JET_tableidNil == UINTPTR_MAX && JET_LSNil == UINTPTR_MAX &&
                   JET_dbidNil == UINT32_MAX,
               "empty handles");
