/* Functions on the life of an instance: parameters, sessions, transactions, information, errors. */

#ifndef CONTRAIL_ESENT_FUNCTIONS_INSTANCE_H_
#define CONTRAIL_ESENT_FUNCTIONS_INSTANCE_H_

#include "esent/struct_instance.h"
#include "esent/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Instances. */

JET_API JetCreateInstance(JET_INSTANCE* pinstance, JET_PCSTR szInstanceName);
JET_API JetCreateInstanceA(JET_INSTANCE* pinstance, JET_PCSTR szInstanceName);
JET_API JetCreateInstanceW(JET_INSTANCE* pinstance, JET_PCWSTR szInstanceName);

JET_API JetCreateInstance2(JET_INSTANCE* pinstance, JET_PCSTR szInstanceName,
                           JET_PCSTR szDisplayName, JET_GRBIT grbit);
JET_API JetCreateInstance2A(JET_INSTANCE* pinstance, JET_PCSTR szInstanceName,
                            JET_PCSTR szDisplayName, JET_GRBIT grbit);
JET_API JetCreateInstance2W(JET_INSTANCE* pinstance, JET_PCWSTR szInstanceName,
                            JET_PCWSTR szDisplayName, JET_GRBIT grbit);

JET_API JetEnableMultiInstance(JET_SETSYSPARAM_A* psetsysparam, uint32_t csetsysparam,
                               uint32_t* pcsetsucceed);
JET_API JetEnableMultiInstanceA(JET_SETSYSPARAM_A* psetsysparam, uint32_t csetsysparam,
                                uint32_t* pcsetsucceed);
JET_API JetEnableMultiInstanceW(JET_SETSYSPARAM_W* psetsysparam, uint32_t csetsysparam,
                                uint32_t* pcsetsucceed);

JET_API JetInit(JET_INSTANCE* pinstance);

JET_API JetInit2(JET_INSTANCE* pinstance, JET_GRBIT grbit);

JET_API JetInit3(JET_INSTANCE* pinstance, JET_RSTINFO_A* prstInfo, JET_GRBIT grbit);
JET_API JetInit3A(JET_INSTANCE* pinstance, JET_RSTINFO_A* prstInfo, JET_GRBIT grbit);
JET_API JetInit3W(JET_INSTANCE* pinstance, JET_RSTINFO_W* prstInfo, JET_GRBIT grbit);

JET_API JetStopService(void);

JET_API JetStopServiceInstance(JET_INSTANCE instance);

JET_API JetStopServiceInstance2(JET_INSTANCE instance, JET_GRBIT grbit);

JET_API JetTerm(JET_INSTANCE instance);

JET_API JetTerm2(JET_INSTANCE instance, JET_GRBIT grbit);

/* Parameters. */

JET_API JetGetSessionParameter(JET_SESID sesid, uint32_t sesparamid, void* pvParam,
                               uint32_t cbParamMax, uint32_t* pcbParamActual);

JET_API JetGetSystemParameter(JET_INSTANCE instance, JET_SESID sesid, uint32_t paramid,
                              uintptr_t* plParam, JET_PSTR szParam, uint32_t cbMax);
JET_API JetGetSystemParameterA(JET_INSTANCE instance, JET_SESID sesid, uint32_t paramid,
                               uintptr_t* plParam, JET_PSTR szParam, uint32_t cbMax);
JET_API JetGetSystemParameterW(JET_INSTANCE instance, JET_SESID sesid, uint32_t paramid,
                               uintptr_t* plParam, JET_PWSTR szParam, uint32_t cbMax);

JET_API JetSetSessionParameter(JET_SESID sesid, uint32_t sesparamid, void* pvParam,
                               uint32_t cbParam);

JET_API JetSetSystemParameter(JET_INSTANCE* pinstance, JET_SESID sesid, uint32_t paramid,
                              JET_API_PTR lParam, JET_PCSTR szParam);
JET_API JetSetSystemParameterA(JET_INSTANCE* pinstance, JET_SESID sesid, uint32_t paramid,
                               JET_API_PTR lParam, JET_PCSTR szParam);
JET_API JetSetSystemParameterW(JET_INSTANCE* pinstance, JET_SESID sesid, uint32_t paramid,
                               JET_API_PTR lParam, JET_PCWSTR szParam);

/* Sessions. A session is used by one thread at a time. */

JET_API JetBeginSession(JET_INSTANCE instance, JET_SESID* psesid, JET_PCSTR szUserName,
                        JET_PCSTR szPassword);
JET_API JetBeginSessionA(JET_INSTANCE instance, JET_SESID* psesid, JET_PCSTR szUserName,
                         JET_PCSTR szPassword);
JET_API JetBeginSessionW(JET_INSTANCE instance, JET_SESID* psesid, JET_PCWSTR szUserName,
                         JET_PCWSTR szPassword);

JET_API JetDupSession(JET_SESID sesid, JET_SESID* psesid);

JET_API JetEndSession(JET_SESID sesid, JET_GRBIT grbit);

JET_API JetResetSessionContext(JET_SESID sesid);

JET_API JetSetSessionContext(JET_SESID sesid, JET_API_PTR ulContext);

/* Transactions. They nest to seven levels; only the outermost commit is durable. */

JET_API JetBeginTransaction(JET_SESID sesid);

JET_API JetBeginTransaction2(JET_SESID sesid, JET_GRBIT grbit);

JET_API JetBeginTransaction3(JET_SESID sesid, int64_t trxid, JET_GRBIT grbit);

JET_API JetCommitTransaction(JET_SESID sesid, JET_GRBIT grbit);

JET_API JetCommitTransaction2(JET_SESID sesid, JET_GRBIT grbit, uint32_t cmsecDurableCommit,
                              JET_COMMIT_ID* pCommitId);

JET_API JetRollback(JET_SESID sesid, JET_GRBIT grbit);

/* Memory and process. */

JET_API JetConfigureProcessForCrashDump(JET_GRBIT grbit);

JET_API JetFreeBuffer(char* pbBuf);

#ifdef __cplusplus
}
#endif

#endif
