/* The agent's event loop. See server.h; docs/enclave-init.md says what it promises. */
#include "server.h"

#include "frame.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REMOTE_CONNECTIONS 64
#define LOCAL_CONNECTIONS 16
#define CONNECTIONS (REMOTE_CONNECTIONS + LOCAL_CONNECTIONS)
#define ACCEPTS_A_ROUND 8

/* Milliseconds. */
#define TO_SEND_A_FRAME 10000
#define TO_TAKE_AN_ANSWER 10000
#define TO_HANG_UP 2000
#define TO_GATHER_MEMORY 100
#define NEVER INT64_MAX

/* What a peer may still send after its last answer, before it is cut off. */
#define SURPLUS_MAX 4096

enum state {
  UNUSED = 0,
  READING,
  WRITING,
  ENDING, /* the last answer is written; the peer hangs up first, so that none is lost on the way */
};

struct connection {
  int descriptor;
  enum state state;
  bool local;
  bool last; /* the answer being written ends the connection */
  int64_t deadline;
  uint64_t age; /* a greater one was accepted later */
  size_t have;  /* of the frame, or of the surplus */
  size_t out_length, written;
  uint8_t in[LOCAL_FRAME_MAX];
  uint8_t out[ANSWER_HEAD + NSM_RESPONSE_MAX];
};

/* A token bucket: so many at once, and one more each `interval` milliseconds. */
struct bucket {
  int tokens, size;
  int64_t interval, last;
};

/* What documents carry that others ask for. Only the holder's connection may set it. */
struct registration {
  size_t public_key_length, user_data_length;
  uint8_t public_key[NSM_PUBLIC_KEY_MAX];
  uint8_t user_data[NSM_USER_DATA_MAX];
};

struct server {
  int nsm, remote, local;
  uid_t workload;
  uint64_t accepted;
  int64_t accepts_from; /* none is accepted before, since the last attempt failed */
  struct connection *holder;
  bool held; /* there is or was a holder; there will not be another */
  struct registration registered;
  struct bucket remote_rate, local_rate, holder_rate;
  struct connection connections[CONNECTIONS]; /* the local ones first */
  uint8_t response[NSM_RESPONSE_MAX];
};

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static bool take_token(struct bucket *bucket) {
  int64_t time = now();
  int64_t earned = (time - bucket->last) / bucket->interval;
  if (earned >= bucket->size - bucket->tokens) {
    bucket->tokens = bucket->size;
    bucket->last = time;
  } else {
    bucket->tokens += (int)earned;
    bucket->last += earned * bucket->interval;
  }
  if (bucket->tokens == 0) {
    return false;
  }
  bucket->tokens--;
  return true;
}

static void hang_up(struct server *server, struct connection *connection) {
  close(connection->descriptor);
  connection->state = UNUSED;
  if (connection == server->holder) {
    server->holder = NULL;
    memset(&server->registered, 0, sizeof server->registered);
  }
}

/* Answers. */

static void answer(struct connection *connection, enum status status, struct bytes content) {
  const char *magic = connection->local ? LOCAL_MAGIC : REMOTE_MAGIC;
  answer_head(connection->out, magic, status, content.length);
  if (content.length > 0) {
    memcpy(connection->out + ANSWER_HEAD, content.at, content.length);
  }
  connection->out_length = ANSWER_HEAD + content.length;
  connection->written = 0;
  connection->state = WRITING;
  connection->deadline = now() + TO_TAKE_AN_ANSWER;
}

static void refuse(struct connection *connection, enum status status) {
  answer(connection, status, (struct bytes){0});
}

static void answer_result(struct connection *connection, enum nsm_result result,
                          struct bytes content) {
  if (result == NSM_OK) {
    answer(connection, STATUS_OK, content);
  } else {
    refuse(connection, STATUS_NSM_FAILED);
  }
}

