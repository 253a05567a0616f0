/* A program in C11 that knows nothing but esent.h. Succeeds when the library answers as
   documented. */

#include <esent.h>

int main(void) {
  uint32_t version = 0;
  JET_ERR error = JET_errDiskFull;
  JET_ERRINFOBASIC_W facts = {0};
  facts.cbStruct = sizeof(facts);
  if (JetGetVersion(JET_sesidNil, &version) != JET_errInvalidSesid) return 1;
  if (JetGetErrorInfoW(&error, &facts, sizeof(facts), JET_ErrorInfoSpecificErr, 0) !=
      JET_errSuccess) {
    return 2;
  }
  if (facts.errcatMostSpecific != JET_errcatDisk) return 3;
  return 0;
}
