/* Reads what the enclave wants, finds where it is, connects. See egress.h. */
#include "egress.h"

#include "endpoints.h"
#include "tcp.h"

#include "../channels/tunnel.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

/* What an enclave asks for, while its tunnel begins. */
struct request {
  enum { ASKED, NAMING, DIALING } phase;
  struct destination destination;
  int64_t deadline; /* for all that it takes to answer */
  int next, count;  /* of the endpoints, those still to be tried */
  struct endpoint endpoints[TRIED_MAX];
};

static struct egress *egress_of(const struct tunnel *tunnel) {
  return (struct egress *)tunnel->listener->service; /* which is its first member */
}

static void refuse(struct server *server, struct tunnel *tunnel, enum parent_status status) {
  uint8_t answer[PARENT_ANSWER];
  parent_answer_write(status, answer);
  refuse_with(server, tunnel, answer, sizeof answer);
}

/*
 * Tries the next endpoint, or gives up for this reason. The time is shared out among those that are
 * left, so that one that swallows all packets leaves some for the others.
 */
static void dial(struct server *server, struct tunnel *tunnel, enum parent_status otherwise) {
  struct request *request = tunnel->request;
  struct side *far = &tunnel->sides[1];
  detach(server, far);
  request->phase = DIALING;
  while (request->next < request->count) {
    int left = request->count - request->next;
    int descriptor = tcp_connect(&request->endpoints[request->next++]);
    if (descriptor >= 0) {
      await_for(server, tunnel, FOR_ANSWER, (request->deadline - server->now) / left);
      attach(server, tunnel, far, descriptor, EPOLLOUT);
      return;
    }
    otherwise = errno == ECONNREFUSED ? PARENT_REFUSED : PARENT_UNREACHABLE;
  }
  refuse(server, tunnel, otherwise);
}

/* DNS is not the operator: it must not open what he did not name. */
static bool may_be(const struct egress *egress, const struct endpoint *endpoint) {
  enum address_kind kind = address_kind(&endpoint->address);
  if (kind == ADDRESS_PUBLIC || (kind == ADDRESS_PRIVATE && egress->private_names)) {
    return true;
  }
  struct destination itself = {.port = endpoint->port};
  address_write(&endpoint->address, itself.host);
  return destination_is_listed(&itself, egress->allowed, egress->allowed_count);
}

static void dial_found(struct server *server, struct tunnel *tunnel, const struct found *found) {
  struct request *request = tunnel->request;
  for (int i = 0; i < found->count && request->count < TRIED_MAX; i++) {
    const struct endpoint endpoint = {found->addresses[i], request->destination.port};
    if (may_be(egress_of(tunnel), &endpoint)) {
      request->endpoints[request->count++] = endpoint;
    }
  }
  dial(server, tunnel,
       found->late         ? PARENT_UNREACHABLE
       : found->count == 0 ? PARENT_NAME_NOT_FOUND
                           : PARENT_NOT_LISTED);
}

static void ask_some(struct server *server, struct names *names) {
  for (struct tunnel *each = server->queues[FOR_ANSWER].first; each != NULL; each = each->after) {
    const char *name = each->request->destination.host;
    if (each->request->phase == NAMING && !names_is_asked(names, name) &&
        !names_ask(names, name)) {
      return;
    }
  }
}

static void take_found(struct server *server, struct names *names, const char *name,
                       const struct found *found) {
  struct tunnel *next;
  for (struct tunnel *each = server->queues[FOR_ANSWER].first; each != NULL; each = next) {
    next = each->after; /* each is about to wait in another place */
    if (each->request->phase == NAMING && strcmp(each->request->destination.host, name) == 0) {
      dial_found(server, each, found);
    }
  }
  ask_some(server, names);
}

