/* What the agent may do: answer, and nothing else. */
#include "confinement.h"

#include "../confined/filter.h"
#include "../nsm.h"

static const struct instruction filter[] = {
    FILTER_BEGIN,
#if defined(__NR_poll)
    ALLOW_CALL(poll),
#endif
    ALLOW_CALL(ppoll), /* poll where there is no such call */
    ALLOW_CALL(restart_syscall), /* poll again after a stop and a continue */
    ALLOW_CALL(clock_gettime), /* where the vDSO has no clock to read */
    ALLOW_CALL(accept4),
    ALLOW_CALL(recvfrom),
    ALLOW_CALL(sendto),
    ALLOW_CALL(close),
    ALLOW_CALL(getsockopt), /* SO_PEERCRED */
    ALLOW_CALL(exit_group),
    ALLOW_CALL(write), /* that it is ready, and last words */
    /* Last: one request to one driver, which looks at the low half of it only, as is done here. */
    {JUMP_EQUAL, 0, 3, __NR_ioctl},
    {LOAD, 0, 0, SECOND_ARGUMENT},
    {JUMP_EQUAL, 0, 1, (uint32_t)NSM_IOCTL_RAW},
    {RETURN, 0, 0, SECCOMP_ALLOW},
    FILTER_END,
};

const struct confinement agent_confinement = {
    .id = AGENT_ID, .filter = filter, .filter_length = sizeof filter / sizeof filter[0]};
