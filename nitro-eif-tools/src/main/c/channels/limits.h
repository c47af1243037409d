/* How much a program takes on, and how long it waits: docs/enclave-init.md, docs/forward.md. */
#ifndef TREZA_LIMITS_H
#define TREZA_LIMITS_H

#include <stdint.h>

/* The most items of the lists; io.treza.eif.Channels has them too. */
#define PORTS_MAX 64
#define HOSTS_MAX 256

struct limits {
  int ingress, egress; /* connections at a time */
  /* Milliseconds. */
  int64_t request; /* until it is said what is wanted, from connecting on */
  int64_t join;    /* until the connection inwards is taken */
  int64_t answer;  /* until the connection outwards stands */
  int64_t idle;    /* without a byte either way */
  int64_t rest;    /* likewise, once the end from inside was passed on to somebody outside */
  int64_t end;     /* for taking a refusal and hanging up */
};

/* Those that each program begins with. */
extern const struct limits limits;

#endif
