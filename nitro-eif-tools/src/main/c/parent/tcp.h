/* TCP connections that do not block. Each function returns a descriptor, or -1 with errno. */
#ifndef TREZA_TCP_H
#define TREZA_TCP_H

#include "address.h"

/* Listens, and says where: port 0 is any that is free. */
int tcp_listen(struct endpoint *at);

/* Connects, or is about to: it is writable once it has. */
int tcp_connect(const struct endpoint *to);

#endif
