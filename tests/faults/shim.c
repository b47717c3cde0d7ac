/* A bad disk for one folder, between a program and libc (LD_PRELOAD).

   fault_arm(mode, when, error, folder, log) tells what happens to calls that write
   below `folder`; each of them has a number, from 1:
     1 count       nothing happens, fault_count() tells how many there were
     2 kill        SIGKILL before call number `when`
     3 torn        half of what call number `when` writes, then SIGKILL
     4 error once  call number `when` fails with `error`
     5 error on    that call and all after it fail
     6 record      every call goes to the descriptor `log`, to be replayed (power.py)

   Only calls that reach the disk count: those on SQLite's shared memory (`-shm`), which
   is made anew after a crash, do not. Calls that libc makes inside itself are not seen;
   `check.py` compares with strace how many that are. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OFF, COUNT, KILL, TORN, ONCE, ON, RECORD };
enum { WRITE = 1, TRUNCATE, SYNC, RENAME, UNLINK, MKDIR, RMDIR, CREATE, NOTE };

static int mode, fault, log_fd = -1;
static long counter, when;
static char folder[PATH_MAX];
static size_t folder_length;
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

long fault_count(void) { return counter; }

void fault_arm(int m, long w, int e, const char *f, int l) {
  counter = 0; when = w; fault = e; log_fd = l;
  snprintf(folder, sizeof folder, "%s", f);
  folder_length = strlen(folder);
  mode = m;
}

static void record(uint32_t kind, const char *path, uint64_t at, const char *other,
                   const struct iovec *parts, int count) {
  uint64_t size = 0;
  for (int i = 0; i < count; i++) size += parts[i].iov_len;
  uint32_t head[4] = {kind, (uint32_t)strlen(path), other ? (uint32_t)strlen(other) : 0, 0};
  uint64_t tail[2] = {at, size};
  struct iovec all[36] = {{head, sizeof head}, {tail, sizeof tail},
                          {(void *)path, head[1]}, {(void *)other, head[2]}};
  if (count > 32) abort();
  memcpy(all + 4, parts, count * sizeof *parts);
  ssize_t (*real)(int, const struct iovec *, int) = dlsym(RTLD_NEXT, "writev");
  pthread_mutex_lock(&one_at_a_time);
  real(log_fd, all, 4 + count);
  pthread_mutex_unlock(&one_at_a_time);
}

/* What somebody was promised, in its place among the calls. */
void fault_note(const char *text) {
  if (mode == RECORD) record(NOTE, text, 0, NULL, NULL, 0);
}

static int below(const char *path) {
  size_t length = strlen(path);
  if (strncmp(path, folder, folder_length)) return 0;
  if (path[folder_length] && path[folder_length] != '/') return 0;
  return !(length > 4 && !strcmp(path + length - 4, "-shm"));
}

static int path_of(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return below(path);
}

static int absolute(const char *path, char *whole) {
  if (path[0] == '/') snprintf(whole, PATH_MAX, "%s", path);
  else {
    char here[PATH_MAX / 2];
    if (!getcwd(here, sizeof here)) return 0;
    snprintf(whole, PATH_MAX, "%s/%s", here, path);
  }
  return below(whole);
}

static int absolute_at(int dir, const char *path, char *whole) {
  if (dir == AT_FDCWD || path[0] == '/') return absolute(path, whole);
  char start[PATH_MAX];
  if (!path_of(dir, start)) return 0;
  snprintf(whole, PATH_MAX, "%s/%s", start, path);
  return below(whole);
}

/* Return 1 when the call shall fail, 2 when half of it shall be done. */
static int struck(void) {
  long number = __atomic_add_fetch(&counter, 1, __ATOMIC_SEQ_CST);
  if (mode == KILL && number == when) kill(getpid(), SIGKILL);
  if (mode == TORN && number == when) return 2;
  if ((mode == ONCE && number == when) || (mode == ON && number >= when)) {
    errno = fault;
    return 1;
  }
  return 0;
}

static ssize_t written(int fd, const struct iovec *parts, int count, int64_t at,
                       ssize_t (*go)(int, const void *, size_t, int64_t),
                       ssize_t (*whole)(int, const struct iovec *, int, int64_t)) {
  char path[PATH_MAX];
  if (!mode || !path_of(fd, path)) return whole(fd, parts, count, at);
  int what = struck();
  if (what == 1) return -1;
  if (what == 2) {
    if (parts[0].iov_len > 1) go(fd, parts[0].iov_base, parts[0].iov_len / 2, at);
    kill(getpid(), SIGKILL);
  }
  uint64_t place = at;
  if (mode == RECORD && at < 0) {
    struct stat now;
    place = (fcntl(fd, F_GETFL) & O_APPEND) && !fstat(fd, &now) ? now.st_size
                                                                : lseek(fd, 0, SEEK_CUR);
  }
  ssize_t done = whole(fd, parts, count, at);
  if (mode == RECORD && done > 0) {
    /* As much as the disk took; what is left comes in the next call. */
    struct iovec taken[32];
    int used = 0;
    size_t left = done;
    for (int i = 0; i < count && left && used < 32; i++) {
      taken[used] = parts[i];
      if (taken[used].iov_len > left) taken[used].iov_len = left;
      left -= taken[used++].iov_len;
    }
    record(WRITE, path, place, NULL, taken, used);
  }
  return done;
}

static ssize_t plain(int fd, const void *data, size_t size, int64_t at) {
  ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
  ssize_t (*real_at)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
  return at < 0 ? real(fd, data, size) : real_at(fd, data, size, at);
}

