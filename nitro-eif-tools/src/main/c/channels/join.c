/* Ingress: from the port that is connected to it is known where to. See join.h. */
#include "join.h"

#include "tunnel.h"

#include <sys/epoll.h>

void join(struct server *server, struct tunnel *tunnel, int descriptor) {
  tunnel->far = 1;
  await(server, tunnel, FOR_JOIN);
  if (descriptor < 0) {
    hang_up(server, tunnel, true);
  } else {
    attach(server, tunnel, &tunnel->sides[1], descriptor, EPOLLOUT);
  }
}

void step_join(struct server *server, struct tunnel *tunnel, struct side *side) {
  if (is_connected(side)) {
    open_tunnel(server, tunnel);
  } else {
    hang_up(server, tunnel, true);
  }
}

void give_up_join(struct server *server, struct tunnel *tunnel) { hang_up(server, tunnel, true); }
