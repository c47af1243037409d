/* The start of an HTTP request to the egress proxy (RFC 9110, 9.3.6; RFC 9112), strictly. */
#ifndef TREZA_PROXY_HEAD_H
#define TREZA_PROXY_HEAD_H

#include "../channels/destination.h"

/* The most bytes of a request line and headers. */
#define PROXY_HEAD_MAX 8192

enum proxy_head {
  PROXY_HEAD_INCOMPLETE,
  PROXY_HEAD_COMPLETE,
  PROXY_HEAD_MALFORMED,   /* 400 */
  PROXY_HEAD_OTHER_METHOD /* 405 */
};

struct proxy_request {
  struct destination destination;
  size_t length;     /* of the head; what comes after it is the connection's */
  const char *wrong; /* of a malformed one: what it is or has */
};

/* Reads what has arrived; may be done again whenever more has. */
enum proxy_head proxy_head_read(const char *in, size_t have, struct proxy_request *request);

#endif
