/*
 * The forwarder's state, and its event loop. One thread serves all connections, and no step of it
 * waits; docs/enclave-init.md says what it promises.
 */
#ifndef TREZA_FORWARDER_SERVER_H
#define TREZA_FORWARDER_SERVER_H

#include "buffers.h"
#include "destination.h"
#include "endpoints.h"
#include "limits.h"
#include "parent_frame.h"

#define LISTENERS_MAX (PORTS_MAX + 1)
#define TUNNELS_MAX (INGRESS_MAX + EGRESS_MAX)
#define SIDES (1 + PARENTS)

/* One end of a tunnel. */
struct side {
  int descriptor;        /* -1: there is none */
  uint32_t interest;     /* what it is watched for */
  bool watched;          /* whether it is watched at all, if for nothing but errors */
  bool ended;            /* nothing more comes from it */
  bool finished;         /* it has been told that nothing more comes */
  struct waiting out;    /* what is still to be written to it */
};

enum state {
  UNUSED = 0,
  JOINING,  /* ingress: the workload has not taken the connection yet */
  ASKED,    /* egress: the workload is sending what it wants */
  CALLING,  /* egress: the parent has not taken the connection yet */
  AWAITING, /* egress: the parent has not answered yet */
  OPEN,     /* bytes go both ways */
  REFUSING  /* egress: an error's answer is on its way to the workload */
};

/* What a tunnel waits for, and so how long; all that wait for the same form a queue. */
enum patience { FOR_HEAD, FOR_JOIN, FOR_PARENT, FOR_BYTES, FOR_REST, FOR_END, PATIENCES };

/* Two connections, of which one leads out of the enclave and one to its workload. */
struct tunnel {
  enum state state;
  bool egress;
  enum patience patience;
  int64_t deadline;
  struct tunnel *before, *after; /* in the queue, or among the unused ones */
  struct side sides[SIDES];      /* who connected, and to whom it is connected: or may be */
  int far;                       /* which of these it is, once that is known */
  struct waiting early;          /* egress: the request's head and what came with it */
  struct destination destination;
  uint8_t answer[PARENT_ANSWER];
  size_t answer_length;
};

struct listener {
  int descriptor;
  uint16_t port; /* the vsock port; 0: the workload's proxy */
  bool watched, ready;
};

struct queue {
  struct tunnel *first, *last;
};

struct server {
  int epoll;
  int64_t now;          /* when this round began */
  int64_t accepts_from; /* none is accepted before, since the last attempt failed */
  int parent;           /* which address of the parent answered; -1 before one did */
  int listener_count;
  struct listener listeners[LISTENERS_MAX];
  size_t allowed_count;
  struct destination allowed[HOSTS_MAX];
  struct buffers buffers;
  uint8_t scratch[BUFFER_SIZE];
  struct queue queues[PATIENCES];
  struct tunnel *unused[2]; /* of ingress and of egress */
  struct tunnel tunnels[TUNNELS_MAX];
};

/* Makes what system calls it takes that serving does not. Returns 0, or -1 with errno. */
int server_prepare(struct server *server);

/* Adds a listener, unless the descriptor is -1. Returns it. */
int server_listen(struct server *server, int descriptor, uint16_t port);

/* Serves. Returns only if waiting failed, with errno. */
void serve(struct server *server);

#endif
