/* The agent's two listening sockets. Each function returns a descriptor, or -1 with errno. */
#ifndef TREZA_AGENT_LISTEN_H
#define TREZA_AGENT_LISTEN_H

#include <sys/types.h>

/* For callers outside the enclave: vsock, port 9001, any peer. */
int listen_remote(void);

/*
 * For the workload: a Unix socket at `path`, mode 0600 and owned by `workload`, in a directory that
 * is made if it is missing and belongs to root, so that the workload cannot put another in place.
 */
int listen_local(const char *path, uid_t workload);

#endif
