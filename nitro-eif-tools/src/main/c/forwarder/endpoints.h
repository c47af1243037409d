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

/* The CID that a parent instance has given this enclave; 0 if that is not known, or there is none. */
uint32_t own_cid(void);

int listen_for_parent(uint16_t port);
int listen_for_workload(void);
int connect_to_workload(uint16_t port);
int connect_to_parent(uint32_t cid, uint32_t port);

#endif
