#include "engine/api/database_report.h"

#include <cstring>

namespace contrail::api {
namespace {

// The versions continue one another, so the longest one is filled in and its beginning copied.
#define SAME_PLACE(member, version) \
  static_assert(offsetof(JET_DBINFOMISC7, member) == offsetof(version, member))
SAME_PLACE(cbPageSize, JET_DBINFOMISC);
SAME_PLACE(ulBadChecksumOld, JET_DBINFOMISC2);
SAME_PLACE(genCommitted, JET_DBINFOMISC3);
SAME_PLACE(bkinfoDiffPrev, JET_DBINFOMISC4);
SAME_PLACE(ulPagePatchCountOld, JET_DBINFOMISC5);
SAME_PLACE(cpgDatabaseChecked, JET_DBINFOMISC6);
#undef SAME_PLACE

bool IsInfoSize(uint32_t size) {
  for (const size_t known :
       {sizeof(JET_DBINFOMISC), sizeof(JET_DBINFOMISC2), sizeof(JET_DBINFOMISC3),
        sizeof(JET_DBINFOMISC4), sizeof(JET_DBINFOMISC5), sizeof(JET_DBINFOMISC6),
        sizeof(JET_DBINFOMISC7)}) {
    if (size == known) return true;
  }
  return false;
}

void FillState(const DatabaseHeader& header, JET_DBINFOMISC7* info) {
  info->ulVersion = header.version;
  info->ulUpdate = header.update;
  info->signDb = ToJetSignature(header.signature);
  info->dbstate = static_cast<uint32_t>(header.state);
  info->lgposConsistent = ToJetLgpos(header.consistent_position);
  info->logtimeConsistent = ToJetLogTime(header.consistent_time);
  info->logtimeAttach = ToJetLogTime(header.attach_time);
  info->lgposAttach = ToJetLgpos(header.attach_position);
  info->logtimeDetach = ToJetLogTime(header.detach_time);
  info->lgposDetach = ToJetLgpos(header.detach_position);
  info->signLog = ToJetSignature(header.log_signature);
  info->dwMajorVersion = header.os_major;
  info->dwMinorVersion = header.os_minor;
  info->dwBuildNumber = header.os_build;
  info->lSPNumber = static_cast<int32_t>(header.os_service_pack);
  info->cbPageSize = header.page_size;
  info->genMinRequired = header.generation_min_required;
  info->genMaxRequired = header.generation_max_required;
  info->logtimeGenMaxCreate = ToJetLogTime(header.generation_max_created);
  info->genCommitted = header.generation_max_committed;
  info->logtimeLastReAttach = ToJetLogTime(header.reattach_time);
  info->lgposLastReAttach = ToJetLgpos(header.reattach_position);
}

void FillBackups(const DatabaseHeader& header, JET_DBINFOMISC7* info) {
  info->bkinfoFullPrev = ToJetBackupInfo(header.last_full_backup);
  info->bkinfoIncPrev = ToJetBackupInfo(header.last_incremental_backup);
  info->bkinfoFullCur = ToJetBackupInfo(header.current_full_backup);
  info->bkinfoCopyPrev = ToJetBackupInfo(header.last_copy_backup);
  info->bkinfoDiffPrev = ToJetBackupInfo(header.last_differential_backup);
  const auto mark = [](BackupType type, JET_BKINFO* backup) {
    backup->bklogtimeMark.fOSSnapshot = type == BackupType::kOsSnapshot ? 1 : 0;
  };
  mark(header.last_full_backup_type, &info->bkinfoFullPrev);
  mark(header.last_incremental_backup_type, &info->bkinfoIncPrev);
  mark(header.last_copy_backup_type, &info->bkinfoCopyPrev);
  mark(header.last_differential_backup_type, &info->bkinfoDiffPrev);
}

void FillCounter(const HeaderCounter& counter, uint32_t* count, JET_LOGTIME* last,
                 uint32_t* before) {
  *count = counter.count;
  *last = ToJetLogTime(counter.last);
  *before = counter.count_before;
}

void FillCounters(const DatabaseHeader& header, JET_DBINFOMISC7* info) {
  info->ulRepairCount = header.repair_count;
  info->logtimeRepair = ToJetLogTime(header.repair_time);
  info->ulRepairCountOld = header.repair_count_before;
  FillCounter(header.corrected_checksums, &info->ulECCFixSuccess, &info->logtimeECCFixSuccess,
              &info->ulECCFixSuccessOld);
  FillCounter(header.uncorrectable_checksums, &info->ulECCFixFail, &info->logtimeECCFixFail,
              &info->ulECCFixFailOld);
  FillCounter(header.bad_checksums, &info->ulBadChecksum, &info->logtimeBadChecksum,
              &info->ulBadChecksumOld);
  FillCounter(header.incremental_reseeds, &info->ulIncrementalReseedCount,
              &info->logtimeIncrementalReseed, &info->ulIncrementalReseedCountOld);
  FillCounter(header.page_patches, &info->ulPagePatchCount, &info->logtimePagePatch,
              &info->ulPagePatchCountOld);
  info->logtimeChecksumPrev = ToJetLogTime(header.scan_previous_end);
  info->logtimeChecksumStart = ToJetLogTime(header.scan_start);
  info->cpgDatabaseChecked = header.scan_highest_continuous;
}

}  // namespace

// The structures have the bytes that the file has.
JET_LOGTIME ToJetLogTime(const LogTime& time) {
  static_assert(sizeof(JET_LOGTIME) == LogTime::kSize);
  std::byte bytes[LogTime::kSize];
  time.Store(bytes);
  JET_LOGTIME result;
  std::memcpy(&result, bytes, sizeof(result));
  return result;
}

JET_LGPOS ToJetLgpos(const Lgpos& position) {
  JET_LGPOS result = {};
  result.ib = position.offset;
  result.isec = position.block;
  result.lGeneration = static_cast<int32_t>(position.generation);
  return result;
}

JET_SIGNATURE ToJetSignature(const Signature& signature) {
  static_assert(sizeof(JET_SIGNATURE) == Signature::kSize);
  std::byte bytes[Signature::kSize];
  signature.Store(bytes);
  JET_SIGNATURE result;
  std::memcpy(&result, bytes, sizeof(result));
  return result;
}

JET_BKINFO ToJetBackupInfo(const BackupInfo& info) {
  JET_BKINFO result = {};
  result.lgposMark = ToJetLgpos(info.mark);
  result.logtimeMark = ToJetLogTime(info.time);
  result.genLow = info.generation_low;
  result.genHigh = info.generation_high;
  return result;
}

Status FillDatabaseInfo(const DatabaseHeader& header, void* to, uint32_t size) {
  if (!IsInfoSize(size)) return Error::kInvalidBufferSize;
  JET_DBINFOMISC7 info = {};
  FillState(header, &info);
  FillBackups(header, &info);
  FillCounters(header, &info);
  std::memcpy(to, &info, size);
  return Status::Ok();
}

}  // namespace contrail::api
