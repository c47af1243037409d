/* The sockets of an enclave. See endpoints.h. */
#include "endpoints.h"

#include "../vsock.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BACKLOG 512
#define GET_LOCAL_CID 0x7b9 /* IOCTL_VM_SOCKETS_GET_LOCAL_CID, include/uapi/linux/vm_sockets.h */

static struct sockaddr_in loopback(uint16_t port) {
  return (struct sockaddr_in){
      .sin_family = AF_INET,
      .sin_port = htons(port),
      .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
  };
}

static int unblocked(int family) {
  return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static int connecting(int descriptor, const struct sockaddr *address, socklen_t length) {
  if (descriptor >= 0 && connect(descriptor, address, length) < 0 && errno != EINPROGRESS) {
    int error = errno;
    close(descriptor);
    errno = error;
    return -1;
  }
  return descriptor;
}

int listen_for_parent(uint16_t port) { return vsock_listen(port, BACKLOG); }

int listen_for_workload(void) {
  const struct sockaddr_in address = loopback(PROXY_PORT);
  int server = unblocked(AF_INET);
  if (server >= 0 && (bind(server, (const struct sockaddr *)&address, sizeof address) < 0 ||
                      listen(server, BACKLOG) < 0)) {
    return -1; /* the caller gives up, and the descriptor goes with it */
  }
  return server;
}

int connect_to_workload(uint16_t port) {
  const struct sockaddr_in address = loopback(port);
  return connecting(unblocked(AF_INET), (const struct sockaddr *)&address, sizeof address);
}

uint32_t own_cid(void) {
  uint32_t cid = 0;
  int device = open("/dev/vsock", O_RDONLY | O_CLOEXEC);
  if (device >= 0) {
    if (ioctl(device, GET_LOCAL_CID, &cid) < 0) {
      cid = 0;
    }
    close(device);
  }
  return cid > VSOCK_CID_PARENT ? cid : 0; /* Firecracker may give a machine the parent's */
}

int connect_to_parent(uint32_t cid, uint32_t port) {
  const struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_port = port, .svm_cid = cid};
  return connecting(unblocked(AF_VSOCK), (const struct sockaddr *)&address, sizeof address);
}
