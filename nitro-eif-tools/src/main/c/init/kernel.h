/* What this program needs of Linux's interface and musl has no header for. */
#ifndef TREZA_KERNEL_H
#define TREZA_KERNEL_H

#include <stdint.h>
#include <sys/ioctl.h>

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
