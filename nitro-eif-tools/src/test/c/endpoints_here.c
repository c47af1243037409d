/*
 * Sockets of this machine in place of an enclave's. What listens are Unix sockets in the directory
 * TREZA_FORWARDER_SOCKETS, named by their port, or "proxy"; the workload is on TCP, as in an enclave;
 * and so is the parent, whose ports TREZA_PARENT_0 and TREZA_PARENT_1 say, if it is there at all.
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

int connect_to_parent(int which) {
  const char *port = getenv(which == 0 ? "TREZA_PARENT_0" : "TREZA_PARENT_1");
  errno = ECONNREFUSED;
  return port == NULL ? -1 : connect_here((uint16_t)atoi(port));
}
