/* Backs up the database of examples/embed.c while it is open, into a folder of plain files. */
#include <esent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TRY(call) check((call), #call)
static void check(JET_ERR error, const char* call) {
  if (error < 0) exit(fprintf(stderr, "%s: error %d\n", call, (int)error) > 0);
}

/* Streams each file of a list of paths, every page of a database checked on the way. */
static void copy_files(JET_INSTANCE instance, const char* list, const char* folder) {
  const uint32_t size = 1 << 20;
  char target[4096], *buffer = aligned_alloc(4096, size);
  for (const char* path = list; *path != '\0'; path += strlen(path) + 1) {
    uint32_t low, high, got;
    JET_HANDLE file;
    snprintf(target, sizeof(target), "%s/%s", folder, strrchr(path, '/') + 1);
    FILE* out = fopen(target, "wb");
    if (out == NULL) exit(1);
    TRY(JetOpenFileInstance(instance, path, &file, &low, &high));
    do {
      TRY(JetReadFileInstance(instance, file, buffer, size, &got));
      if (fwrite(buffer, 1, got, out) != got) exit(1);
    } while (got > 0);
    TRY(JetCloseFileInstance(instance, file));
    if (fclose(out) != 0) exit(1);
  }
  free(buffer);
}

/* A full backup: the databases, then the logs that make them whole; other sessions go on writing.
 */
static void back_up(JET_INSTANCE instance, const char* folder) {
  char list[1 << 16];
  TRY(JetBeginExternalBackupInstance(instance, 0));
  TRY(JetGetAttachInfoInstance(instance, list, sizeof(list), NULL));
  copy_files(instance, list, folder);
  TRY(JetGetLogInfoInstance(instance, list, sizeof(list), NULL));
  copy_files(instance, list, folder);
  TRY(JetTruncateLogInstance(instance)); /* logs that nothing needs any more may go */
  TRY(JetEndExternalBackupInstance2(instance, JET_bitBackupEndNormal));
}

int main(void) {
  JET_INSTANCE instance = JET_instanceNil;
  JET_SESID session;
  TRY(JetCreateInstance(&instance, "example"));
  TRY(JetSetSystemParameter(&instance, JET_sesidNil, JET_paramSystemPath, 0, "example/"));
  TRY(JetSetSystemParameter(&instance, JET_sesidNil, JET_paramLogFilePath, 0, "example/"));
  TRY(JetInit(&instance));
  TRY(JetBeginSession(instance, &session, NULL, NULL));
  TRY(JetAttachDatabase(session, "example/data.edb", 0));
  mkdir("example/backup", 0777);
  back_up(instance, "example/backup");
  TRY(JetTerm(instance));
  return 0;
}
