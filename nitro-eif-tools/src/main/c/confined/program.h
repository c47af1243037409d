/* How the programs that init starts beside the application begin, and how they give up. */
#ifndef TREZA_PROGRAM_H
#define TREZA_PROGRAM_H

#include <stdint.h>

/* Named by each program, for the lines it writes. */
extern const char program_name[];

/* Writes "treza-NAME: FAILED: what: why" as one line and exits with status 1. */
_Noreturn void fail(const char *what, const char *why);

/* The descriptor, unless it is -1: then fails with what errno says. */
int need(int descriptor, const char *what);

/* An argument that is a whole number below 2^32-1, which as a user id would mean none. */
uint32_t number(const char *argument, const char *what);

/* Tells whoever started this program that it answers, by one byte, and closes the descriptor. */
void tell_ready(int descriptor);

#endif
