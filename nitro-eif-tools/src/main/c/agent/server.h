/*
 * The agent's event loop: bounded connections, a deadline for each, and rates, so that no peer can
 * keep another from its answer.
 */
#ifndef TREZA_AGENT_SERVER_H
#define TREZA_AGENT_SERVER_H

#include <sys/types.h>

/* Answers on both listening sockets until poll fails, which it does not while memory lasts. */
void serve(int nsm, int remote, int local, uid_t workload);

#endif
