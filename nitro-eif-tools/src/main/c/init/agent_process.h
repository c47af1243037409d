/* The attestation agent, a program of its own. */
#ifndef TREZA_AGENT_PROCESS_H
#define TREZA_AGENT_PROCESS_H

#include "process.h"

/* Opens the program, which enter_root hides. Returns a descriptor. */
int open_agent(void);

/* Starts it from the descriptor, waits until it answers, and returns its process id. */
pid_t start_agent(int program, const struct process *process);

#endif