static ssize_t vector(int fd, const struct iovec *parts, int count, int64_t at) {
  ssize_t (*real)(int, const struct iovec *, int) = dlsym(RTLD_NEXT, "writev");
  ssize_t (*real_at)(int, const struct iovec *, int, off64_t) = dlsym(RTLD_NEXT, "pwritev64");
  if (count == 1) return plain(fd, parts[0].iov_base, parts[0].iov_len, at);
  return at < 0 ? real(fd, parts, count) : real_at(fd, parts, count, at);
}

ssize_t write(int fd, const void *data, size_t size) {
  struct iovec one = {(void *)data, size};
  return written(fd, &one, 1, -1, plain, vector);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
  struct iovec one = {(void *)data, size};
  return written(fd, &one, 1, at, plain, vector);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
  return pwrite64(fd, data, size, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  return written(fd, parts, count, -1, plain, vector);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
  return written(fd, parts, count, at, plain, vector);
}

/* Copied in user space, so that no byte passes by. */
ssize_t sendfile64(int out, int in, off64_t *at, size_t size) {
  char path[PATH_MAX];
  ssize_t (*real)(int, int, off64_t *, size_t) = dlsym(RTLD_NEXT, "sendfile64");
  if (!mode || !path_of(out, path)) return real(out, in, at, size);
  errno = EINVAL;
  return -1;
}

ssize_t sendfile(int out, int in, off_t *at, size_t size) {
  return sendfile64(out, in, (off64_t *)at, size);
}

ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t size,
                        unsigned flags) {
  REAL(copy_file_range);
  char path[PATH_MAX];
  if (!mode || !path_of(out, path)) return real(in, from, out, to, size, flags);
  errno = EXDEV;
  return -1;
}

static int on_fd(int fd, uint32_t kind, uint64_t at, int (*real)(int, uint64_t)) {
  char path[PATH_MAX];
  if (!mode || !path_of(fd, path)) return real(fd, at);
  int what = struck();
  if (what == 1) return -1;
  if (what == 2) kill(getpid(), SIGKILL);
  int done = real(fd, at);
  if (mode == RECORD && !done) record(kind, path, at, NULL, NULL, 0);
  return done;
}

static int do_fsync(int fd, uint64_t at) {
  (void)at;
  int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
  return real(fd);
}

static int do_truncate(int fd, uint64_t at) {
  int (*real)(int, off64_t) = dlsym(RTLD_NEXT, "ftruncate64");
  return real(fd, at);
}

int fsync(int fd) { return on_fd(fd, SYNC, 0, do_fsync); }
int fdatasync(int fd) { return on_fd(fd, SYNC, 0, do_fsync); }
int ftruncate64(int fd, off64_t size) { return on_fd(fd, TRUNCATE, size, do_truncate); }
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

/* The calls on names: `before` counts and strikes, `after` records what was done. */
static int before(int inside) {
  if (!mode || !inside) return 0;
  int what = struck();
  if (what == 2) kill(getpid(), SIGKILL);
  return what;
}

static int after(int done, int inside, uint32_t kind, const char *path, const char *other) {
  if (mode == RECORD && inside && done >= 0) record(kind, path, 0, other, NULL, 0);
  return done;
}

int renameat(int from_dir, const char *from, int to_dir, const char *to) {
  REAL(renameat);
  char first[PATH_MAX] = "", second[PATH_MAX] = "";
  int inside = mode && (absolute_at(from_dir, from, first) | absolute_at(to_dir, to, second));
  if (before(inside)) return -1;
  return after(real(from_dir, from, to_dir, to), inside, RENAME, first, second);
}

int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

int unlinkat(int dir, const char *name, int flags) {
  REAL(unlinkat);
  char path[PATH_MAX] = "";
  int inside = mode && absolute_at(dir, name, path);
  if (before(inside)) return -1;
  return after(real(dir, name, flags), inside, flags & AT_REMOVEDIR ? RMDIR : UNLINK, path, NULL);
}

int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }
int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }

int mkdirat(int dir, const char *name, mode_t rights) {
  REAL(mkdirat);
  char path[PATH_MAX] = "";
  int inside = mode && absolute_at(dir, name, path);
  if (before(inside)) return -1;
  return after(real(dir, name, rights), inside, MKDIR, path, NULL);
}

int mkdir(const char *name, mode_t rights) { return mkdirat(AT_FDCWD, name, rights); }

static int opened(int dir, const char *name, int flags, mode_t rights) {
  int (*real)(int, const char *, int, ...) = dlsym(RTLD_NEXT, "openat64");
  char path[PATH_MAX] = "";
  struct stat there;
  int inside = mode && (flags & (O_CREAT | O_TRUNC)) && absolute_at(dir, name, path);
  /* Opening what is there changes nothing. */
  if (inside && !(flags & O_TRUNC) && !stat(path, &there)) inside = 0;
  if (before(inside)) return -1;
  return after(real(dir, name, flags, rights), inside, CREATE, path, NULL);
}

#define RIGHTS                                   \
  mode_t rights = 0;                             \
  if (flags & (O_CREAT | O_TMPFILE)) {           \
    va_list list;                                \
    va_start(list, flags);                       \
    rights = va_arg(list, mode_t);               \
    va_end(list);                                \
  }

int open(const char *name, int flags, ...) { RIGHTS return opened(AT_FDCWD, name, flags, rights); }
int open64(const char *name, int flags, ...) { RIGHTS return opened(AT_FDCWD, name, flags, rights); }
int openat(int dir, const char *name, int flags, ...) { RIGHTS return opened(dir, name, flags, rights); }
int openat64(int dir, const char *name, int flags, ...) { RIGHTS return opened(dir, name, flags, rights); }
