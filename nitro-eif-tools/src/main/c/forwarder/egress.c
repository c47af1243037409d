/* The egress proxy: HTTP CONNECT inside, TZE1 outside. See egress.h. */
#include "egress.h"

#include "proxy_head.h"
#include "tunnel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static const char established[] = "HTTP/1.1 200 Connection established\r\n\r\n";

/* What the workload is told: the status, and perhaps a header with it; and what became of it. */
struct refusal {
  const char *status, *why;
};

static void fill(struct waiting *out, const char *text, size_t length) {
  memcpy(out->buffer->bytes, text, length);
  out->to = length;
}

/* Once an error's answer is out the workload hangs up first, so that it loses none of it. */
static void end_request(struct server *server, struct tunnel *tunnel) {
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

static void refuse(struct server *server, struct tunnel *tunnel, const char *what,
                   struct refusal refusal) {
  char line[HOST_MAX + 128];
  snprintf(line, sizeof line, "%s: %s", what, refusal.why);
  char text[2 * sizeof line + 256];
  int length = snprintf(text, sizeof text,
                        "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"
                        "Connection: close\r\nX-Treza-Egress: %s\r\n\r\n%s\n",
                        refusal.status, strlen(line) + 1, line, line);
  for (int i = 1; i < SIDES; i++) {
    detach(server, &tunnel->sides[i]);
  }
  buffers_give_back(&server->buffers, &tunnel->early);
  buffers_take(&server->buffers, &tunnel->sides[0].out);
  fill(&tunnel->sides[0].out, text, (size_t)length);
  tunnel->state = REFUSING;
  await(server, tunnel, FOR_END);
  end_request(server, tunnel);
}

/* What was asked for is shown only once it is known to be a host and a port. */
static void refuse_destination(struct server *server, struct tunnel *tunnel,
                               struct refusal refusal) {
  char what[sizeof tunnel->destination.host + 6];
  snprintf(what, sizeof what, "%s:%u", tunnel->destination.host, tunnel->destination.port);
  refuse(server, tunnel, what, refusal);
}

static void call_parent(struct server *server, struct tunnel *tunnel) {
  int called = 0;
  tunnel->state = CALLING;
  await(server, tunnel, FOR_PARENT);
  watch(server, tunnel, &tunnel->sides[0], 0);
  for (int which = 0; which < PARENTS; which++) {
    bool tried = server->parent < 0 || server->parent == which;
    int descriptor = tried ? connect_to_parent(which) : -1;
    if (descriptor >= 0) {
      attach(server, tunnel, &tunnel->sides[1 + which], descriptor, EPOLLOUT);
      called++;
    }
  }
  if (called == 0) {
    refuse_destination(
        server, tunnel,
        (struct refusal){"502 Bad Gateway", "the parent instance offers no egress"});
  }
}

static void read_head(struct server *server, struct tunnel *tunnel) {
  struct waiting *early = &tunnel->early;
  ssize_t got = recv(tunnel->sides[0].descriptor, early->buffer->bytes + early->to,
                     BUFFER_SIZE - early->to, 0);
  if (got <= 0) {
    if (got == 0 || !would_wait()) {
      hang_up(server, tunnel, got != 0);
    }
    return;
  }
  early->to += (size_t)got;
  struct proxy_request request;
  switch (proxy_head_read((const char *)early->buffer->bytes, early->to, &request)) {
  case PROXY_HEAD_INCOMPLETE:
    break;
  case PROXY_HEAD_MALFORMED:
    refuse(server, tunnel, "malformed request", (struct refusal){"400 Bad Request", request.wrong});
    break;
  case PROXY_HEAD_OTHER_METHOD:
    refuse(server, tunnel, "refused",
           (struct refusal){"405 Method Not Allowed\r\nAllow: CONNECT",
                            "this proxy takes CONNECT only, as clients use for https"});
    break;
  case PROXY_HEAD_COMPLETE:
    early->from = request.length;
    tunnel->destination = request.destination;
    if (destination_is_listed(&request.destination, server->allowed, server->allowed_count)) {
      call_parent(server, tunnel);
    } else {
      refuse_destination(server, tunnel,
                         (struct refusal){"403 Forbidden", "not in this image's list"});
    }
    break;
  }
}

static void send_request(struct server *server, struct tunnel *tunnel) {
  struct side *far = &tunnel->sides[tunnel->far];
  buffers_take(&server->buffers, &far->out);
  far->out.to = parent_request_write(&tunnel->destination, far->out.buffer->bytes);
  tunnel->state = AWAITING;
  tunnel->answer_length = 0;
}

/* An address of the parent has answered, or has not. */
static void step_call(struct server *server, struct tunnel *tunnel, struct side *side) {
  if (!is_connected(side)) {
    detach(server, side);
    for (int i = 1; i < SIDES; i++) {
      if (tunnel->sides[i].descriptor >= 0) {
        return;
      }
    }
    refuse_destination(
        server, tunnel,
        (struct refusal){"502 Bad Gateway", "the parent instance offers no egress"});
    return;
  }
  tunnel->far = (int)(side - tunnel->sides);
  server->parent = tunnel->far - 1;
  for (int i = 1; i < SIDES; i++) {
    if (i != tunnel->far) {
      detach(server, &tunnel->sides[i]);
    }
  }
  send_request(server, tunnel);
  watch(server, tunnel, side, EPOLLIN | EPOLLOUT);
}

/* The destination is connected: the workload hears so first, and what it sent early goes there. */
static void connect_through(struct server *server, struct tunnel *tunnel) {
  struct side *near = &tunnel->sides[0];
  buffers_take(&server->buffers, &near->out);
  fill(&near->out, established, sizeof established - 1);
  if (tunnel->early.from < tunnel->early.to) {
    tunnel->sides[tunnel->far].out = tunnel->early;
    tunnel->early.buffer = NULL;
  } else {
    buffers_give_back(&server->buffers, &tunnel->early);
  }
  open_tunnel(server, tunnel);
}

static void take_answer(struct server *server, struct tunnel *tunnel, enum parent_status status) {
  static const struct refusal refusals[] = {
      [PARENT_CONNECTED] = {0},
      [PARENT_MALFORMED] = {"502 Bad Gateway", "the parent instance did not take the request"},
      [PARENT_NOT_LISTED] = {"403 Forbidden", "refused by the parent instance"},
      [PARENT_NAME_NOT_FOUND] = {"502 Bad Gateway", "the parent instance did not find the name"},
      [PARENT_REFUSED] = {"502 Bad Gateway", "refused the connection"},
      [PARENT_UNREACHABLE] = {"504 Gateway Timeout", "the parent instance did not reach it"},
      [PARENT_TOO_MANY] = {"503 Service Unavailable",
                           "the parent instance has too many connections"},
      [PARENT_NO_ANSWER] = {"502 Bad Gateway", "the parent instance gave no valid answer"},
  };
  if (status == PARENT_CONNECTED) {
    connect_through(server, tunnel);
  } else {
    refuse_destination(server, tunnel, refusals[status]);
  }
}

/* Reads the answer and nothing after it, which is the destination's. */
static void await_answer(struct server *server, struct tunnel *tunnel, struct side *side) {
  if (!flush(server, side)) {
    take_answer(server, tunnel, PARENT_NO_ANSWER);
    return;
  }
  ssize_t got = recv(side->descriptor, tunnel->answer + tunnel->answer_length,
                     PARENT_ANSWER - tunnel->answer_length, 0);
  if (got < 0 && would_wait()) {
    watch(server, tunnel, side, EPOLLIN | (side->out.buffer != NULL ? EPOLLOUT : 0u));
    return;
  }
  tunnel->answer_length += got > 0 ? (size_t)got : 0;
  if (got <= 0 || side->out.buffer != NULL) {
    take_answer(server, tunnel, PARENT_NO_ANSWER);
  } else if (tunnel->answer_length == PARENT_ANSWER) {
    take_answer(server, tunnel, parent_answer_read(tunnel->answer));
  } else {
    watch(server, tunnel, side, EPOLLIN);
  }
}

void begin_request(struct server *server, struct tunnel *tunnel) {
  tunnel->state = ASKED;
  buffers_take(&server->buffers, &tunnel->early);
  await(server, tunnel, FOR_HEAD);
  watch(server, tunnel, &tunnel->sides[0], EPOLLIN);
}

void step_request(struct server *server, struct tunnel *tunnel, struct side *side,
                  uint32_t events) {
  if (side->interest == 0) {
    if (outlives(side, events)) {
      watch(server, tunnel, side, 0);
    } else {
      hang_up(server, tunnel, true);
    }
  } else if (tunnel->state == ASKED) {
    read_head(server, tunnel);
  } else if (tunnel->state == CALLING) {
    step_call(server, tunnel, side);
  } else if (tunnel->state == AWAITING) {
    await_answer(server, tunnel, side);
  } else if (side->out.buffer != NULL) {
    end_request(server, tunnel);
  } else if (!discard(server, side)) {
    hang_up(server, tunnel, false);
  }
}

void give_up_request(struct server *server, struct tunnel *tunnel) {
  if (tunnel->state == ASKED) {
    refuse(server, tunnel, "no request",
           (struct refusal){"408 Request Timeout", "it took too long to come"});
  } else {
    refuse_destination(
        server, tunnel,
        (struct refusal){"504 Gateway Timeout", "the parent instance took too long to answer"});
  }
}
