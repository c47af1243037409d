/* Limits that a test can reach: few places, and short waits. */
#include "../../main/c/forwarder/limits.h"

const struct limits limits = {
    .ingress = 3,
    .egress = 2,
    .head = 400,
    .join = 400,
    .parent = 400,
    .idle = 1000,
    .rest = 200,
    .end = 200,
};
