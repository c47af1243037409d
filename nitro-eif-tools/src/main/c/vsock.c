/* Listens for peers outside the enclave. */
#include "vsock.h"

#define ANY_CID UINT32_MAX
#define BUFFER_SIZE 0 /* SO_VM_SOCKETS_BUFFER_SIZE, include/uapi/linux/vm_sockets.h */

/* What the kernel keeps of a connection that nobody reads; its default is four times as much, which
 * thousands of callers could fill a small enclave with. Accepted connections inherit it. */
static const uint64_t kept = 64 * 1024;

int vsock_listen(uint32_t port, int backlog) {
  const struct sockaddr_vm address = {
      .svm_family = AF_VSOCK, .svm_port = port, .svm_cid = ANY_CID};
  int server = socket(AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (server >= 0 && (setsockopt(server, AF_VSOCK, BUFFER_SIZE, &kept, sizeof kept) < 0 ||
                      bind(server, (const struct sockaddr *)&address, sizeof address) < 0 ||
                      listen(server, backlog) < 0)) {
    return -1; /* the caller gives up, and the descriptor goes with it */
  }
  return server;
}
