/* The agent's user, and the system calls that answering takes. */
#ifndef TREZA_AGENT_CONFINEMENT_H
#define TREZA_AGENT_CONFINEMENT_H

#include "../confined/sandbox.h"

/*
 * The agent's user and group: the letters "trza". systemd's table of users (UIDS-GIDS.md) leaves
 * 1879048192 to 2147483647 to nobody, and container images stay below.
 */
#define AGENT_ID 0x74727a61

extern const struct confinement agent_confinement;

#endif
