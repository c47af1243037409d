/* The limits that hold in an enclave. */
#include "../channels/limits.h"

const struct limits limits = {
    .ingress = 4096,
    .egress = 1024,
    .request = 10 * 1000,
    .join = 10 * 1000,
    .answer = 30 * 1000,
    .idle = 15 * 60 * 1000,
    .rest = 5 * 1000,
    .end = 2 * 1000,
};
