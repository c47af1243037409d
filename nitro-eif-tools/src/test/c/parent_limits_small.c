/* A parent's limits that a test can reach. */
#include "../../main/c/channels/limits.h"

const struct limits limits = {
    .ingress = 4096,
    .egress = 4096,
    .request = 2000,
    .join = 2000,
    .answer = 2000,
    .idle = 600 * 1000,
    .rest = 600 * 1000,
    .end = 1000,
};
