/* What the forwarder may do: take and make connections, and carry bytes between them. */
#include "confinement.h"

#include "../confined/filter.h"

#include <sys/socket.h>

static const struct instruction filter[] = {
    FILTER_BEGIN,
    ALLOW_CALL(recvfrom),
    ALLOW_CALL(sendto),
    ALLOW_CALL(epoll_pwait),
    ALLOW_CALL(epoll_ctl),
    ALLOW_CALL(restart_syscall), /* waiting again after a stop and a continue */
    ALLOW_CALL(clock_gettime), /* where the vDSO has no clock to read */
    ALLOW_CALL(accept4),
    ALLOW_CALL(connect),
    ALLOW_CALL(shutdown),
    ALLOW_CALL(close),
    ALLOW_CALL(getsockopt), /* SO_ERROR */
    ALLOW_CALL(setsockopt), /* TCP_NODELAY, SO_LINGER */
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
