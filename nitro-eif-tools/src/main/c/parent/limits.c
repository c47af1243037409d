/* The limits that hold on a parent unless its options say otherwise. */
#include "../channels/limits.h"

const struct limits limits = {
    .ingress = 4096, /* for each port */
    .egress = 4096,
    .request = 10 * 1000,
    .join = 10 * 1000,
    .answer = 10 * 1000,
    .idle = 10 * 60 * 1000,
    .rest = 10 * 60 * 1000, /* no service here asks for it */
    .end = 2 * 1000,
};
