/* Why a program cannot be run. */
#ifndef TREZA_EXEC_FAILURE_H
#define TREZA_EXEC_FAILURE_H

#include <stddef.h>

/* Writes what is wrong with a file that execve(2) refused, as precisely as the file tells. */
void explain_exec_failure(const char *file, int error, char *why, size_t size);

#endif
