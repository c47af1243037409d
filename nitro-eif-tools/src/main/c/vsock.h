/* Sockets between an enclave and its parent (AF_VSOCK), for which musl has no header. */
#ifndef TREZA_VSOCK_H
#define TREZA_VSOCK_H

#include <stdint.h>
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

/* The parent instance of AWS, and the host of an emulated machine. */
#define VSOCK_CID_PARENT 3
#define VSOCK_CID_HOST 2

/* Listens on a port for any peer, without blocking. Returns a descriptor, or -1 with errno. */
int vsock_listen(uint32_t port, int backlog);

#endif
