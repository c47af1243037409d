/* Limits that a test can reach: few places, and waits that are short, but not for a busy machine. */
#include "../../main/c/channels/limits.h"

const struct limits limits = {
    .ingress = 3,
    .egress = 8,
    .request = 2000,
    .join = 2000,
    .answer = 2000,
    .idle = 4000,
    .rest = 300,
    .end = 1000,
};
