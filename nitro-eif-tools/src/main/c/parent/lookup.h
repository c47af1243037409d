/*
 * Processes that look names up, since that may take long, and reads files and what DNS says: each for
 * one name at a time, as long as limits.answer, and confined as far as looking up allows.
 */
#ifndef TREZA_LOOKUP_H
#define TREZA_LOOKUP_H

#include "address.h"

#include "../channels/destination.h"

#include <stddef.h>
#include <sys/types.h>

/* As many as musl finds of a name. */
#define FOUND_MAX 48

/* An answer, one packet; a question is one too, the name. */
struct found {
  bool late;     /* whether it took too long */
  uint8_t count; /* 0: the name was not found */
  struct address addresses[FOUND_MAX];
};

/* How long an answer is. */
#define FOUND_LENGTH(count) (offsetof(struct found, addresses) + (count) * sizeof(struct address))

/*
 * Starts such a process, as that user, and waits until it is confined. Returns the socket by which it
 * is asked and answers, which does not block; if it cannot, says why and exits.
 */
int lookup_start(uid_t user);

#endif
