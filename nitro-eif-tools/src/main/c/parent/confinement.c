/* Takes and makes connections, or looks names up. See confinement.h. */
#include "confinement.h"

#include "../channels/calls.h"

#include <sys/socket.h>

static const struct instruction carrying[] = {
    FILTER_BEGIN,
    ALLOW_CARRYING,
    ALLOW_CALL(getsockname), /* whether an address is this machine's */
    ALLOW_CALL(exit_group),
    ALLOW_CALL(write), /* that it listens, and last words */
    /* Last: sockets, but no Unix ones, by which other programs here are reached, nor any others. */
    {JUMP_EQUAL, 0, 5, __NR_socket},
    {LOAD, 0, 0, FIRST_ARGUMENT},
    {JUMP_EQUAL, 2, 0, AF_INET},
    {JUMP_EQUAL, 1, 0, AF_INET6},
    {JUMP_EQUAL, 0, 1, AF_VSOCK},
    {RETURN, 0, 0, SECCOMP_ALLOW},
    FILTER_END,
};

/* What musl's fork and getaddrinfo make; that no file can be written is for RLIMIT_FSIZE to see to. */
static const struct instruction looking_up[] = {
    FILTER_BEGIN,
    ALLOW_CALL(recvfrom),
    ALLOW_CALL(sendto),
    ALLOW_CALL(recvmsg),
    ALLOW_CALL(sendmsg),
    ALLOW_CALL(bind),
    ALLOW_CALL(connect),
    ALLOW_CALL(getsockname),
    ALLOW_CALL(setsockopt),
    ALLOW_CALL(ppoll),
    ALLOW_CALL(openat),
    ALLOW_CALL(read),
    ALLOW_CALL(readv),
    ALLOW_CALL(lseek),
    ALLOW_CALL(fcntl),
    ALLOW_CALL(close),
    ALLOW_CALL(clock_gettime),
    ALLOW_CALL(restart_syscall),
    ALLOW_CALL(brk),
    ALLOW_CALL(mmap),
    ALLOW_CALL(munmap),
    ALLOW_CALL(mprotect),
    ALLOW_CALL(futex),
    ALLOW_CALL(rt_sigprocmask),
    ALLOW_CALL(set_tid_address),
    ALLOW_CALL(gettid),
    ALLOW_CALL(clone),
    ALLOW_CALL(wait4),
    ALLOW_CALL(setitimer),
    ALLOW_CALL(exit_group),
    ALLOW_CALL(write),
#if defined(__x86_64__)
    /* Older forms of the above, which exist only there. */
    ALLOW_CALL(poll),
    ALLOW_CALL(open),
    ALLOW_CALL(fork),
#endif
    {JUMP_EQUAL, 0, 4, __NR_socket},
    {LOAD, 0, 0, FIRST_ARGUMENT},
    {JUMP_EQUAL, 1, 0, AF_INET},
    {JUMP_EQUAL, 0, 1, AF_INET6},
    {RETURN, 0, 0, SECCOMP_ALLOW},
    FILTER_END,
};

struct confinement parent_confinement(uid_t user) {
  return (struct confinement){.id = user,
                              .filter = carrying,
                              .filter_length = sizeof carrying / sizeof carrying[0],
                              .writes = true};
}

struct confinement lookup_confinement(uid_t user) {
  return (struct confinement){.id = user,
                              .filter = looking_up,
                              .filter_length = sizeof looking_up / sizeof looking_up[0]};
}
