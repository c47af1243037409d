/*
 * The state of a program that carries connections, and its event loop. One thread serves them all, and
 * no step of it waits. What a connection is for is its service's affair, until it is open.
 */
#ifndef TREZA_SERVER_H
#define TREZA_SERVER_H

#include "buffers.h"
#include "limits.h"

#include <stdbool.h>
#include <sys/socket.h>

#define LISTENERS_MAX (PORTS_MAX + 1)
#define SOURCES_MAX 16
#define SIDES 3

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
  BEGINNING, /* what is done is for the service to say */
  OPEN,      /* bytes go both ways */
  REFUSING   /* the last bytes are on their way to whoever connected */
};

/* What a tunnel waits for. */
enum patience { FOR_REQUEST, FOR_JOIN, FOR_ANSWER, FOR_BYTES, FOR_REST, FOR_END, PATIENCES };

/* Two connections: one that was taken, and one that was made for it. */
struct tunnel {
  enum state state;
  enum patience patience;
  int64_t deadline;
  struct tunnel *before, *after; /* in the queue, or among the unused ones */
  const struct listener *listener; /* that took it */
  struct side sides[SIDES];        /* who connected, and to whom it is connected: or may be */
  int far;                         /* which of these it is, once that is known */
  struct waiting early;            /* what came before it was open */
  struct request *request;         /* the service's own, if it has any */
};

/* Tunnels that are nobody's. */
struct places {
  struct tunnel *unused;
  int left;
};

struct server;

/* What a listener's connections are for. */
struct service {
  /* Somebody has connected, which is the near side. */
  void (*begin)(struct server *server, struct tunnel *tunnel, const struct sockaddr *peer);
  /* A side of a tunnel that has begun is ready. */
  void (*step)(struct server *server, struct tunnel *tunnel, struct side *side);
  /* A tunnel that has begun took too long. */
  void (*give_up)(struct server *server, struct tunnel *tunnel);
  /* Whether, once whoever connected was told of the end, theirs is waited for as limits.rest says. */
  bool short_rest;
  bool turns_away; /* whether more than there are places for are reset; else they wait */
};

struct listener {
  int descriptor;
  uint16_t port; /* to be connected to, if that is known without asking */
  struct service *service;
  struct places *places;
  bool watched, ready;
};

/* Something else to be read once it is ready. */
struct source {
  int descriptor;
  void (*ready)(struct server *server, struct source *source);
};

struct queue {
  struct tunnel *first, *last;
};

struct server {
  struct limits limits;
  int epoll;
  bool stopped;
  int64_t now;          /* when this round began */
  int64_t accepts_from; /* none is accepted before, since the last attempt failed */
  int listener_count;
  struct listener listeners[LISTENERS_MAX];
  int source_count;
  struct source *sources[SOURCES_MAX];
  struct buffers buffers;
  uint8_t scratch[BUFFER_SIZE];
  struct queue queues[PATIENCES];
  uint32_t tunnel_count, tunnel_max;
  struct tunnel *tunnels;
};

/*
 * Makes room for so many tunnels, and what system calls it takes that serving does not. Returns 0, or
 * -1 with errno. The limits are to be set before.
 */
int server_prepare(struct server *server, uint32_t tunnels);

/*
 * Gives away so many of the tunnels, which must be there, each with a request of this size, if any.
 * Returns 0, or -1 with errno.
 */
int server_fill(struct server *server, struct places *places, int count, size_t request_size);

/* Adds a listener, of which there must be room for one more. */
void server_listen(struct server *server, struct listener listener);

/* Has a source watched. Returns 0, or -1 with errno. */
int server_watch(struct server *server, struct source *source);

/* Serves until it is stopped, and resets what is open then. Returns 0, or -1 with errno. */
int serve(struct server *server);

#endif
