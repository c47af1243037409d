/* What this program needs of Linux's interface and musl has no header for. */
#ifndef TREZA_KERNEL_H
#define TREZA_KERNEL_H

#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* include/uapi/linux/vm_sockets.h */
struct sockaddr_vm {
  sa_family_t svm_family;
  uint16_t svm_reserved1;
  uint32_t svm_port;
  uint32_t svm_cid;
  uint8_t svm_flags;
  uint8_t svm_zero[3];
};
_Static_assert(sizeof(struct sockaddr_vm) == sizeof(struct sockaddr), "as the kernel has it");

/* include/uapi/linux/random.h: adds bytes to the pool and credits them as entropy, in bits. */
#define RNDADDENTROPY _IOW('R', 0x03, int[2])

/* include/uapi/linux/capability.h */
#define LINUX_CAPABILITY_VERSION_3 0x20080522
struct capability_header {
  uint32_t version;
  int pid;
};
struct capability_data {
  uint32_t effective;
  uint32_t permitted;
  uint32_t inheritable;
};

#endif
