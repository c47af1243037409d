/*
 * The forwarder's sockets, none of which blocks: vsock towards the parent, TCP on loopback towards
 * the workload. Each function returns a descriptor, or -1 with errno; what connects may still be
 * about to, and is then writable once it has.
 */
#ifndef TREZA_ENDPOINTS_H
#define TREZA_ENDPOINTS_H

#include <stdint.h>

/* Where the workload finds the egress proxy. */
#define PROXY_PORT 3128

/* The parent goes by one of so many addresses, depending on what runs the enclave. */
#define PARENTS 2

int listen_for_parent(uint16_t port);
int listen_for_workload(void);
int connect_to_workload(uint16_t port);
int connect_to_parent(int which);

#endif
