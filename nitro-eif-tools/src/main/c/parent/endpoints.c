/* The vsock of a parent. See endpoints.h. */
#include "endpoints.h"

#include "../channels/limits.h"
#include "../vsock.h"

#include <errno.h>
#include <sys/time.h>
#include <unistd.h>

#define BACKLOG 512
#define CONNECT_TIMEOUT 6 /* SO_VM_SOCKETS_CONNECT_TIMEOUT, include/uapi/linux/vm_sockets.h */

int have_vsock(void) {
  int descriptor = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return descriptor < 0 ? -1 : close(descriptor);
}

int listen_for_enclave(uint32_t port) { return vsock_listen(port, BACKLOG); }

int connect_to_enclave(uint32_t cid, uint16_t port) {
  const struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_port = port, .svm_cid = cid};
  const struct timeval join = {.tv_sec = limits.join / 1000}; /* the kernel's own is 2 seconds */
  int descriptor = socket(AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) {
    return -1;
  }
  setsockopt(descriptor, AF_VSOCK, CONNECT_TIMEOUT, &join, sizeof join);
  if (connect(descriptor, (const struct sockaddr *)&address, sizeof address) < 0 &&
      errno != EINPROGRESS) {
    close(descriptor);
    return -1;
  }
  return descriptor;
}

bool is_enclave(const struct sockaddr *peer, uint32_t cid) {
  return peer->sa_family == AF_VSOCK && ((const struct sockaddr_vm *)peer)->svm_cid == cid;
}
