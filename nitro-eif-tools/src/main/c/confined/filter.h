/* The making of filters for system calls (seccomp), whose headers musl does not bring. */
#ifndef TREZA_FILTER_H
#define TREZA_FILTER_H

#include <stdint.h>
#include <sys/syscall.h>

/* linux/filter.h */
struct instruction {
  uint16_t code;
  uint8_t if_true, if_false;
  uint32_t k;
};
enum { LOAD = 0x20, JUMP_EQUAL = 0x15, RETURN = 0x06 };

/* linux/seccomp.h: struct seccomp_data, whose arguments are 8 bytes each. Both architectures are
   little-endian: the low half of an argument comes first. */
enum { OFFSET_NUMBER = 0, OFFSET_ARCHITECTURE = 4, FIRST_ARGUMENT = 16, SECOND_ARGUMENT = 24 };
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

/* How a filter begins: the number is loaded, with a bit more for x32, so that none of its calls is
   equal to one. */
#define FILTER_BEGIN                                                                               \
  {LOAD, 0, 0, OFFSET_ARCHITECTURE}, {JUMP_EQUAL, 1, 0, ARCHITECTURE},                             \
      {RETURN, 0, 0, SECCOMP_KILL_PROCESS}, {LOAD, 0, 0, OFFSET_NUMBER}

#define ALLOW_CALL(name) {JUMP_EQUAL, 0, 1, __NR_##name}, {RETURN, 0, 0, SECCOMP_ALLOW}

#define FILTER_END {RETURN, 0, 0, SECCOMP_KILL_PROCESS}

#endif
