/* TCP. See tcp.h. */
#include "tcp.h"

#include <errno.h>
#include <unistd.h>

#define BACKLOG 512

static int unblocked(const struct sockaddr_storage *address) {
  return socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

int tcp_listen(struct endpoint *at) {
  static const int on = 1;
  struct sockaddr_storage address;
  socklen_t length = endpoint_to(at, &address);
  int server = unblocked(&address);
  if (server < 0 || setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
      bind(server, (const struct sockaddr *)&address, length) < 0 || listen(server, BACKLOG) < 0 ||
      getsockname(server, (struct sockaddr *)&address, &length) < 0) {
    return -1; /* the caller gives up, and the descriptor goes with it */
  }
  endpoint_from((const struct sockaddr *)&address, at);
  return server;
}

int tcp_connect(const struct endpoint *to) {
  struct sockaddr_storage address;
  socklen_t length = endpoint_to(to, &address);
  int descriptor = unblocked(&address);
  if (descriptor >= 0 && connect(descriptor, (const struct sockaddr *)&address, length) < 0 &&
      errno != EINPROGRESS) {
    int error = errno;
    close(descriptor);
    errno = error;
    return -1;
  }
  return descriptor;
}
