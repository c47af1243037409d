/* Carries bytes, with back-pressure: it reads only what it has a place for. See tunnel.h. */
#include "tunnel.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* How often one side is read in a round, while others wait. */
#define READS_A_ROUND 4

bool would_wait(void) { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

static void leave_queue(struct server *server, struct tunnel *tunnel) {
  struct queue *queue = &server->queues[tunnel->patience];
  *(tunnel->before == NULL ? &queue->first : &tunnel->before->after) = tunnel->after;
  *(tunnel->after == NULL ? &queue->last : &tunnel->after->before) = tunnel->before;
}

void await_for(struct server *server, struct tunnel *tunnel, enum patience patience, int64_t time) {
  if (tunnel->deadline != 0) {
    leave_queue(server, tunnel);
  }
  tunnel->patience = patience;
  tunnel->deadline = server->now + time;
  /* In the order of deadlines; nearly always at the end, since nearly all wait equally long. */
  struct queue *queue = &server->queues[patience];
  struct tunnel *before = queue->last;
  while (before != NULL && before->deadline > tunnel->deadline) {
    before = before->before;
  }
  tunnel->before = before;
  tunnel->after = before == NULL ? queue->first : before->after;
  *(before == NULL ? &queue->first : &before->after) = tunnel;
  *(tunnel->after == NULL ? &queue->last : &tunnel->after->before) = tunnel;
}

void await(struct server *server, struct tunnel *tunnel, enum patience patience) {
  const int64_t times[PATIENCES] = {
      [FOR_REQUEST] = server->limits.request, [FOR_JOIN] = server->limits.join,
      [FOR_ANSWER] = server->limits.answer,   [FOR_BYTES] = server->limits.idle,
      [FOR_REST] = server->limits.rest,       [FOR_END] = server->limits.end,
  };
  await_for(server, tunnel, patience, times[patience]);
}

static uint64_t token(const struct server *server, const struct tunnel *tunnel,
                      const struct side *side) {
  return LISTENERS_MAX + SOURCES_MAX + (uint64_t)(tunnel - server->tunnels) * SIDES +
         (uint64_t)(side - tunnel->sides);
}

void watch(struct server *server, struct tunnel *tunnel, struct side *side, uint32_t interest) {
  struct epoll_event event = {.events = interest, .data.u64 = token(server, tunnel, side)};
  /* One that has hung up would be reported on for ever. */
  bool watched = interest != 0 || !side->finished;
  if (watched && (!side->watched || side->interest != interest)) {
    epoll_ctl(server->epoll, side->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, side->descriptor,
              &event);
  } else if (!watched && side->watched) {
    epoll_ctl(server->epoll, EPOLL_CTL_DEL, side->descriptor, &event);
  }
  side->watched = watched;
  side->interest = interest;
}

void attach(struct server *server, struct tunnel *tunnel, struct side *side, int descriptor,
            uint32_t interest) {
  static const int on = 1;
  *side = (struct side){.descriptor = descriptor};
  /* Bytes are sent as they come; on a socket of another family it fails, and does no harm. */
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  watch(server, tunnel, side, interest);
}

/* Does nothing to a socket of another family, which has no reset. */
static void have_reset(int descriptor) {
  static const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void reset(int descriptor) {
  have_reset(descriptor);
  close(descriptor);
}

void detach(struct server *server, struct side *side) {
  if (side->descriptor >= 0) {
    close(side->descriptor);
  }
  buffers_give_back(&server->buffers, &side->out);
  *side = (struct side){.descriptor = -1};
}

bool is_connected(const struct side *side) {
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(side->descriptor, SOL_SOCKET, SO_ERROR, &error, &length) < 0) {
    return false;
  }
  errno = error;
  return error == 0;
}

void hang_up(struct server *server, struct tunnel *tunnel, bool broken) {
  for (struct side *side = tunnel->sides; side < tunnel->sides + SIDES; side++) {
    if (broken && side->descriptor >= 0) {
      have_reset(side->descriptor);
    }
    detach(server, side);
  }
  buffers_give_back(&server->buffers, &tunnel->early);
  leave_queue(server, tunnel);
  struct places *places = tunnel->listener->places;
  tunnel->deadline = 0;
  tunnel->state = UNUSED;
  tunnel->after = places->unused;
  places->unused = tunnel;
  places->left++;
}

bool flush(struct server *server, struct side *side) {
  struct waiting *out = &side->out;
  while (out->buffer != NULL) {
    ssize_t sent =
        send(side->descriptor, out->buffer->bytes + out->from, out->to - out->from, MSG_NOSIGNAL);
    if (sent < 0) {
      return would_wait();
    }
    out->from += (size_t)sent;
    if (out->from == out->to) {
      buffers_give_back(&server->buffers, out);
    }
  }
  return true;
}

/* The one side can take no more, while what it has sent may still be on its way to the other. */
static void cut(struct server *server, struct side *from, struct side *to) {
  buffers_give_back(&server->buffers, &to->out);
  from->ended = true;
  to->finished = true;
}

/*
 * Bytes went. A workload that ends may have closed its connection, which TCP does not tell from a
 * half-close, and not every transport passes on; so the rest of such a connection is not waited for
 * as long.
 */
static void note_bytes(struct server *server, struct tunnel *tunnel) {
  bool rest = tunnel->listener->service->short_rest && tunnel->sides[0].finished;
  await(server, tunnel, rest ? FOR_REST : FOR_BYTES);
}

/* Nothing more comes from the one side. Over vsock a peer that has closed takes nothing either. */
static void note_end(struct server *server, struct side *from, struct side *to) {
  from->ended = true;
  if (send(from->descriptor, "", 0, MSG_NOSIGNAL) < 0 && errno == EPIPE) {
    cut(server, to, from);
  }
}

/* Reads from one side and writes to the other until either would have to wait. False: broken. */
static bool pump(struct server *server, struct tunnel *tunnel, struct side *from,
                 struct side *to) {
  for (int i = 0; i < READS_A_ROUND; i++) {
    ssize_t got = recv(from->descriptor, server->scratch, sizeof server->scratch, 0);
    if (got == 0) {
      note_end(server, from, to);
      return true;
    } else if (got < 0) {
      return would_wait();
    }
    note_bytes(server, tunnel);
    ssize_t sent = send(to->descriptor, server->scratch, (size_t)got, MSG_NOSIGNAL);
    if (sent < 0 && errno == EPIPE) {
      cut(server, from, to);
      return true;
    } else if (sent < 0 && !would_wait()) {
      return false;
    }
    size_t left = (size_t)(sent < 0 ? got : got - sent);
    if (left > 0) {
      put(server, to, server->scratch + ((size_t)got - left), left);
    }
    if (left > 0 || (size_t)got < sizeof server->scratch) {
      return true;
    }
  }
  return true;
}

/* Writes what waits for a side. False: broken. */
static bool drain(struct server *server, struct tunnel *tunnel, struct side *from,
                  struct side *to) {
  size_t before = to->out.from;
  bool works = flush(server, to);
  if (!works && errno == EPIPE) {
    cut(server, from, to);
    return true;
  }
  if (to->out.buffer == NULL || to->out.from != before) {
    note_bytes(server, tunnel);
  }
  return works;
}

/* The end of one direction is passed on once everything before it is. */
static void pass_on_end(struct server *server, struct tunnel *tunnel, const struct side *from,
                        struct side *to) {
  if (from->ended && !to->finished && to->out.buffer == NULL) {
    shutdown(to->descriptor, SHUT_WR);
    to->finished = true;
    note_bytes(server, tunnel);
  }
}

static uint32_t wanted(const struct side *side, const struct side *other) {
  bool reads = !side->ended && other->out.buffer == NULL;
  return (reads ? EPOLLIN : 0u) | (side->out.buffer != NULL ? EPOLLOUT : 0u);
}

static void settle(struct server *server, struct tunnel *tunnel) {
  struct side *near = &tunnel->sides[0];
  struct side *far = &tunnel->sides[tunnel->far];
  pass_on_end(server, tunnel, near, far);
  pass_on_end(server, tunnel, far, near);
  if (near->finished && far->finished) {
    hang_up(server, tunnel, false);
    return;
  }
  watch(server, tunnel, near, wanted(near, far));
  watch(server, tunnel, far, wanted(far, near));
}

void put(struct server *server, struct side *side, const void *bytes, size_t length) {
  buffers_take(&server->buffers, &side->out);
  memcpy(side->out.buffer->bytes, bytes, length);
  side->out.to = length;
}

void open_tunnel(struct server *server, struct tunnel *tunnel) {
  struct waiting *early = &tunnel->early;
  if (early->buffer != NULL && early->from < early->to) {
    tunnel->sides[tunnel->far].out = *early;
    early->buffer = NULL;
  }
  buffers_give_back(&server->buffers, early);
  tunnel->state = OPEN;
  await(server, tunnel, FOR_BYTES);
  settle(server, tunnel);
}

bool outlives(struct side *side, uint32_t events) {
  side->finished = side->finished || (events & EPOLLHUP) != 0;
  return (events & EPOLLERR) == 0;
}

void carry(struct server *server, struct tunnel *tunnel, struct side *side, uint32_t events) {
  struct side *near = &tunnel->sides[0];
  struct side *other = side == near ? &tunnel->sides[tunnel->far] : near;
  bool works = side->interest != 0 || outlives(side, events);
  if (works && side->out.buffer != NULL) {
    works = drain(server, tunnel, other, side);
  }
  if (works && (side->interest & EPOLLIN) != 0) {
    works = pump(server, tunnel, side, other);
  }
  if (works) {
    settle(server, tunnel);
  } else {
    hang_up(server, tunnel, true);
  }
}

static void step_end(struct server *server, struct tunnel *tunnel) {
  struct side *near = &tunnel->sides[0];
  if (!flush(server, near)) {
    hang_up(server, tunnel, true);
    return;
  }
  if (near->out.buffer == NULL && !near->finished) {
    shutdown(near->descriptor, SHUT_WR);
    near->finished = true;
  }
  watch(server, tunnel, near, near->out.buffer == NULL ? EPOLLIN : EPOLLOUT);
}

void refuse_with(struct server *server, struct tunnel *tunnel, const void *bytes, size_t length) {
  for (int i = 1; i < SIDES; i++) {
    detach(server, &tunnel->sides[i]);
  }
  buffers_give_back(&server->buffers, &tunnel->early);
  put(server, &tunnel->sides[0], bytes, length);
  tunnel->state = REFUSING;
  await(server, tunnel, FOR_END);
  step_end(server, tunnel);
}

void step_refusal(struct server *server, struct tunnel *tunnel, const struct side *side) {
  if (side->out.buffer != NULL) {
    step_end(server, tunnel);
    return;
  }
  ssize_t got = recv(side->descriptor, server->scratch, sizeof server->scratch, 0);
  if (got == 0 || (got < 0 && !would_wait())) {
    hang_up(server, tunnel, false);
  }
}
