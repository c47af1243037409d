/* The confinement of a program. See sandbox.h. */
#include "sandbox.h"

#include "filter.h"

#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/filter.h: struct sock_fprog */
struct program {
  unsigned short length;
  const struct instruction *instructions;
};
/* linux/capability.h; two of the sets, for 64 capabilities. */
struct capabilities_header {
  uint32_t version;
  int pid;
};
struct capabilities {
  uint32_t effective, permitted, inheritable;
};
#define CAPABILITIES_VERSION 0x20080522
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
  char name[] = "../.confined-XXXXXX"; /* its own, where several programs start at once */
  if (chdir(scratch) < 0 || mkdtemp(name + 3) == NULL) {
    return -1;
  }
  return chdir(name + 3) < 0 || rmdir(name) < 0 ? -1 : chroot(".");
}

static int forbid_writing_files(bool even_open) {
  const struct rlimit none = {0, 0};
  return (even_open && setrlimit(RLIMIT_FSIZE, &none) < 0) || setrlimit(RLIMIT_CORE, &none) < 0 ? -1
                                                                                              : 0;
}

/* What an executed program could gain. */
static int drop_bounding_set(void) {
  for (unsigned long capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0;) {
    capability++;
  }
  /* EINVAL: past the last one that this kernel knows. EPERM: there is no right to, as in a container;
     then what follows must do, by which no program is executed. */
  return errno == EINVAL || errno == EPERM ? 0 : -1;
}

static int change_user(uid_t id) {
  return setgroups(0, NULL) < 0 || setresgid(id, id, id) < 0 || setresuid(id, id, id) < 0 ? -1 : 0;
}

static int drop_capabilities(void) {
  const struct capabilities_header header = {.version = CAPABILITIES_VERSION};
  const struct capabilities none[2] = {0};
  return (int)syscall(SYS_capset, &header, none);
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
  if (scratch != NULL && leave_file_system(scratch) < 0) {
    return "leave the file system";
  }
  if (drop_bounding_set() < 0) {
    return "drop the bounding set of capabilities";
  }
  if (confinement->id != geteuid() && change_user(confinement->id) < 0) {
    return "change user";
  }
  if (drop_capabilities() < 0) {
    return "drop capabilities";
  }
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
    return "refuse privileges";
  }
  /* Late, so that what has failed before can be said even where standard error is a file. */
  if (forbid_writing_files(!confinement->writes) < 0) {
    return "forbid writing files";
  }
  if (filter_calls(confinement) < 0) {
    return "filter system calls";
  }
  return NULL;
}
