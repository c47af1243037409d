/* Tunnels that the workload asks for: from a CONNECT request to the parent's answer. */
#ifndef TREZA_EGRESS_H
#define TREZA_EGRESS_H

#include "endpoints.h"

#include "../channels/destination.h"
#include "../channels/parent_frame.h"
#include "../channels/server.h"

/* What a workload asks for, while its tunnel begins. */
struct request {
  enum { ASKED, CALLING, AWAITING } phase;
  struct destination destination;
  uint8_t answer[PARENT_ANSWER];
  size_t answer_length;
};

/* The parent goes by one of so many addresses, depending on what runs the enclave. */
#define PARENTS 2

/* The proxy. */
struct egress {
  struct service service;
  struct {
    uint32_t cid, port; /* port 0: not to be asked */
  } parents[PARENTS];
  int parent; /* which of them answered; -1 before one did */
  size_t allowed_count;
  struct destination allowed[HOSTS_MAX];
};

/* Makes the proxy, and places with their requests. Returns 0, or -1 with errno. */
int egress_prepare(struct server *server, struct egress *egress, struct places *places);

#endif