/* Where it is without asking: an address, or a host of which the operator says it. */
static bool is_known(const struct egress *egress, const struct destination *destination,
                     struct endpoint *endpoint) {
  for (size_t i = 0; i < egress->fixed_count; i++) {
    const struct fixed *fixed = &egress->fixed[i];
    if (destination_is_listed(destination, &fixed->destination, 1)) {
      *endpoint = fixed->endpoint;
      return true;
    }
  }
  endpoint->port = destination->port;
  return address_read(destination->host, &endpoint->address);
}

static void seek(struct server *server, struct tunnel *tunnel) {
  struct egress *egress = egress_of(tunnel);
  struct request *request = tunnel->request;
  request->deadline = server->now + server->limits.answer;
  request->next = request->count = 0;
  watch(server, tunnel, &tunnel->sides[0], 0);
  if (!destination_is_listed(&request->destination, egress->allowed, egress->allowed_count)) {
    refuse(server, tunnel, PARENT_NOT_LISTED);
  } else if (egress->places.left < EGRESS_SPARE) {
    refuse(server, tunnel, PARENT_TOO_MANY);
  } else if (is_known(egress, &request->destination, &request->endpoints[0])) {
    request->count = 1;
    dial(server, tunnel, PARENT_UNREACHABLE);
  } else {
    request->phase = NAMING;
    await(server, tunnel, FOR_ANSWER);
    ask_some(server, &egress->names);
  }
}

static void read_request(struct server *server, struct tunnel *tunnel) {
  struct waiting *early = &tunnel->early;
  ssize_t got = recv(tunnel->sides[0].descriptor, early->buffer->bytes + early->to,
                     BUFFER_SIZE - early->to, 0);
  if (got <= 0) {
    if (got == 0 || !would_wait()) {
      hang_up(server, tunnel, true);
    }
    return;
  }
  early->to += (size_t)got;
  switch (parent_request_read(early->buffer->bytes, early->to, &tunnel->request->destination,
                              &early->from)) {
  case PARENT_REQUEST_INCOMPLETE:
    break;
  case PARENT_REQUEST_MALFORMED:
    refuse(server, tunnel, PARENT_MALFORMED);
    break;
  case PARENT_REQUEST_COMPLETE:
    seek(server, tunnel);
    break;
  }
}

static void begin(struct server *server, struct tunnel *tunnel, const struct sockaddr *peer) {
  tunnel->far = 1;
  tunnel->request->phase = ASKED;
  await(server, tunnel, FOR_REQUEST);
  if (!is_enclave(peer, egress_of(tunnel)->cid)) {
    hang_up(server, tunnel, true);
    return;
  }
  buffers_take(&server->buffers, &tunnel->early);
  watch(server, tunnel, &tunnel->sides[0], EPOLLIN);
}

static void step(struct server *server, struct tunnel *tunnel, struct side *side) {
  uint8_t answer[PARENT_ANSWER];
  if (tunnel->request->phase == ASKED) {
    read_request(server, tunnel);
  } else if (is_connected(side)) {
    parent_answer_write(PARENT_CONNECTED, answer);
    put(server, &tunnel->sides[0], answer, sizeof answer);
    open_tunnel(server, tunnel);
  } else {
    dial(server, tunnel, errno == ECONNREFUSED ? PARENT_REFUSED : PARENT_UNREACHABLE);
  }
}

static void give_up(struct server *server, struct tunnel *tunnel) {
  if (tunnel->request->phase == ASKED) {
    hang_up(server, tunnel, true);
  } else if (tunnel->request->phase == NAMING) {
    refuse(server, tunnel, PARENT_UNREACHABLE);
  } else {
    dial(server, tunnel, PARENT_UNREACHABLE);
  }
}

int egress_prepare(struct server *server, struct egress *egress) {
  egress->service =
      (struct service){.begin = begin, .step = step, .give_up = give_up, .turns_away = true};
  egress->names.found = take_found;
  return server_fill(server, &egress->places, server->limits.egress + EGRESS_SPARE,
                     sizeof(struct request));
}
