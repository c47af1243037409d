/* The confinement of a program. See sandbox.h. */
#include "sandbox.h"

#include "filter.h"

#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* linux/filter.h: struct sock_fprog */
struct program {
  unsigned short length;
  const struct instruction *instructions;
};
#define CLOSE_RANGE 436 /* on every architecture */
#define SECCOMP_MODE_FILTER 2

static bool is_kept(int descriptor, const int *keep, size_t kept) {
  for (size_t i = 0; i < kept; i++) {
    if (descriptor == keep[i]) {
      return true;
    }
  }
  return descriptor == STDERR_FILENO;
}

static int close_others(const int *keep, size_t kept) {
  int highest = STDERR_FILENO;
  for (size_t i = 0; i < kept; i++) {
    highest = keep[i] > highest ? keep[i] : highest;
  }
  for (int descriptor = 0; descriptor < highest; descriptor++) {
    if (!is_kept(descriptor, keep, kept)) {
      close(descriptor);
    }
  }
  if (syscall(CLOSE_RANGE, highest + 1, UINT32_MAX, 0) == 0) {
    return 0;
  }
  /* A kernel before Linux 5.9 has no such call, as AWS's has not. */
  struct rlimit limit;
  if (errno != ENOSYS || getrlimit(RLIMIT_NOFILE, &limit) < 0) {
    return -1;
  }
  for (rlim_t descriptor = (rlim_t)highest + 1; descriptor < limit.rlim_cur; descriptor++) {
    close((int)descriptor);
  }
  return 0;
}

/* The root becomes a directory that has been removed: empty, and nothing can be made in it. */
static int leave_file_system(const char *scratch) {
  if (chdir(scratch) < 0 || mkdir(".confined", 0) < 0) {
    return -1;
  }
  return chdir(".confined") < 0 || rmdir("../.confined") < 0 ? -1 : chroot(".");
}

static int forbid_writing_files(void) {
  const struct rlimit none = {0, 0};
  return setrlimit(RLIMIT_FSIZE, &none) < 0 || setrlimit(RLIMIT_CORE, &none) < 0 ? -1 : 0;
}

/* The bounding set first, while there is a right to; the rest goes with the change of user. */
static int drop_capabilities(void) {
  for (unsigned long capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0;) {
    capability++;
  }
  return errno == EINVAL ? 0 : -1; /* EINVAL: past the last one that this kernel knows */
}

static int change_user(uid_t id) {
  return setgroups(0, NULL) < 0 || setresgid(id, id, id) < 0 || setresuid(id, id, id) < 0 ? -1 : 0;
}

static int filter_calls(const struct confinement *confinement) {
  const struct program program = {(unsigned short)confinement->filter_length,
                                  confinement->filter};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

const char *sandbox_enter(const char *scratch, const int *keep, size_t kept,
                          const struct confinement *confinement) {
  if (close_others(keep, kept) < 0) {
    return "close other descriptors";
  }
  if (leave_file_system(scratch) < 0) {
    return "leave the file system";
  }
  if (forbid_writing_files() < 0) {
    return "forbid writing files";
  }
  if (drop_capabilities() < 0) {
    return "drop capabilities";
  }
  if (change_user(confinement->id) < 0) {
    return "change user";
  }
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
    return "refuse privileges";
  }
  if (filter_calls(confinement) < 0) {
    return "filter system calls";
  }
  return NULL;
}
