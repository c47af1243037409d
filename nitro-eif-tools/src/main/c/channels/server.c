/* The event loop. See server.h. */
#include "server.h"

#include "tunnel.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_A_ROUND 256
#define ACCEPTS_A_ROUND 16
/* Milliseconds until it is tried again to accept, when there was no memory or descriptor for it. */
#define TO_GATHER_MEMORY 100
/* Never more than two at a time are somebody's: see refuse_with, open_tunnel and carry. */
#define BUFFERS_A_TUNNEL 2

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

int server_prepare(struct server *server, uint32_t tunnels) {
  server->tunnel_max = tunnels;
  server->tunnels = reserve(tunnels * sizeof *server->tunnels);
  server->epoll = epoll_create1(EPOLL_CLOEXEC);
  return server->tunnels == NULL || server->epoll < 0
             ? -1
             : buffers_prepare(&server->buffers, BUFFERS_A_TUNNEL * tunnels);
}

int server_fill(struct server *server, struct places *places, int count, size_t request_size) {
  uint8_t *requests = request_size == 0 ? NULL : reserve((size_t)count * request_size);
  if (request_size != 0 && requests == NULL) {
    return -1;
  }
  struct tunnel *first = &server->tunnels[server->tunnel_count];
  server->tunnel_count += (uint32_t)count;
  places->left = count;
  for (int i = count - 1; i >= 0; i--) {
    first[i].request =
        requests == NULL ? NULL : (struct request *)(requests + (size_t)i * request_size);
    first[i].after = places->unused;
    places->unused = &first[i];
  }
  return 0;
}

void server_listen(struct server *server, struct listener listener) {
  server->listeners[server->listener_count++] = listener;
}

int server_watch(struct server *server, struct source *source) {
  struct epoll_event event = {.events = EPOLLIN,
                              .data.u64 = (uint64_t)(LISTENERS_MAX + server->source_count)};
  server->sources[server->source_count++] = source;
  return epoll_ctl(server->epoll, EPOLL_CTL_ADD, source->descriptor, &event);
}

static void step(struct server *server, struct tunnel *tunnel, struct side *side,
                 uint32_t events) {
  if (side->descriptor < 0) {
    return; /* closed after it was reported on */
  }
  switch (tunnel->state) {
  case UNUSED:
    break;
  case BEGINNING:
    if (side->interest != 0) {
      tunnel->listener->service->step(server, tunnel, side);
    } else if (outlives(side, events)) {
      watch(server, tunnel, side, 0);
    } else {
      hang_up(server, tunnel, true);
    }
    break;
  case OPEN:
    carry(server, tunnel, side, events);
    break;
  case REFUSING:
    step_refusal(server, tunnel, side);
    break;
  }
}

static void begin(struct server *server, const struct listener *listener, int descriptor,
                  const struct sockaddr *peer) {
  struct places *places = listener->places;
  struct tunnel *tunnel = places->unused;
  places->unused = tunnel->after;
  places->left--;
  for (int side = 0; side < SIDES; side++) {
    tunnel->sides[side] = (struct side){.descriptor = -1};
  }
  tunnel->state = BEGINNING;
  tunnel->listener = listener;
  attach(server, tunnel, &tunnel->sides[0], descriptor, 0);
  listener->service->begin(server, tunnel, peer);
}

static void accept_some(struct server *server, const struct listener *listener) {
  for (int i = 0; i < ACCEPTS_A_ROUND && (listener->places->left > 0 || listener->service->turns_away);
       i++) {
    struct sockaddr_storage peer = {0};
    socklen_t length = sizeof peer;
    int descriptor = accept4(listener->descriptor, (struct sockaddr *)&peer, &length,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
      if (!would_wait() && errno != ECONNABORTED) {
        server->accepts_from = server->now + TO_GATHER_MEMORY;
      }
      return;
    }
    if (listener->places->left > 0) {
      begin(server, listener, descriptor, (const struct sockaddr *)&peer);
    } else {
      reset(descriptor);
    }
  }
}

/* Those whom nobody may turn away wait until there is a place. */
static void watch_listeners(struct server *server) {
  for (int i = 0; i < server->listener_count; i++) {
    struct listener *listener = &server->listeners[i];
    bool wanted = (listener->places->left > 0 || listener->service->turns_away) &&
                  server->accepts_from <= server->now;
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
      struct tunnel *tunnel = queue->first;
      if (tunnel->state == BEGINNING) {
        tunnel->listener->service->give_up(server, tunnel);
      } else {
        hang_up(server, tunnel, patience != FOR_REST);
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
  return left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
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
    } else if (token < LISTENERS_MAX + SOURCES_MAX) {
      struct source *source = server->sources[token - LISTENERS_MAX];
      source->ready(server, source);
    } else {
      token -= LISTENERS_MAX + SOURCES_MAX;
      struct tunnel *tunnel = &server->tunnels[token / SIDES];
      step(server, tunnel, &tunnel->sides[token % SIDES], events[i].events);
    }
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

int serve(struct server *server) {
  server->now = now();
  while (!server->stopped) {
    if (!serve_round(server)) {
      return -1;
    }
  }
  for (uint32_t i = 0; i < server->tunnel_count; i++) {
    if (server->tunnels[i].state != UNUSED) {
      hang_up(server, &server->tunnels[i], true);
    }
  }
  return 0;
}
