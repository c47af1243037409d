/* The sign of life that nitro-cli waits for. */
#ifndef TREZA_HEARTBEAT_H
#define TREZA_HEARTBEAT_H

#include "process.h"

/* Tells the parent instance that the enclave has booted, or ends the enclave if it must and cannot. */
void send_heartbeat(enum heartbeat kind);

#endif
