/* The JET API: an embedded database engine with transactions, indexes and online backup.

   The names, numbers and structure layouts are those that 64-bit Windows programs know from
   esent.dll, so that a program written for it compiles and links against libesent.so. Usable from
   C11 and C++. docs/status.md says of every function whether it is implemented; one that is not
   returns JET_errFeatureNotAvailable.

   Rules that hold for every function:
   - The result is zero, a positive warning or a negative error (esent/errors.h). After an error the
     output arguments hold nothing of use unless the function says otherwise.
   - A function with strings has an A form (bytes, UTF-8 here) and a W form (UTF-16). The name
   without a suffix is the A form, or the W form when JET_UNICODE is defined before this header.
   - Memory the caller passes stays the caller's; memory the engine returns is freed with
     JetFreeBuffer.
   - A session and the cursors opened in it belong to one thread at a time. Different sessions may
   be used on different threads at once.
   - Sizes are in bytes and counts of pages in database pages unless said otherwise.

   cbStruct, where a structure has it, is sizeof the structure; the engine refuses another value. */

#ifndef CONTRAIL_ESENT_H_
#define CONTRAIL_ESENT_H_

#include "esent/types.h"

#include "esent/constants.h"
#include "esent/errors.h"
#include "esent/grbits.h"
#include "esent/parameters.h"

/* Anonymous structures inside anonymous unions are C11; clang remarks on them in C++. */
#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnested-anon-types"
#endif
#include "esent/struct_data.h"
#include "esent/struct_database.h"
#include "esent/struct_information.h"
#include "esent/struct_instance.h"
#include "esent/struct_names.h"
#include "esent/struct_schema.h"
#ifdef __clang__
#pragma clang diagnostic pop
#endif

#include "esent/functions_backup.h"
#include "esent/functions_data.h"
#include "esent/functions_information.h"
#include "esent/functions_instance.h"
#include "esent/functions_schema.h"

#ifdef JET_UNICODE
#include "esent/unicode.h"
#endif

#endif
