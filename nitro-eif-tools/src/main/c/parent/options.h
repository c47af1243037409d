/* What the parent program is told on its command line. */
#ifndef TREZA_OPTIONS_H
#define TREZA_OPTIONS_H

#include "egress.h"

#include <sys/types.h>

/* One port that is forwarded. */
struct ingress_port {
  struct endpoint listen;
  uint16_t port; /* the enclave's */
};

struct options {
  uint32_t cid;
  uid_t user;
  int ingress_count;
  struct ingress_port ingress[PORTS_MAX];
  struct limits limits;
};

/* Reads them, and into egress what it may reach. If they are wrong, says how and exits. */
void options_read(int count, char *const *arguments, struct options *options,
                  struct egress *egress);

#endif
