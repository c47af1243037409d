/* What the forwarder may do: take and make connections, and carry bytes between them. */
#include "confinement.h"

#include "../channels/calls.h"

#include <sys/socket.h>

static const struct instruction filter[] = {
    FILTER_BEGIN,
    ALLOW_CARRYING,
    ALLOW_CALL(exit_group),
    ALLOW_CALL(write), /* that it is ready, and last words */
    /* Last: sockets, but neither Unix ones, by which the agent is reached, nor any others. */
    {JUMP_EQUAL, 0, 4, __NR_socket},
    {LOAD, 0, 0, FIRST_ARGUMENT},
    {JUMP_EQUAL, 1, 0, AF_INET},
    {JUMP_EQUAL, 0, 1, AF_VSOCK},
    {RETURN, 0, 0, SECCOMP_ALLOW},
    FILTER_END,
};

const struct confinement forwarder_confinement = {
    .id = FORWARDER_ID, .filter = filter, .filter_length = sizeof filter / sizeof filter[0]};
