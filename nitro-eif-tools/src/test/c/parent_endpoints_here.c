/*
 * Sockets of this machine in place of a parent's vsock. An enclave's ports are TCP's on loopback, or
 * those of a forwarder with endpoints_here.c, whose directory TREZA_FORWARDER_SOCKETS says. Its
 * connections come by TCP, to the port TREZA_PARENT_LISTEN_PORT, which has the vsock port in its name,
 * and its CID is the last number of the loopback address that it connects from. With TREZA_PARENT_WITHOUT_VSOCK there is none of that.
 */
#include "../../main/c/parent/endpoints.h"
#include "../../main/c/parent/tcp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

int have_vsock(void) {
  errno = EAFNOSUPPORT;
  return getenv("TREZA_PARENT_WITHOUT_VSOCK") == NULL ? 0 : -1;
}

int listen_for_enclave(uint32_t port) {
  char name[40];
  snprintf(name, sizeof name, "TREZA_PARENT_LISTEN_%u", port);
  const char *number = getenv(name);
  if (number == NULL) {
    errno = EADDRINUSE;
    return -1;
  }
  struct endpoint here = {.address = {4, {127, 0, 0, 1}}, .port = (uint16_t)atoi(number)};
  return tcp_listen(&here);
}

int connect_to_enclave(uint32_t cid, uint16_t port) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const char *sockets = getenv("TREZA_FORWARDER_SOCKETS");
  if (sockets == NULL) {
    const struct endpoint there = {.address = {4, {127, 0, 0, (uint8_t)cid}}, .port = port};
    return tcp_connect(&there);
  }
  snprintf(address.sun_path, sizeof address.sun_path, "%s/%u", sockets, port);
  int peer = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (connect(peer, (const struct sockaddr *)&address, sizeof address) < 0) {
    close(peer);
    return -1;
  }
  return peer;
}

bool is_enclave(const struct sockaddr *peer, uint32_t cid) {
  struct endpoint from;
  return endpoint_from(peer, &from) && from.address.bytes[3] == cid;
}
