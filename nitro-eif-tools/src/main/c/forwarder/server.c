/* The forwarder's event loop. See server.h. */
#include "server.h"

#include "egress.h"
#include "tunnel.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_A_ROUND 256
#define ACCEPTS_A_ROUND 16
/* Milliseconds until it is tried again to accept, when there was no memory or descriptor for it. */
#define TO_GATHER_MEMORY 100
/* Never more than two at a time are somebody's: see the states in egress.c and tunnel.c. */
#define BUFFERS_A_TUNNEL 2

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

int server_prepare(struct server *server) {
  for (int i = TUNNELS_MAX - 1; i >= 0; i--) {
    struct tunnel *tunnel = &server->tunnels[i];
    bool egress = i >= INGRESS_MAX;
    if (i < limits.ingress || (egress && i < INGRESS_MAX + limits.egress)) {
      tunnel->egress = egress;
      tunnel->after = server->unused[egress];
      server->unused[egress] = tunnel;
    }
  }
  server->parent = -1;
  server->epoll = epoll_create1(EPOLL_CLOEXEC);
  return server->epoll < 0 ? -1
                           : buffers_prepare(&server->buffers, BUFFERS_A_TUNNEL * TUNNELS_MAX);
}

int server_listen(struct server *server, int descriptor, uint16_t port) {
  if (descriptor >= 0) {
    server->listeners[server->listener_count++] =
        (struct listener){.descriptor = descriptor, .port = port};
  }
  return descriptor;
}

/* Ingress. */

static void join(struct server *server, struct tunnel *tunnel, uint16_t port) {
  tunnel->state = JOINING;
  tunnel->far = 1;
  await(server, tunnel, FOR_JOIN);
  int descriptor = connect_to_workload(port);
  if (descriptor < 0) {
    hang_up(server, tunnel, true);
  } else {
    attach(server, tunnel, &tunnel->sides[1], descriptor, EPOLLOUT);
  }
}

static void step_join(struct server *server, struct tunnel *tunnel, struct side *side,
                      uint32_t events) {
  if (side->interest == 0 && outlives(side, events)) {
    watch(server, tunnel, side, 0);
  } else if (side->interest != 0 && is_connected(side)) {
    open_tunnel(server, tunnel);
  } else {
    hang_up(server, tunnel, true);
  }
}

/* Both. */

static void step(struct server *server, struct tunnel *tunnel, struct side *side,
                 uint32_t events) {
  if (side->descriptor < 0) {
    return; /* closed after it was reported on */
  }
  switch (tunnel->state) {
  case UNUSED:
    break;
  case JOINING:
    step_join(server, tunnel, side, events);
    break;
  case OPEN:
    carry(server, tunnel, side, events);
    break;
  case ASKED:
  case CALLING:
  case AWAITING:
  case REFUSING:
    step_request(server, tunnel, side, events);
    break;
  }
}

static void accept_some(struct server *server, const struct listener *listener) {
  struct tunnel **unused = &server->unused[listener->port == 0];
  for (int i = 0; i < ACCEPTS_A_ROUND && *unused != NULL; i++) {
    int descriptor = accept4(listener->descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
      if (!would_wait() && errno != ECONNABORTED) {
        server->accepts_from = server->now + TO_GATHER_MEMORY;
      }
      return;
    }
    struct tunnel *tunnel = *unused;
    *unused = tunnel->after;
    for (int side = 0; side < SIDES; side++) {
      tunnel->sides[side] = (struct side){.descriptor = -1};
    }
    attach(server, tunnel, &tunnel->sides[0], descriptor, 0);
    if (tunnel->egress) {
      begin_request(server, tunnel);
    } else {
      join(server, tunnel, listener->port);
    }
  }
}

/* Where there is no place for another connection, those that come wait until there is. */
static void watch_listeners(struct server *server) {
  for (int i = 0; i < server->listener_count; i++) {
    struct listener *listener = &server->listeners[i];
    bool wanted =
        server->unused[listener->port == 0] != NULL && server->accepts_from <= server->now;
    if (wanted != listener->watched) {
      struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)i};
      epoll_ctl(server->epoll, wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, listener->descriptor,
                &event);
      listener->watched = wanted;
    }
  }
}

static void end_late(struct server *server) {
  for (int patience = 0; patience < PATIENCES; patience++) {
    struct queue *queue = &server->queues[patience];
    while (queue->first != NULL && queue->first->deadline <= server->now) {
      if (patience == FOR_HEAD || patience == FOR_PARENT) {
        give_up_request(server, queue->first);
      } else {
        hang_up(server, queue->first, patience != FOR_REST);
      }
    }
  }
}

/* How long waiting may take: until the next deadline, or until accepting may be tried again. */
static int patience(const struct server *server) {
  int64_t next = server->accepts_from > server->now ? server->accepts_from : INT64_MAX;
  for (int i = 0; i < PATIENCES; i++) {
    const struct tunnel *first = server->queues[i].first;
    next = first != NULL && first->deadline < next ? first->deadline : next;
  }
  if (next == INT64_MAX) {
    return -1;
  }
  int64_t left = next - now();
  return left < 0 ? 0 : (int)left;
}

/* One wait, and one step of whatever can be done after it. Returns false if waiting failed. */
static bool serve_round(struct server *server) {
  struct epoll_event events[EVENTS_A_ROUND];
  watch_listeners(server);
  int count = epoll_wait(server->epoll, events, EVENTS_A_ROUND, patience(server));
  if (count < 0) {
    return errno == EINTR;
  }
  server->now = now();
  for (int i = 0; i < count; i++) {
    uint64_t token = events[i].data.u64;
    if (token < LISTENERS_MAX) {
      server->listeners[token].ready = true;
      continue;
    }
    struct tunnel *tunnel = &server->tunnels[(token - LISTENERS_MAX) / SIDES];
    step(server, tunnel, &tunnel->sides[(token - LISTENERS_MAX) % SIDES], events[i].events);
  }
  end_late(server);
  /* Last, so that what was reported of a connection that has ended is not taken for a new one's. */
  for (int i = 0; i < server->listener_count; i++) {
    if (server->listeners[i].ready) {
      server->listeners[i].ready = false;
      accept_some(server, &server->listeners[i]);
    }
  }
  return true;
}

void serve(struct server *server) {
  server->now = now();
  while (serve_round(server)) {
    /* for as long as the enclave lives */
  }
}
