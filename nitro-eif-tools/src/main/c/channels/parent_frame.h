/* What goes to and fro with the parent before a connection from inside (TZE1): docs/enclave-init.md. */
#ifndef TREZA_PARENT_FRAME_H
#define TREZA_PARENT_FRAME_H

#include "destination.h"

/* The vsock port on which the host of an emulated machine listens: it has one for each machine. */
#define HOST_PORT 9002

/*
 * The vsock port on which a parent instance listens for the enclave of this CID, or 0 if that has none.
 * A parent instance has its ports once for all its enclaves, pods and containers, so each enclave takes
 * one of its own: docs/enclave-init.md says why these.
 */
uint32_t parent_port(uint32_t cid);

#define PARENT_REQUEST_MAX (4 + 2 + 1 + HOST_MAX)
#define PARENT_ANSWER 6

enum parent_status {
  PARENT_CONNECTED = 0,
  PARENT_MALFORMED = 1,
  PARENT_NOT_LISTED = 2,
  PARENT_NAME_NOT_FOUND = 3,
  PARENT_REFUSED = 4,
  PARENT_UNREACHABLE = 5,
  PARENT_TOO_MANY = 6,
  PARENT_NO_ANSWER /* what came is no answer */
};

/* Writes a request into out[PARENT_REQUEST_MAX] and returns its length. */
size_t parent_request_write(const struct destination *destination, uint8_t *out);

enum parent_request { PARENT_REQUEST_INCOMPLETE, PARENT_REQUEST_COMPLETE, PARENT_REQUEST_MALFORMED };

/* Reads what has arrived of a request, and its length; may be done again whenever more has. */
enum parent_request parent_request_read(const uint8_t *in, size_t have,
                                        struct destination *destination, size_t *length);

/* Writes an answer. */
void parent_answer_write(enum parent_status status, uint8_t out[PARENT_ANSWER]);

/* Reads a whole answer. */
enum parent_status parent_answer_read(const uint8_t *in);

#endif
