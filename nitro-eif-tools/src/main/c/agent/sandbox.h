/* What the agent may do once it has its descriptors: answer, and nothing else. */
#ifndef TREZA_AGENT_SANDBOX_H
#define TREZA_AGENT_SANDBOX_H

#include <stddef.h>
#include <sys/types.h>

/*
 * The agent's user and group: the letters "trza". systemd's table of users (UIDS-GIDS.md) leaves
 * 1879048192 to 2147483647 to nobody, and container images stay below.
 */
#define AGENT_ID 0x74727a61

/*
 * Closes every descriptor but 2 and those in keep, moves into a directory that no longer exists
 * (made in `scratch` and removed), takes AGENT_ID and no other group, gives up all capabilities for
 * good, and lets only the system calls through that answering takes; any other kills the process.
 * Returns NULL, or the name of the step that failed, with errno.
 */
const char *sandbox_enter(const char *scratch, const int *keep, size_t kept);

#endif
