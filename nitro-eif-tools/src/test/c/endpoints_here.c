/*
 * Sockets of this machine in place of an enclave's. What listens are Unix sockets in the directory
 * TREZA_FORWARDER_SOCKETS, named by their port, or "proxy"; the workload is on TCP, as in an enclave;
 * and so is the parent: if one of this CID listens on this vsock port, TREZA_PARENT_CID_PORT says where.
 * TREZA_OWN_CID is the enclave's own.
 */
#include "../../main/c/forwarder/endpoints.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int listen_at(const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", getenv("TREZA_FORWARDER_SOCKETS"),
           name);
  int server = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  return bind(server, (struct sockaddr *)&address, sizeof address) < 0 || listen(server, 512) < 0
             ? -1
             : server;
}

static int connect_here(uint16_t port) {
  const struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons(port),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int peer = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (connect(peer, (const struct sockaddr *)&address, sizeof address) < 0 &&
      errno != EINPROGRESS) {
    close(peer);
    return -1;
  }
  return peer;
}

int listen_for_parent(uint16_t port) {
  char name[6];
  snprintf(name, sizeof name, "%u", port);
  return listen_at(name);
}

int listen_for_workload(void) { return listen_at("proxy"); }

int connect_to_workload(uint16_t port) { return connect_here(port); }

uint32_t own_cid(void) {
  const char *cid = getenv("TREZA_OWN_CID");
  return cid == NULL ? 0 : (uint32_t)strtoul(cid, NULL, 10);
}

int connect_to_parent(uint32_t cid, uint32_t port) {
  char name[40];
  snprintf(name, sizeof name, "TREZA_PARENT_%u_%u", cid, port);
  const char *here = getenv(name);
  errno = ECONNREFUSED;
  return here == NULL ? -1 : connect_here((uint16_t)atoi(here));
}
