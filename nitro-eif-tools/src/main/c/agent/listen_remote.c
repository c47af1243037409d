/* The vsock port on which callers outside the enclave ask for documents. */
#include "listen.h"

#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

/* linux/vm_sockets.h, which musl does not bring. */
struct vsock_address {
  sa_family_t family;
  uint16_t reserved;
  uint32_t port, cid;
  uint8_t flags, zero[3];
};
#define VSOCK_ANY_CID UINT32_MAX

#define PORT 9001
#define BACKLOG 128

int listen_remote(void) {
  struct vsock_address address = {.family = AF_VSOCK, .port = PORT, .cid = VSOCK_ANY_CID};
  int server = socket(AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (server >= 0 && (bind(server, (struct sockaddr *)&address, sizeof address) < 0 ||
                      listen(server, BACKLOG) < 0)) {
    return -1; /* the caller gives up, and the descriptor goes with it */
  }
  return server;
}
