/*
 * A parent's sockets, none of which blocks: vsock towards the enclave, TCP towards all others. Each
 * function that listens or connects returns a descriptor, or -1 with errno; what connects may still be
 * about to, and is then writable once it has.
 */
#ifndef TREZA_PARENT_ENDPOINTS_H
#define TREZA_PARENT_ENDPOINTS_H

#include "address.h"

/* Whether there are such sockets here. Returns 0, or -1 with errno. */
int have_vsock(void);

int listen_for_enclave(uint32_t port);
int connect_to_enclave(uint32_t cid, uint16_t port);

/* Whether a peer that has connected is that enclave. */
bool is_enclave(const struct sockaddr *peer, uint32_t cid);

#endif
