/* Listens on vsock ports (AF_VSOCK), for which musl has no header, and connects to them. */
#ifndef TEST_VSOCK_H
#define TEST_VSOCK_H

#include <stdint.h>
#include <sys/socket.h>

/* linux/vm_sockets.h */
struct vsock_address {
  sa_family_t family;
  uint16_t reserved;
  uint32_t port, cid;
  uint8_t flags, zero[3];
};

static inline int vsock_listen(uint32_t port) {
  struct vsock_address here = {.family = AF_VSOCK, .port = port, .cid = UINT32_MAX};
  int listener = socket(AF_VSOCK, SOCK_STREAM, 0);
  if (listener < 0 || bind(listener, (struct sockaddr *)&here, sizeof here) != 0
      || listen(listener, 8) != 0) {
    return -1;
  }
  return listener;
}

static inline int vsock_connect(uint32_t cid, uint32_t port) {
  struct vsock_address there = {.family = AF_VSOCK, .port = port, .cid = cid};
  int peer = socket(AF_VSOCK, SOCK_STREAM, 0);
  return connect(peer, (struct sockaddr *)&there, sizeof there) == 0 ? peer : -1;
}

#endif
