/* Structures about database files: times, log positions, signatures, backup stamps and the
   header report of JetGetDatabaseInfo. The five small ones are packed to single bytes. */

#ifndef CONTRAIL_ESENT_STRUCT_DATABASE_H_
#define CONTRAIL_ESENT_STRUCT_DATABASE_H_

#include "esent/constants.h"
#include "esent/types.h"

#pragma pack(push, 1)

/* A time of day in single bytes. All zero means never. */
typedef struct JET_LOGTIME {
  char bSeconds;
  char bMinutes;
  char bHours;
  char bDay;
  char bMonth;
  char bYear; /* year - 1900 */
  union {
    char bFiller1;
    __extension__ struct {
      unsigned char fTimeIsUTC : 1;
      unsigned char bMillisecondsLow : 7;
    };
  };
  union {
    char bFiller2;
    __extension__ struct {
      unsigned char fReserved : 1;
      unsigned char bMillisecondsHigh : 3;
      unsigned char fUnused : 4;
    };
  };
} JET_LOGTIME;

/* The time of a backup: as JET_LOGTIME, and whether it was made from a snapshot. */
typedef struct JET_BKLOGTIME {
  char bSeconds;
  char bMinutes;
  char bHours;
  char bDay;
  char bMonth;
  char bYear;
  union {
    char bFiller1;
    __extension__ struct {
      unsigned char fTimeIsUTC : 1;
      unsigned char bMillisecondsLow : 7;
    };
  };
  union {
    char bFiller2;
    __extension__ struct {
      unsigned char fOSSnapshot : 1;
      unsigned char bMillisecondsHigh : 3;
      unsigned char fReserved : 4;
    };
  };
} JET_BKLOGTIME;

/* A position in the log. Order by lGeneration, then isec, then ib. */
typedef struct JET_LGPOS {
  uint16_t ib;   /* byte in the sector */
  uint16_t isec; /* sector */
  int32_t lGeneration;
} JET_LGPOS;

/* Identity of a database or of a log stream. */
typedef struct JET_SIGNATURE {
  uint32_t ulRandom;
  JET_LOGTIME logtimeCreate;
  char szComputerName[16];
} JET_SIGNATURE;

/* What a database header records of one backup. */
typedef struct JET_BKINFO {
  JET_LGPOS lgposMark; /* identity of the backup */
  union {
    JET_LOGTIME logtimeMark;
    JET_BKLOGTIME bklogtimeMark;
  };
  uint32_t genLow;
  uint32_t genHigh;
} JET_BKINFO;

#pragma pack(pop)

/* Database header, level JET_DbInfoMisc. The size of the buffer picks the version; each later
   version continues the one before it. */
typedef struct JET_DBINFOMISC {
  uint32_t ulVersion;
  uint32_t ulUpdate;
  JET_SIGNATURE signDb;
  uint32_t dbstate;
  JET_LGPOS lgposConsistent; /* zero while the database is dirty */
  JET_LOGTIME logtimeConsistent;
  JET_LOGTIME logtimeAttach;
  JET_LGPOS lgposAttach;
  JET_LOGTIME logtimeDetach;
  JET_LGPOS lgposDetach;
  JET_SIGNATURE signLog;
  JET_BKINFO bkinfoFullPrev;
  JET_BKINFO bkinfoIncPrev;
  JET_BKINFO bkinfoFullCur; /* set only in a backed up copy */
  uint32_t fShadowingDisabled;
  uint32_t fUpgradeDb;
  uint32_t dwMajorVersion;
  uint32_t dwMinorVersion;
  uint32_t dwBuildNumber;
  int32_t lSPNumber;
  uint32_t cbPageSize;
} JET_DBINFOMISC;

