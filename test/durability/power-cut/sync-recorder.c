/*
 * Records what a disk would hold if the power went out: loaded into a process by LD_PRELOAD, it notes at each fsync and
 * fdatasync what that call has promised, and nothing else.
 *
 *   fsync of a file    -> its bytes as they are now, under <RECORD>/files/<id>
 *   fsync of a folder  -> the names in it as they are now, in <RECORD>/folders/<id>, a line "<id> <f|d> <name>" each
 *
 * <id> is "<inode>-<time of birth in ns>", for inode numbers are given out again. Whatever else a process may do to its
 * files (rename, unlink, link, truncate, mmap, sync_file_range) promises nothing until such a call, so none of it needs
 * watching. msync, syncfs and O_SYNC would promise something, and are not credited: that can only show a loss where
 * there is none, never hide one.
 *
 *   ENROUTE_SYNC_ROOT      the folder that is watched
 *   ENROUTE_SYNC_RECORD    where its record lies
 *   ENROUTE_CUT_AT_SYNC    the process is killed as it begins the n-th sync in the folder; 0 or absent: never
 *   ENROUTE_SYNC_DELAY_US  every sync takes so much longer, as on a slow disk
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ID_BYTES = 64, COPY_BYTES = 1 << 20 };

static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static const char *root;
static const char *record;
static long cut_at;
static long delay_us;
static long syncs;
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static long number_from(const char *name) {
  const char *text = getenv(name);
  return text ? atol(text) : 0;
}

__attribute__((constructor)) static void begin(void) {
  real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  root = getenv("ENROUTE_SYNC_ROOT");
  record = getenv("ENROUTE_SYNC_RECORD");
  cut_at = number_from("ENROUTE_CUT_AT_SYNC");
  delay_us = number_from("ENROUTE_SYNC_DELAY_US");
}

/* A recorder that can't record must not let the test believe that it did. */
static void give_up(const char *what) {
  perror(what);
  abort();
}

static void id_of(int folder, const char *name, int flags, char id[ID_BYTES], mode_t *mode) {
  struct statx facts;
  if (statx(folder, name, flags | AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_MODE | STATX_BTIME, &facts)) {
    id[0] = 0; /* gone in this moment: it has no name any more */
    return;
  }
  long long born_ns = facts.stx_btime.tv_sec * 1000000000LL + facts.stx_btime.tv_nsec;
  snprintf(id, ID_BYTES, "%llu-%lld", (unsigned long long)facts.stx_ino, born_ns);
  *mode = facts.stx_mode;
}

static int is_watched(int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  size_t root_length = strlen(root);
  return strncmp(path, root, root_length) == 0 && (path[root_length] == '/' || path[root_length] == 0);
}

/* Whoever reads the record sees the state before this sync or after it. */
static void publish(const char *partial, const char *path) {
  if (rename(partial, path)) give_up("sync-recorder: rename");
}

static void record_file(int fd, const char *id) {
  char link[64], path[PATH_MAX], partial[PATH_MAX + 8];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  snprintf(path, sizeof path, "%s/files/%s", record, id);
  snprintf(partial, sizeof partial, "%s~", path);
  /* Opened anew, because the caller's may be for writing only and has a position of its own. */
  int from = open(link, O_RDONLY | O_CLOEXEC);
  int to = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (from < 0 || to < 0) give_up("sync-recorder: open");
  ssize_t sent;
  while ((sent = sendfile(to, from, NULL, COPY_BYTES)) > 0) continue;
  if (sent < 0) give_up("sync-recorder: copy");
  close(from);
  close(to);
  publish(partial, path);
}

static void record_folder(int fd, const char *id) {
  char path[PATH_MAX], partial[PATH_MAX + 8];
  snprintf(path, sizeof path, "%s/folders/%s", record, id);
  snprintf(partial, sizeof partial, "%s~", path);
  int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *folder = again < 0 ? NULL : fdopendir(again);
  FILE *names = fopen(partial, "we");
  if (!folder || !names) give_up("sync-recorder: open folder");
  struct dirent *entry;
  while ((entry = readdir(folder))) {
    char entry_id[ID_BYTES];
    mode_t mode = 0;
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    id_of(fd, entry->d_name, 0, entry_id, &mode);
    if (entry_id[0]) fprintf(names, "%s %c %s\n", entry_id, S_ISDIR(mode) ? 'd' : 'f', entry->d_name);
  }
  closedir(folder);
  if (fclose(names)) give_up("sync-recorder: write folder");
  publish(partial, path);
}

/* Before the real call: what is there when it begins is what it promises. */
static void record_sync(int fd) {
  if (!root || !record || !is_watched(fd)) return;
  char id[ID_BYTES];
  mode_t mode = 0;
  pthread_mutex_lock(&one_at_a_time);
  syncs += 1;
  if (syncs == cut_at) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
  id_of(fd, "", AT_EMPTY_PATH, id, &mode);
  if (S_ISDIR(mode)) record_folder(fd, id);
  else if (S_ISREG(mode)) record_file(fd, id);
  pthread_mutex_unlock(&one_at_a_time);
}

int fsync(int fd) {
  record_sync(fd);
  int result = real_fsync(fd);
  if (delay_us > 0) usleep((useconds_t)delay_us);
  return result;
}

int fdatasync(int fd) {
  record_sync(fd);
  int result = real_fdatasync(fd);
  if (delay_us > 0) usleep((useconds_t)delay_us);
  return result;
}