static void answer_document(struct server *server, struct connection *connection,
                            struct bytes nonce, struct bytes public_key, struct bytes user_data) {
  struct bytes document;
  enum nsm_result result =
      nsm_attestation(server->nsm, nonce, user_data, public_key, server->response, &document);
  answer_result(connection, result, document);
}

static void answer_registered(struct server *server, struct connection *connection,
                              struct bytes nonce) {
  const struct registration *registered = &server->registered;
  answer_document(server, connection, nonce,
                  (struct bytes){registered->public_key, registered->public_key_length},
                  (struct bytes){registered->user_data, registered->user_data_length});
}

static void answer_pcr(struct server *server, struct connection *connection, uint8_t index) {
  bool locked;
  struct bytes value;
  enum nsm_result result =
      nsm_describe_pcr(server->nsm, index, server->response, &locked, &value);
  uint8_t content[1 + 64];
  if (result != NSM_OK || value.length > sizeof content - 1) {
    refuse(connection, STATUS_NSM_FAILED);
    return;
  }
  content[0] = locked;
  memcpy(content + 1, value.at, value.length);
  answer(connection, STATUS_OK, (struct bytes){content, 1 + value.length});
}

static void set_registration(struct server *server, const struct local_request *request) {
  struct registration *registered = &server->registered;
  registered->public_key_length = request->public_key.length;
  registered->user_data_length = request->user_data.length;
  memcpy(registered->public_key, request->public_key.at, request->public_key.length);
  memcpy(registered->user_data, request->user_data.at, request->user_data.length);
}

static bool for_the_holder(enum kind kind) {
  return kind == KIND_REGISTER || kind == KIND_ATTEST_WITH || kind == KIND_EXTEND ||
         kind == KIND_LOCK;
}

static void answer_local(struct server *server, struct connection *connection) {
  struct local_request request;
  if (!local_frame_read(connection->in, &request)) {
    connection->last = true;
    refuse(connection, STATUS_BAD_REQUEST);
    return;
  }
  if (request.kind == KIND_REGISTER && !server->held) {
    server->held = true;
    server->holder = connection;
  }
  bool holder = connection == server->holder;
  if (for_the_holder(request.kind) && !holder) {
    refuse(connection, STATUS_NOT_HOLDER);
    return;
  }
  if (request.kind == KIND_REGISTER) {
    set_registration(server, &request);
    answer(connection, STATUS_OK, (struct bytes){0});
    return;
  }
  if (!take_token(holder ? &server->holder_rate : &server->local_rate)) {
    refuse(connection, STATUS_TRY_LATER);
    return;
  }
  struct bytes content = {0};
  enum nsm_result result;
  switch (request.kind) {
  case KIND_REGISTER: /* above */
    break;
  case KIND_ATTEST:
    answer_registered(server, connection, request.nonce);
    break;
  case KIND_ATTEST_WITH:
    answer_document(server, connection, request.nonce, request.public_key, request.user_data);
    break;
  case KIND_RANDOM:
    result = nsm_random(server->nsm, server->response, &content);
    answer_result(connection, result, content);
    break;
  case KIND_DESCRIBE:
    answer_pcr(server, connection, request.index);
    break;
  case KIND_EXTEND:
    result = nsm_extend_pcr(server->nsm, request.index, request.user_data, server->response,
                            &content);
    answer_result(connection, result, content);
    break;
  case KIND_LOCK:
    result = nsm_lock_pcr(server->nsm, request.index, server->response);
    answer_result(connection, result, content);
    break;
  }
}

/* Somebody outside chooses a nonce, and nothing else. */
static void answer_remote(struct server *server, struct connection *connection) {
  struct bytes nonce;
  connection->last = true;
  if (!remote_frame_read(connection->in, &nonce)) {
    refuse(connection, STATUS_BAD_REQUEST);
  } else if (!take_token(&server->remote_rate)) {
    refuse(connection, STATUS_TRY_LATER);
  } else {
    answer_registered(server, connection, nonce);
  }
}

/* Connections. Each step does what can be done without waiting. */

