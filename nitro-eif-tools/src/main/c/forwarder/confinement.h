/* The forwarder's user, and the system calls that forwarding takes. */
#ifndef TREZA_FORWARDER_CONFINEMENT_H
#define TREZA_FORWARDER_CONFINEMENT_H

#include "../confined/sandbox.h"

/* The letters "trzf"; agent/confinement.h says why from this range. */
#define FORWARDER_ID 0x74727a66

extern const struct confinement forwarder_confinement;

#endif
