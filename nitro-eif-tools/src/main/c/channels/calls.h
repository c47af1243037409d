/* The system calls that the event loop makes once all is prepared; for the filters of its programs. */
#ifndef TREZA_CALLS_H
#define TREZA_CALLS_H

#include "../confined/filter.h"

#define ALLOW_CARRYING                                                                             \
  ALLOW_CALL(recvfrom), ALLOW_CALL(sendto), ALLOW_CALL(epoll_pwait), ALLOW_CALL(epoll_ctl),        \
      ALLOW_CALL(restart_syscall), /* waiting again after a stop and a continue */                 \
      ALLOW_CALL(clock_gettime),   /* where the vDSO has no clock to read */                       \
      ALLOW_CALL(accept4), ALLOW_CALL(connect), ALLOW_CALL(shutdown), ALLOW_CALL(close),           \
      ALLOW_CALL(getsockopt), /* SO_ERROR */                                                       \
      ALLOW_CALL(setsockopt)  /* TCP_NODELAY, SO_LINGER */

#endif
