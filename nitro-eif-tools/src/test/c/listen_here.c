/* Listens on a Unix socket, named in the environment, in place of vsock. */
#include "../../main/c/agent/listen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int listen_remote(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, getenv("TREZA_AGENT_REMOTE"), sizeof address.sun_path - 1);
  int server = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  return bind(server, (struct sockaddr *)&address, sizeof address) < 0 || listen(server, 128) < 0
             ? -1
             : server;
}