/* Adds the log generations that recovery needs and the counters of damage found. */
typedef struct JET_DBINFOMISC2 {
  uint32_t ulVersion;
  uint32_t ulUpdate;
  JET_SIGNATURE signDb;
  uint32_t dbstate;
  JET_LGPOS lgposConsistent;
  JET_LOGTIME logtimeConsistent;
  JET_LOGTIME logtimeAttach;
  JET_LGPOS lgposAttach;
  JET_LOGTIME logtimeDetach;
  JET_LGPOS lgposDetach;
  JET_SIGNATURE signLog;
  JET_BKINFO bkinfoFullPrev;
  JET_BKINFO bkinfoIncPrev;
  JET_BKINFO bkinfoFullCur;
  uint32_t fShadowingDisabled;
  uint32_t fUpgradeDb;
  uint32_t dwMajorVersion;
  uint32_t dwMinorVersion;
  uint32_t dwBuildNumber;
  int32_t lSPNumber;
  uint32_t cbPageSize;
  uint32_t genMinRequired;
  uint32_t genMaxRequired;
  JET_LOGTIME logtimeGenMaxCreate;
  uint32_t ulRepairCount;
  JET_LOGTIME logtimeRepair;
  uint32_t ulRepairCountOld;
  uint32_t ulECCFixSuccess;
  JET_LOGTIME logtimeECCFixSuccess;
  uint32_t ulECCFixSuccessOld;
  uint32_t ulECCFixFail;
  JET_LOGTIME logtimeECCFixFail;
  uint32_t ulECCFixFailOld;
  uint32_t ulBadChecksum;
  JET_LOGTIME logtimeBadChecksum;
  uint32_t ulBadChecksumOld;
} JET_DBINFOMISC2;

/* Adds the highest generation with committed data. */
typedef struct JET_DBINFOMISC3 {
  uint32_t ulVersion;
  uint32_t ulUpdate;
  JET_SIGNATURE signDb;
  uint32_t dbstate;
  JET_LGPOS lgposConsistent;
  JET_LOGTIME logtimeConsistent;
  JET_LOGTIME logtimeAttach;
  JET_LGPOS lgposAttach;
  JET_LOGTIME logtimeDetach;
  JET_LGPOS lgposDetach;
  JET_SIGNATURE signLog;
  JET_BKINFO bkinfoFullPrev;
  JET_BKINFO bkinfoIncPrev;
  JET_BKINFO bkinfoFullCur;
  uint32_t fShadowingDisabled;
  uint32_t fUpgradeDb;
  uint32_t dwMajorVersion;
  uint32_t dwMinorVersion;
  uint32_t dwBuildNumber;
  int32_t lSPNumber;
  uint32_t cbPageSize;
  uint32_t genMinRequired;
  uint32_t genMaxRequired;
  JET_LOGTIME logtimeGenMaxCreate;
  uint32_t ulRepairCount;
  JET_LOGTIME logtimeRepair;
  uint32_t ulRepairCountOld;
  uint32_t ulECCFixSuccess;
  JET_LOGTIME logtimeECCFixSuccess;
  uint32_t ulECCFixSuccessOld;
  uint32_t ulECCFixFail;
  JET_LOGTIME logtimeECCFixFail;
  uint32_t ulECCFixFailOld;
  uint32_t ulBadChecksum;
  JET_LOGTIME logtimeBadChecksum;
  uint32_t ulBadChecksumOld;
  uint32_t genCommitted;
} JET_DBINFOMISC3;

/* Adds copy and differential backups. */
typedef struct JET_DBINFOMISC4 {
  uint32_t ulVersion;
  uint32_t ulUpdate;
  JET_SIGNATURE signDb;
  uint32_t dbstate;
  JET_LGPOS lgposConsistent;
  JET_LOGTIME logtimeConsistent;
  JET_LOGTIME logtimeAttach;
  JET_LGPOS lgposAttach;
  JET_LOGTIME logtimeDetach;
  JET_LGPOS lgposDetach;
  JET_SIGNATURE signLog;
  JET_BKINFO bkinfoFullPrev;
  JET_BKINFO bkinfoIncPrev;
  JET_BKINFO bkinfoFullCur;
  uint32_t fShadowingDisabled;
  uint32_t fUpgradeDb;
  uint32_t dwMajorVersion;
  uint32_t dwMinorVersion;
  uint32_t dwBuildNumber;
  int32_t lSPNumber;
  uint32_t cbPageSize;
  uint32_t genMinRequired;
  uint32_t genMaxRequired;
  JET_LOGTIME logtimeGenMaxCreate;
  uint32_t ulRepairCount;
  JET_LOGTIME logtimeRepair;
  uint32_t ulRepairCountOld;
  uint32_t ulECCFixSuccess;
  JET_LOGTIME logtimeECCFixSuccess;
  uint32_t ulECCFixSuccessOld;
  uint32_t ulECCFixFail;
  JET_LOGTIME logtimeECCFixFail;
  uint32_t ulECCFixFailOld;
  uint32_t ulBadChecksum;
  JET_LOGTIME logtimeBadChecksum;
  uint32_t ulBadChecksumOld;
  uint32_t genCommitted;
  JET_BKINFO bkinfoCopyPrev;
  JET_BKINFO bkinfoDiffPrev;
} JET_DBINFOMISC4;

