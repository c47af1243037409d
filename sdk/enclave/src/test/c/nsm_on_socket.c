/*
 * An NSM that is elsewhere: a Unix socket, named in the environment, in place of /dev/nsm. A request
 * and its response are each a length of 32 bits, big-endian, and so many bytes of CBOR.
 */
#include "nsm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int nsm_open(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, getenv("TREZA_TEST_NSM"), sizeof address.sun_path - 1);
  int nsm = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return connect(nsm, (struct sockaddr *)&address, sizeof address) < 0 ? -1 : nsm;
}

static int all(ssize_t (*transfer)(int, void *, size_t), int nsm, void *at, size_t length) {
  for (size_t done = 0; done < length;) {
    ssize_t part = transfer(nsm, (uint8_t *)at + done, length - done);
    if (part <= 0) {
      errno = EIO;
      return -1;
    }
    done += (size_t)part;
  }
  return 0;
}

static ssize_t write_from(int nsm, void *at, size_t length) { return write(nsm, at, length); }

ssize_t nsm_exchange(int nsm, struct bytes request, uint8_t *response) {
  uint32_t length = htonl((uint32_t)request.length);
  if (all(write_from, nsm, &length, sizeof length) < 0 ||
      all(write_from, nsm, (void *)request.at, request.length) < 0 ||
      all(read, nsm, &length, sizeof length) < 0) {
    return -1;
  }
  length = ntohl(length);
  if (length > NSM_RESPONSE_MAX || all(read, nsm, response, length) < 0) {
    return -1;
  }
  return length;
}
