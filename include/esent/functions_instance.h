/* Functions on the life of an instance: parameters, sessions, transactions, information, errors. */

#ifndef CONTRAIL_ESENT_FUNCTIONS_INSTANCE_H_
#define CONTRAIL_ESENT_FUNCTIONS_INSTANCE_H_

#include "esent/struct_instance.h"
#include "esent/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Instances. */

/* Makes an instance that is configured with JetSetSystemParameter and started with JetInit. The
   name is unique in the process; NULL makes one up. */
JET_API JetCreateInstance(JET_INSTANCE* pinstance, JET_PCSTR szInstanceName);
JET_API JetCreateInstanceA(JET_INSTANCE* pinstance, JET_PCSTR szInstanceName);
JET_API JetCreateInstanceW(JET_INSTANCE* pinstance, JET_PCWSTR szInstanceName);

/* As JetCreateInstance, with a name for people to read. */
JET_API JetCreateInstance2(JET_INSTANCE* pinstance, JET_PCSTR szInstanceName,
                           JET_PCSTR szDisplayName, JET_GRBIT grbit);
JET_API JetCreateInstance2A(JET_INSTANCE* pinstance, JET_PCSTR szInstanceName,
                            JET_PCSTR szDisplayName, JET_GRBIT grbit);
JET_API JetCreateInstance2W(JET_INSTANCE* pinstance, JET_PCWSTR szInstanceName,
                            JET_PCWSTR szDisplayName, JET_GRBIT grbit);

/* Puts the process into the mode of many instances and sets defaults for those to come. */
JET_API JetEnableMultiInstance(JET_SETSYSPARAM_A* psetsysparam, uint32_t csetsysparam,
                               uint32_t* pcsetsucceed);
JET_API JetEnableMultiInstanceA(JET_SETSYSPARAM_A* psetsysparam, uint32_t csetsysparam,
                                uint32_t* pcsetsucceed);
JET_API JetEnableMultiInstanceW(JET_SETSYSPARAM_W* psetsysparam, uint32_t csetsysparam,
                                uint32_t* pcsetsucceed);

/* Starts an instance: recovers its databases from the log if need be. A NULL or zero handle
   starts the one default instance of the process. A failed start ends the instance. */
JET_API JetInit(JET_INSTANCE* pinstance);

/* As JetInit, with flags. */
JET_API JetInit2(JET_INSTANCE* pinstance, JET_GRBIT grbit);

/* As JetInit2, with a path map, a stop position and progress for recovery. */
JET_API JetInit3(JET_INSTANCE* pinstance, JET_RSTINFO_A* prstInfo, JET_GRBIT grbit);
JET_API JetInit3A(JET_INSTANCE* pinstance, JET_RSTINFO_A* prstInfo, JET_GRBIT grbit);
JET_API JetInit3W(JET_INSTANCE* pinstance, JET_RSTINFO_W* prstInfo, JET_GRBIT grbit);

/* Prepares every call of the default instance to fail, so that JetTerm will be quick. */
JET_API JetStopService(void);

/* The same for one instance. */
JET_API JetStopServiceInstance(JET_INSTANCE instance);

/* As JetStopServiceInstance, for parts of the service, and back. */
JET_API JetStopServiceInstance2(JET_INSTANCE instance, JET_GRBIT grbit);

/* Ends an instance in order: databases are clean afterwards. The handle is gone even when the
   result is an error. */
JET_API JetTerm(JET_INSTANCE instance);

/* As JetTerm, with how thorough the end is. */
JET_API JetTerm2(JET_INSTANCE instance, JET_GRBIT grbit);

/* Parameters. */

/* Reads a parameter of a session. */
JET_API JetGetSessionParameter(JET_SESID sesid, uint32_t sesparamid, void* pvParam,
                               uint32_t cbParamMax, uint32_t* pcbParamActual);

/* Reads a parameter; numbers into plParam, strings into szParam of cbMax bytes. */
JET_API JetGetSystemParameter(JET_INSTANCE instance, JET_SESID sesid, uint32_t paramid,
                              uintptr_t* plParam, JET_PSTR szParam, uint32_t cbMax);