/* Adds reseed and page patch counters. */
typedef struct JET_DBINFOMISC5 {
  uint32_t ulVersion;
  uint32_t ulUpdate;
  JET_SIGNATURE signDb;
  uint32_t dbstate;
  JET_LGPOS lgposConsistent;
  JET_LOGTIME logtimeConsistent;
  JET_LOGTIME logtimeAttach;
  JET_LGPOS lgposAttach;
  JET_LOGTIME logtimeDetach;
  JET_LGPOS lgposDetach;
  JET_SIGNATURE signLog;
  JET_BKINFO bkinfoFullPrev;
  JET_BKINFO bkinfoIncPrev;
  JET_BKINFO bkinfoFullCur;
  uint32_t fShadowingDisabled;
  uint32_t fUpgradeDb;
  uint32_t dwMajorVersion;
  uint32_t dwMinorVersion;
  uint32_t dwBuildNumber;
  int32_t lSPNumber;
  uint32_t cbPageSize;
  uint32_t genMinRequired;
  uint32_t genMaxRequired;
  JET_LOGTIME logtimeGenMaxCreate;
  uint32_t ulRepairCount;
  JET_LOGTIME logtimeRepair;
  uint32_t ulRepairCountOld;
  uint32_t ulECCFixSuccess;
  JET_LOGTIME logtimeECCFixSuccess;
  uint32_t ulECCFixSuccessOld;
  uint32_t ulECCFixFail;
  JET_LOGTIME logtimeECCFixFail;
  uint32_t ulECCFixFailOld;
  uint32_t ulBadChecksum;
  JET_LOGTIME logtimeBadChecksum;
  uint32_t ulBadChecksumOld;
  uint32_t genCommitted;
  JET_BKINFO bkinfoCopyPrev;
  JET_BKINFO bkinfoDiffPrev;
  uint32_t ulIncrementalReseedCount;
  JET_LOGTIME logtimeIncrementalReseed;
  uint32_t ulIncrementalReseedCountOld;
  uint32_t ulPagePatchCount;
  JET_LOGTIME logtimePagePatch;
  uint32_t ulPagePatchCountOld;
} JET_DBINFOMISC5;

/* Adds the progress of checksum scans. */
typedef struct JET_DBINFOMISC6 {
  uint32_t ulVersion;
  uint32_t ulUpdate;
  JET_SIGNATURE signDb;
  uint32_t dbstate;
  JET_LGPOS lgposConsistent;
  JET_LOGTIME logtimeConsistent;
  JET_LOGTIME logtimeAttach;
  JET_LGPOS lgposAttach;
  JET_LOGTIME logtimeDetach;
  JET_LGPOS lgposDetach;
  JET_SIGNATURE signLog;
  JET_BKINFO bkinfoFullPrev;
  JET_BKINFO bkinfoIncPrev;
  JET_BKINFO bkinfoFullCur;
  uint32_t fShadowingDisabled;
  uint32_t fUpgradeDb;
  uint32_t dwMajorVersion;
  uint32_t dwMinorVersion;
  uint32_t dwBuildNumber;
  int32_t lSPNumber;
  uint32_t cbPageSize;
  uint32_t genMinRequired;
  uint32_t genMaxRequired;
  JET_LOGTIME logtimeGenMaxCreate;
  uint32_t ulRepairCount;
  JET_LOGTIME logtimeRepair;
  uint32_t ulRepairCountOld;
  uint32_t ulECCFixSuccess;
  JET_LOGTIME logtimeECCFixSuccess;
  uint32_t ulECCFixSuccessOld;
  uint32_t ulECCFixFail;
  JET_LOGTIME logtimeECCFixFail;
  uint32_t ulECCFixFailOld;
  uint32_t ulBadChecksum;
  JET_LOGTIME logtimeBadChecksum;
  uint32_t ulBadChecksumOld;
  uint32_t genCommitted;
  JET_BKINFO bkinfoCopyPrev;
  JET_BKINFO bkinfoDiffPrev;
  uint32_t ulIncrementalReseedCount;
  JET_LOGTIME logtimeIncrementalReseed;
  uint32_t ulIncrementalReseedCountOld;
  uint32_t ulPagePatchCount;
  JET_LOGTIME logtimePagePatch;
  uint32_t ulPagePatchCountOld;
  JET_LOGTIME logtimeChecksumPrev;
  JET_LOGTIME logtimeChecksumStart;
  uint32_t cpgDatabaseChecked;
} JET_DBINFOMISC6;

