/* Random numbers. */
#ifndef TREZA_ENTROPY_H
#define TREZA_ENTROPY_H

/* Feeds the kernel's generator from the NSM. Without it the kernel waits for what it gathers itself. */
void seed_entropy(void);

#endif
