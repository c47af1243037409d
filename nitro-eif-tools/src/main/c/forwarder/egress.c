/* The egress proxy: HTTP CONNECT inside, TZE1 outside. See egress.h. */
#include "egress.h"

#include "proxy_head.h"

#include "../channels/tunnel.h"
#include "../vsock.h"

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

static struct egress *egress_of(const struct tunnel *tunnel) {
  return (struct egress *)tunnel->listener->service; /* which is its first member */
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
  refuse_with(server, tunnel, text, (size_t)length);
}

/* What was asked for is shown only once it is known to be a host and a port. */
static void refuse_destination(struct server *server, struct tunnel *tunnel,
                               struct refusal refusal) {
  const struct destination *asked = &tunnel->request->destination;
  char what[sizeof asked->host + 6];
  snprintf(what, sizeof what, "%s:%u", asked->host, asked->port);
  refuse(server, tunnel, what, refusal);
}

static void refuse_unserved(struct server *server, struct tunnel *tunnel) {
  const struct egress *egress = egress_of(tunnel);
  uint32_t port = egress->parents[0].port;
  char text[96];
  const char *why = text;
  if (egress->parent >= 0) {
    why = "the parent instance no longer offers egress";
  } else if (port == 0) {
    why = "no host offers egress on vsock port 9002, and no parent instance was asked: "
          "/dev/vsock tells no CID";
  } else {
    snprintf(text, sizeof text,
             "no parent instance offers egress on vsock port %u, and no host on 9002", port);
  }
  refuse_destination(server, tunnel, (struct refusal){"502 Bad Gateway", why});
}

static void call_parent(struct server *server, struct tunnel *tunnel) {
  const struct egress *egress = egress_of(tunnel);
  int called = 0;
  tunnel->request->phase = CALLING;
  await(server, tunnel, FOR_ANSWER);
  watch(server, tunnel, &tunnel->sides[0], 0);
  for (int which = 0; which < PARENTS; which++) {
    bool tried = egress->parents[which].port != 0 && (egress->parent < 0 || egress->parent == which);
    int descriptor =
        tried ? connect_to_parent(egress->parents[which].cid, egress->parents[which].port) : -1;
    if (descriptor >= 0) {
      attach(server, tunnel, &tunnel->sides[1 + which], descriptor, EPOLLOUT);
      called++;
    }
  }
  if (called == 0) {
    refuse_unserved(server, tunnel);
  }
}

static void read_head(struct server *server, struct tunnel *tunnel) {
  const struct egress *egress = egress_of(tunnel);
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
    tunnel->request->destination = request.destination;
    if (destination_is_listed(&request.destination, egress->allowed, egress->allowed_count)) {
      call_parent(server, tunnel);
    } else {
      refuse_destination(server, tunnel,
                         (struct refusal){"403 Forbidden", "not in this image's list"});
    }
    break;
  }
}

static void send_request(struct server *server, struct tunnel *tunnel) {
  uint8_t request[PARENT_REQUEST_MAX];
  size_t length = parent_request_write(&tunnel->request->destination, request);
  put(server, &tunnel->sides[tunnel->far], request, length);
  tunnel->request->phase = AWAITING;
  tunnel->request->answer_length = 0;
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
    refuse_unserved(server, tunnel);
    return;
  }
  tunnel->far = (int)(side - tunnel->sides);
  egress_of(tunnel)->parent = tunnel->far - 1;
  for (int i = 1; i < SIDES; i++) {
    if (i != tunnel->far) {
      detach(server, &tunnel->sides[i]);
    }
  }
  send_request(server, tunnel);
  watch(server, tunnel, side, EPOLLIN | EPOLLOUT);
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
    /* The workload hears so before it hears from the destination. */
    put(server, &tunnel->sides[0], established, sizeof established - 1);
    open_tunnel(server, tunnel);
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
  struct request *request = tunnel->request;
  ssize_t got = recv(side->descriptor, request->answer + request->answer_length,
                     PARENT_ANSWER - request->answer_length, 0);
  if (got < 0 && would_wait()) {
    watch(server, tunnel, side, EPOLLIN | (side->out.buffer != NULL ? EPOLLOUT : 0u));
    return;
  }
  request->answer_length += got > 0 ? (size_t)got : 0;
  if (got <= 0 || side->out.buffer != NULL) {
    take_answer(server, tunnel, PARENT_NO_ANSWER);
  } else if (request->answer_length == PARENT_ANSWER) {
    take_answer(server, tunnel, parent_answer_read(request->answer));
  } else {
    watch(server, tunnel, side, EPOLLIN);
  }
}

static void begin_request(struct server *server, struct tunnel *tunnel,
                          const struct sockaddr *peer) {
  (void)peer;
  tunnel->request->phase = ASKED;
  buffers_take(&server->buffers, &tunnel->early);
  await(server, tunnel, FOR_REQUEST);
  watch(server, tunnel, &tunnel->sides[0], EPOLLIN);
}

static void step_request(struct server *server, struct tunnel *tunnel, struct side *side) {
  switch (tunnel->request->phase) {
  case ASKED:
    read_head(server, tunnel);
    break;
  case CALLING:
    step_call(server, tunnel, side);
    break;
  case AWAITING:
    await_answer(server, tunnel, side);
    break;
  }
}

static void give_up_request(struct server *server, struct tunnel *tunnel) {
  if (tunnel->request->phase == ASKED) {
    refuse(server, tunnel, "no request",
           (struct refusal){"408 Request Timeout", "it took too long to come"});
  } else {
    refuse_destination(
        server, tunnel,
        (struct refusal){"504 Gateway Timeout", "the parent instance took too long to answer"});
  }
}

int egress_prepare(struct server *server, struct egress *egress, struct places *places) {
  egress->service = (struct service){
      .begin = begin_request, .step = step_request, .give_up = give_up_request};
  /* Both are tried at once: no enclave is told where it runs. */
  egress->parents[0].cid = VSOCK_CID_PARENT;
  egress->parents[0].port = parent_port(own_cid());
  egress->parents[1].cid = VSOCK_CID_HOST;
  egress->parents[1].port = HOST_PORT;
  egress->parent = -1;
  return server_fill(server, places, server->limits.egress, sizeof(struct request));
}
