/* Tunnels that the workload asks for: from a CONNECT request to the parent's answer. */
#ifndef TREZA_EGRESS_H
#define TREZA_EGRESS_H

#include "server.h"

/* Begins with a connection of the workload, which is the near side. */
void begin_request(struct server *server, struct tunnel *tunnel);

/* Carries on until the tunnel is open, or refused. */
void step_request(struct server *server, struct tunnel *tunnel, struct side *side,
                  uint32_t events);

/* Answers that it took too long, which it did. */
void give_up_request(struct server *server, struct tunnel *tunnel);

#endif
