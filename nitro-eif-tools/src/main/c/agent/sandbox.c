/* The agent's confinement. See sandbox.h. */
#include "sandbox.h"

#include "../nsm.h"

#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/filter.h and linux/seccomp.h, which musl does not bring. */
struct instruction {
  uint16_t code;
  uint8_t if_true, if_false;
  uint32_t k;
};
struct program {
  unsigned short length;
  const struct instruction *instructions;
};
enum { LOAD = 0x20, JUMP_EQUAL = 0x15, RETURN = 0x06 };
/* Both architectures are little-endian: the low half of an argument comes first. */
enum { OFFSET_NUMBER = 0, OFFSET_ARCHITECTURE = 4, SECOND_ARGUMENT = 24 };
#define CLOSE_RANGE 436 /* on every architecture */
#define SECCOMP_MODE_FILTER 2
#define SECCOMP_KILL_PROCESS 0x80000000u
#define SECCOMP_ALLOW 0x7fff0000u

/* linux/audit.h: the ELF machine, 64 bits, little-endian. */
#if defined(__x86_64__)
#define ARCHITECTURE (62u | 0xc0000000u)
#elif defined(__aarch64__)
#define ARCHITECTURE (183u | 0xc0000000u)
#else
#error "an enclave runs on x86_64 or aarch64"
#endif

#define ALLOW_CALL(name) {JUMP_EQUAL, 0, 1, __NR_##name}, {RETURN, 0, 0, SECCOMP_ALLOW}

static const struct instruction filter[] = {
    {LOAD, 0, 0, OFFSET_ARCHITECTURE},
    {JUMP_EQUAL, 1, 0, ARCHITECTURE},
    {RETURN, 0, 0, SECCOMP_KILL_PROCESS},
    {LOAD, 0, 0, OFFSET_NUMBER}, /* with a bit more for x32, so that none of its calls is equal */
#if defined(__NR_poll)
    ALLOW_CALL(poll),
#endif
    ALLOW_CALL(ppoll), /* poll where there is no such call */
    ALLOW_CALL(restart_syscall), /* poll again after a stop and a continue */
    ALLOW_CALL(clock_gettime), /* where the vDSO has no clock to read */
    ALLOW_CALL(accept4),
    ALLOW_CALL(recvfrom),
    ALLOW_CALL(sendto),
    ALLOW_CALL(close),
    ALLOW_CALL(getsockopt), /* SO_PEERCRED */
    ALLOW_CALL(exit_group),
    ALLOW_CALL(write), /* that it is ready, and last words */
    /* Last: one request to one driver, which looks at the low half of it only, as is done here. */
    {JUMP_EQUAL, 0, 3, __NR_ioctl},
    {LOAD, 0, 0, SECOND_ARGUMENT},
    {JUMP_EQUAL, 0, 1, (uint32_t)NSM_IOCTL_RAW},
    {RETURN, 0, 0, SECCOMP_ALLOW},
    {RETURN, 0, 0, SECCOMP_KILL_PROCESS},
};

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
  if (chdir(scratch) < 0 || mkdir(".agent", 0) < 0) {
    return -1;
  }
  return chdir(".agent") < 0 || rmdir("../.agent") < 0 ? -1 : chroot(".");
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

static int change_user(void) {
  return setgroups(0, NULL) < 0 || setresgid(AGENT_ID, AGENT_ID, AGENT_ID) < 0 ||
                 setresuid(AGENT_ID, AGENT_ID, AGENT_ID) < 0
             ? -1
             : 0;
}

static int filter_calls(void) {
  const struct program program = {sizeof filter / sizeof filter[0], filter};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

const char *sandbox_enter(const char *scratch, const int *keep, size_t kept) {
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
  if (change_user() < 0) {
    return "change user";
  }
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
    return "refuse privileges";
  }
  if (filter_calls() < 0) {
    return "filter system calls";
  }
  return NULL;
}
