/* The program that the enclave is for. */
#ifndef TREZA_APPLICATION_H
#define TREZA_APPLICATION_H

#include "process.h"

/* Starts it, says so before its first instruction, and returns its process id. */
pid_t start_application(const struct process *process);

#endif
