/* Tunnels that the enclave asks for: from its request (TZE1) to a connection, or a refusal. */
#ifndef TREZA_PARENT_EGRESS_H
#define TREZA_PARENT_EGRESS_H

#include "names.h"

#include "../channels/parent_frame.h"

/* How many addresses of a name are tried. */
#define TRIED_MAX 16

/* How many connections beyond the limit are told so; more are reset without a word. */
#define EGRESS_SPARE 16

/* Where a host is, whatever DNS says. */
struct fixed {
  struct destination destination;
  struct endpoint endpoint;
};

/* What one enclave may reach. */
struct egress {
  struct service service;
  struct places places;
  uint32_t cid;
  size_t allowed_count, fixed_count;
  struct destination allowed[HOSTS_MAX];
  struct fixed fixed[HOSTS_MAX];
  bool private_names; /* whether names may mean addresses of private networks */
  struct names names;
};

/* Sets it up as a service that tunnels and their requests are there for. Returns 0, or -1 with errno. */
int egress_prepare(struct server *server, struct egress *egress);

#endif
