/* How much the forwarder takes on, and how long it waits: docs/enclave-init.md. */
#ifndef TREZA_LIMITS_H
#define TREZA_LIMITS_H

#include <stdint.h>

/* The most connections there is room for. */
#define INGRESS_MAX 4096
#define EGRESS_MAX 1024

/* The most items of the lists; io.treza.eif.Channels has them too. */
#define PORTS_MAX 64
#define HOSTS_MAX 256

struct limits {
  int ingress, egress; /* connections at a time, at most as above */
  /* Milliseconds. */
  int64_t head;   /* for a whole CONNECT request, from connecting on */
  int64_t join;   /* until the workload takes a connection */
  int64_t parent; /* until the parent has connected */
  int64_t idle;   /* without a byte either way */
  int64_t rest;   /* likewise, once the workload has sent the last one to somebody outside */
  int64_t end;    /* for taking an error's answer and hanging up */
};

extern const struct limits limits;

#endif
