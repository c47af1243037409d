/* What goes to and fro with the parent before a connection (TZE1): docs/enclave-init.md. */
#ifndef TREZA_PARENT_FRAME_H
#define TREZA_PARENT_FRAME_H

#include "destination.h"

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

/* Reads a whole answer. */
enum parent_status parent_answer_read(const uint8_t *in);

#endif
