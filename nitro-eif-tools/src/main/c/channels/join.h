/* Tunnels that need nothing but a second connection. */
#ifndef TREZA_JOIN_H
#define TREZA_JOIN_H

#include "server.h"

/* Waits until that connection stands; -1: there is none. */
void join(struct server *server, struct tunnel *tunnel, int descriptor);

/* A service's, for tunnels that wait so. */
void step_join(struct server *server, struct tunnel *tunnel, struct side *side);
void give_up_join(struct server *server, struct tunnel *tunnel);

#endif
