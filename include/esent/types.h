/* Basic types, handles and callbacks of the JET API.

   The API was made for Windows, where long is a 32-bit type: every `long` and `unsigned long` of
   its documentation is int32_t and uint32_t here, and WCHAR is char16_t. Handles are as wide as a
   pointer. */

#ifndef CONTRAIL_ESENT_TYPES_H_
#define CONTRAIL_ESENT_TYPES_H_

#include <stddef.h>
#include <stdint.h>
#include <uchar.h>

/* The Windows calling convention has no counterpart here; the macro keeps source text compatible.
 */
#ifndef JET_APICALLTYPE
#define JET_APICALLTYPE
#endif

#define JET_API __attribute__((visibility("default"))) JET_ERR JET_APICALLTYPE

#ifndef WCHAR
typedef char16_t WCHAR;
#endif

typedef int32_t JET_ERR; /* esent/errors.h */

typedef uintptr_t JET_API_PTR;
typedef uintptr_t JET_HANDLE;
typedef uintptr_t JET_INSTANCE;
typedef uintptr_t JET_SESID;
typedef uintptr_t JET_TABLEID;
typedef uintptr_t JET_LS;
typedef uintptr_t JET_OSSNAPID;

typedef uint32_t JET_DBID;
typedef uint32_t JET_COLUMNID;
typedef uint32_t JET_GRBIT;
typedef uint32_t JET_COLTYP;
typedef uint32_t JET_OBJTYP;
typedef uint32_t JET_CBTYP;
typedef uint32_t JET_SNP;
typedef uint32_t JET_SNT;
typedef double JET_DATESERIAL; /* days since 1899-12-30 */

/* A strings: bytes, taken and returned as UTF-8. W strings: UTF-16. */
typedef char* JET_PSTR;
typedef const char* JET_PCSTR;
typedef WCHAR* JET_PWSTR;
typedef const WCHAR* JET_PCWSTR;

#ifdef __cplusplus
extern "C" {
#endif

struct JET_COMMIT_ID;

/* Progress of a long operation; data is a JET_SNPROG for JET_sntProgress. A negative result stops
   the operation where it can be stopped. Called on the thread that made the call. */
typedef JET_ERR(JET_APICALLTYPE* JET_PFNSTATUS)(JET_SESID sesid, JET_SNP snp, JET_SNT snt,
                                                void* data);

/* Registered with JetRegisterCallback, named in JET_TABLECREATE2 or set as
   JET_paramRuntimeCallback. */
typedef JET_ERR(JET_APICALLTYPE* JET_CALLBACK)(JET_SESID sesid, JET_DBID dbid, JET_TABLEID tableid,
                                               JET_CBTYP cbtyp, void* argument1, void* argument2,
                                               void* context, JET_API_PTR unused);

/* realloc with a context; a size of zero frees. Used by JetEnumerateColumns. */
typedef void*(JET_APICALLTYPE* JET_PFNREALLOC)(void* context, void* memory, uint32_t size);

/* Called when commits up to the given one are durable (JET_paramDurableCommitCallback). */
typedef JET_ERR(JET_APICALLTYPE* JET_PFNDURABLECOMMITCALLBACK)(JET_INSTANCE instance,
                                                               struct JET_COMMIT_ID* commit,
                                                               JET_GRBIT grbit);

#ifdef __cplusplus
}
#endif

#endif
