/* The limits that hold in an enclave. */
#include "limits.h"

const struct limits limits = {
    .ingress = INGRESS_MAX,
    .egress = EGRESS_MAX,
    .head = 10 * 1000,
    .join = 10 * 1000,
    .parent = 30 * 1000,
    .idle = 15 * 60 * 1000,
    .rest = 5 * 1000,
    .end = 2 * 1000,
};
