/* Listens on a vsock port (AF_VSOCK), for which musl has no header. */
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

static int vsock_listen(uint32_t port) {
  struct vsock_address here = {.family = AF_VSOCK, .port = port, .cid = UINT32_MAX};
  int listener = socket(AF_VSOCK, SOCK_STREAM, 0);
  if (listener < 0 || bind(listener, (struct sockaddr *)&here, sizeof here) != 0
      || listen(listener, 8) != 0) {
    return -1;
  }
  return listener;
}

#endif