static bool would_wait(void) { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

static void write_answer(struct server *server, struct connection *connection) {
  while (connection->written < connection->out_length) {
    ssize_t sent = send(connection->descriptor, connection->out + connection->written,
                        connection->out_length - connection->written, MSG_NOSIGNAL);
    if (sent < 0) {
      if (!would_wait()) {
        hang_up(server, connection);
      }
      return;
    }
    connection->written += (size_t)sent;
  }
  connection->have = 0;
  connection->state = connection->last ? ENDING : READING;
  connection->deadline = connection->last ? now() + TO_HANG_UP : NEVER;
}

static size_t frame_length(const struct connection *connection) {
  return connection->local ? local_frame_length(connection->in, connection->have)
                           : remote_frame_length(connection->in, connection->have);
}

/* Reads up to the end of one frame and never beyond, and answers it when it is complete. */
static void read_frame(struct server *server, struct connection *connection) {
  for (;;) {
    size_t length = frame_length(connection);
    if (length == 0) {
      connection->last = true;
      refuse(connection, STATUS_BAD_REQUEST);
      break;
    }
    size_t head = connection->local ? LOCAL_HEAD : REMOTE_HEAD;
    if (connection->have == length && connection->have >= head) {
      if (connection->local) {
        answer_local(server, connection);
      } else {
        answer_remote(server, connection);
      }
      break;
    }
    ssize_t received = recv(connection->descriptor, connection->in + connection->have,
                            length - connection->have, 0);
    if (received <= 0) {
      if (received == 0 || !would_wait()) {
        hang_up(server, connection);
      }
      return;
    }
    if (connection->deadline == NEVER) {
      connection->deadline = now() + TO_SEND_A_FRAME;
    }
    connection->have += (size_t)received;
  }
  write_answer(server, connection);
}

static void await_end(struct server *server, struct connection *connection) {
  ssize_t received = recv(connection->descriptor, connection->in, sizeof connection->in, 0);
  if (received > 0) {
    connection->have += (size_t)received;
  }
  if (received == 0 || connection->have > SURPLUS_MAX || (received < 0 && !would_wait())) {
    hang_up(server, connection);
  }
}

static void step(struct server *server, struct connection *connection) {
  switch (connection->state) {
  case UNUSED:
    break;
  case READING:
    read_frame(server, connection);
    break;
  case WRITING:
    write_answer(server, connection);
    break;
  case ENDING:
    await_end(server, connection);
    break;
  }
}

/* Tells a peer whose place is taken to come back; if it does not hear that, it is none the worse. */
static void turn_away(struct connection *connection) {
  refuse(connection, STATUS_TRY_LATER);
  send(connection->descriptor, connection->out, connection->out_length, MSG_NOSIGNAL);
}

/*
 * The place for a new connection: an unused one, or that of the connection which it costs least:
 * one whose answer is out, else the oldest that has not asked yet, else the oldest. The holder's
 * is never taken.
 */
static struct connection *make_room(struct server *server, struct connection *first, int count) {
  static const int cost[] = {[UNUSED] = 0, [ENDING] = 1, [READING] = 2, [WRITING] = 3};
  struct connection *best = NULL;
  for (struct connection *each = first; each < first + count; each++) {
    if (each == server->holder) {
      continue;
    }
    if (best == NULL || cost[each->state] < cost[best->state] ||
        (cost[each->state] == cost[best->state] && each->age < best->age)) {
      best = each;
    }
  }
  if (best->state == READING) {
    turn_away(best);
  }
  if (best->state != UNUSED) {
    hang_up(server, best);
  }
  return best;
}

static bool is_workload(int descriptor, uid_t workload) {
  struct ucred peer;
  socklen_t length = sizeof peer;
  return getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
         peer.uid == workload;
}

static void accept_some(struct server *server, bool local) {
  struct connection *first = server->connections + (local ? 0 : LOCAL_CONNECTIONS);
  int count = local ? LOCAL_CONNECTIONS : REMOTE_CONNECTIONS;
  for (int i = 0; i < ACCEPTS_A_ROUND; i++) {
    int descriptor = accept4(local ? server->local : server->remote, NULL, NULL,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
      /* Its peer waits on; asking for it at once, and again, would keep the processor busy. */
      if (!would_wait() && errno != ECONNABORTED) {
        server->accepts_from = now() + TO_GATHER_MEMORY;
      }
      return;
    }
    struct connection *connection = make_room(server, first, count);
    connection->descriptor = descriptor;
    connection->state = READING;
    connection->local = local;
    connection->last = false;
    connection->deadline = local ? NEVER : now() + TO_SEND_A_FRAME;
    connection->age = ++server->accepted;
    connection->have = 0;
    if (local && !is_workload(descriptor, server->workload)) {
      connection->last = true;
      refuse(connection, STATUS_NOT_WORKLOAD);
      write_answer(server, connection);
    }
  }
}

/* The holder may take its time, for its place is its own; unless it has sent what is no request. */
static int64_t deadline(const struct server *server, const struct connection *connection) {
  bool in_no_hurry = connection == server->holder && connection->state != ENDING;
  return connection->state == UNUSED || in_no_hurry ? NEVER : connection->deadline;
}

static void hang_up_late(struct server *server) {
  int64_t time = now();
  for (int i = 0; i < CONNECTIONS; i++) {
    if (deadline(server, &server->connections[i]) <= time) {
      hang_up(server, &server->connections[i]);
    }
  }
}

/* How long poll may take: until the next deadline, or until accepting may be tried again. */
static int patience(const struct server *server, bool accepting) {
  int64_t next = accepting ? NEVER : server->accepts_from;
  for (int i = 0; i < CONNECTIONS; i++) {
    int64_t each = deadline(server, &server->connections[i]);
    next = each < next ? each : next;
  }
  if (next == NEVER) {
    return -1;
  }
  int64_t left = next - now();
  return left < 0 ? 0 : (int)left;
}

/* One wait, and one step of whatever can be done after it. Returns false if waiting failed. */
static bool serve_round(struct server *server) {
  struct pollfd polled[CONNECTIONS + 2];
  for (int i = 0; i < CONNECTIONS; i++) {
    const struct connection *each = &server->connections[i];
    polled[i].fd = each->state == UNUSED ? -1 : each->descriptor;
    polled[i].events = each->state == WRITING ? POLLOUT : POLLIN;
  }
  struct pollfd *local = polled + CONNECTIONS;
  struct pollfd *remote = local + 1;
  bool accepting = server->accepts_from <= now();
  *local = (struct pollfd){.fd = accepting ? server->local : -1, .events = POLLIN};
  *remote = (struct pollfd){.fd = accepting ? server->remote : -1, .events = POLLIN};
  if (poll(polled, CONNECTIONS + 2, patience(server, accepting)) < 0) {
    return errno == EINTR;
  }
  for (int i = 0; i < CONNECTIONS; i++) {
    if (polled[i].revents != 0) {
      step(server, &server->connections[i]);
    }
  }
  hang_up_late(server);
  if (local->revents != 0) {
    accept_some(server, true);
  }
  if (remote->revents != 0) {
    accept_some(server, false);
  }
  return true;
}

void serve(int nsm, int remote, int local, uid_t workload) {
  static struct server server; /* too much for a stack; unused pages of it cost nothing */
  int64_t start = now();
  server.nsm = nsm;
  server.remote = remote;
  server.local = local;
  server.workload = workload;
  server.remote_rate = (struct bucket){.tokens = 32, .size = 32, .interval = 62, .last = start};
  server.local_rate = (struct bucket){.tokens = 64, .size = 64, .interval = 31, .last = start};
  server.holder_rate = (struct bucket){.tokens = 64, .size = 64, .interval = 15, .last = start};
  while (serve_round(&server)) {
    /* for as long as the enclave lives */
  }
}