JET_API JetGetSystemParameterA(JET_INSTANCE instance, JET_SESID sesid, uint32_t paramid,
                               uintptr_t* plParam, JET_PSTR szParam, uint32_t cbMax);
JET_API JetGetSystemParameterW(JET_INSTANCE instance, JET_SESID sesid, uint32_t paramid,
                               uintptr_t* plParam, JET_PWSTR szParam, uint32_t cbMax);

/* Sets a parameter of a session. */
JET_API JetSetSessionParameter(JET_SESID sesid, uint32_t sesparamid, void* pvParam,
                               uint32_t cbParam);

/* Sets a parameter of an instance, or, with a NULL or zero instance, the default for instances
   to come. Most can only be set before JetInit. */
JET_API JetSetSystemParameter(JET_INSTANCE* pinstance, JET_SESID sesid, uint32_t paramid,
                              JET_API_PTR lParam, JET_PCSTR szParam);
JET_API JetSetSystemParameterA(JET_INSTANCE* pinstance, JET_SESID sesid, uint32_t paramid,
                               JET_API_PTR lParam, JET_PCSTR szParam);
JET_API JetSetSystemParameterW(JET_INSTANCE* pinstance, JET_SESID sesid, uint32_t paramid,
                               JET_API_PTR lParam, JET_PCWSTR szParam);

/* Sessions. A session is used by one thread at a time. */

/* Opens a session. User name and password have no meaning. */
JET_API JetBeginSession(JET_INSTANCE instance, JET_SESID* psesid, JET_PCSTR szUserName,
                        JET_PCSTR szPassword);
JET_API JetBeginSessionA(JET_INSTANCE instance, JET_SESID* psesid, JET_PCSTR szUserName,
                         JET_PCSTR szPassword);
JET_API JetBeginSessionW(JET_INSTANCE instance, JET_SESID* psesid, JET_PCWSTR szUserName,
                         JET_PCWSTR szPassword);

/* Opens another session of the same instance, outside any transaction. */
JET_API JetDupSession(JET_SESID sesid, JET_SESID* psesid);

/* Rolls back what the session has not committed, closes its cursors, ends it. */
JET_API JetEndSession(JET_SESID sesid, JET_GRBIT grbit);

/* Unbinds a session from its context, so that another thread may use it. */
JET_API JetResetSessionContext(JET_SESID sesid);

/* Binds a session to a context instead of a thread. */
JET_API JetSetSessionContext(JET_SESID sesid, JET_API_PTR ulContext);

/* Transactions. They nest to seven levels; only the outermost commit is durable. */

/* Begins a transaction or a nested level. The outermost one fixes the snapshot that reads see. */
JET_API JetBeginTransaction(JET_SESID sesid);

/* As JetBeginTransaction, with flags. */
JET_API JetBeginTransaction2(JET_SESID sesid, JET_GRBIT grbit);

/* As JetBeginTransaction2, with a number of the caller for tracing. */
JET_API JetBeginTransaction3(JET_SESID sesid, int64_t trxid, JET_GRBIT grbit);

/* Commits the innermost level; for the outermost, returns when the log is on the disk unless it
   is lazy. */
JET_API JetCommitTransaction(JET_SESID sesid, JET_GRBIT grbit);

/* As JetCommitTransaction, with a time within which a lazy commit is durable, and its identity. */
JET_API JetCommitTransaction2(JET_SESID sesid, JET_GRBIT grbit, uint32_t cmsecDurableCommit,
                              JET_COMMIT_ID* pCommitId);

/* Undoes the innermost level, or all of them. */
JET_API JetRollback(JET_SESID sesid, JET_GRBIT grbit);

/* Memory and process. */

/* Chooses what a crash dump holds of the cache. Accepted, without effect here. */
JET_API JetConfigureProcessForCrashDump(JET_GRBIT grbit);

/* Frees memory that the engine returned. NULL is allowed. */
JET_API JetFreeBuffer(char* pbBuf);

#ifdef __cplusplus
}
#endif

#endif
