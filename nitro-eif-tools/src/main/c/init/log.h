/* Lines on the console, and the end. */
#ifndef TREZA_LOG_H
#define TREZA_LOG_H

/* Writes "treza-init: " and the message as one line, control characters as \xNN. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says "FAILED: what: why" and ends the enclave. For process 1 only. */
_Noreturn void fail(const char *what, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Ends the enclave once the console has everything. For process 1 only. */
_Noreturn void power_off(void);

#endif
