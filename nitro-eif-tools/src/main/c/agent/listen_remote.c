/* The vsock port on which callers outside the enclave ask for documents. */
#include "listen.h"

#include "../vsock.h"

#define PORT 9001
#define BACKLOG 128

int listen_remote(void) { return vsock_listen(PORT, BACKLOG); }