/* Adds the last time the database was attached again. */
typedef struct JET_DBINFOMISC7 {
  uint32_t ulVersion;
  uint32_t ulUpdate;
  JET_SIGNATURE signDb;
  uint32_t dbstate;
  JET_LGPOS lgposConsistent;
  JET_LOGTIME logtimeConsistent;
  JET_LOGTIME logtimeAttach;
  JET_LGPOS lgposAttach;
  JET_LOGTIME logtimeDetach;
  JET_LGPOS lgposDetach;
  JET_SIGNATURE signLog;
  JET_BKINFO bkinfoFullPrev;
  JET_BKINFO bkinfoIncPrev;
  JET_BKINFO bkinfoFullCur;
  uint32_t fShadowingDisabled;
  uint32_t fUpgradeDb;
  uint32_t dwMajorVersion;
  uint32_t dwMinorVersion;
  uint32_t dwBuildNumber;
  int32_t lSPNumber;
  uint32_t cbPageSize;
  uint32_t genMinRequired;
  uint32_t genMaxRequired;
  JET_LOGTIME logtimeGenMaxCreate;
  uint32_t ulRepairCount;
  JET_LOGTIME logtimeRepair;
  uint32_t ulRepairCountOld;
  uint32_t ulECCFixSuccess;
  JET_LOGTIME logtimeECCFixSuccess;
  uint32_t ulECCFixSuccessOld;
  uint32_t ulECCFixFail;
  JET_LOGTIME logtimeECCFixFail;
  uint32_t ulECCFixFailOld;
  uint32_t ulBadChecksum;
  JET_LOGTIME logtimeBadChecksum;
  uint32_t ulBadChecksumOld;
  uint32_t genCommitted;
  JET_BKINFO bkinfoCopyPrev;
  JET_BKINFO bkinfoDiffPrev;
  uint32_t ulIncrementalReseedCount;
  JET_LOGTIME logtimeIncrementalReseed;
  uint32_t ulIncrementalReseedCountOld;
  uint32_t ulPagePatchCount;
  JET_LOGTIME logtimePagePatch;
  uint32_t ulPagePatchCountOld;
  JET_LOGTIME logtimeChecksumPrev;
  JET_LOGTIME logtimeChecksumStart;
  uint32_t cpgDatabaseChecked;
  JET_LOGTIME logtimeLastReAttach;
  JET_LGPOS lgposLastReAttach;
} JET_DBINFOMISC7;

/* Obsolete; kept for its layout. */
typedef struct JET_DBINFOUPGRADE {
  uint32_t cbStruct;
  uint32_t cbFilesizeLow;
  uint32_t cbFilesizeHigh;
  uint32_t cbFreeSpaceRequiredLow;
  uint32_t cbFreeSpaceRequiredHigh;
  uint32_t csecToUpgrade;
  union {
    uint32_t ulFlags;
    __extension__ struct {
      uint32_t fUpgradable : 1;
      uint32_t fAlreadyUpgraded : 1;
    };
  };
} JET_DBINFOUPGRADE;

#endif
