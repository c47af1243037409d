/* The little network an enclave has of its own. */
#ifndef TREZA_NETWORK_H
#define TREZA_NETWORK_H

/* Raises the loopback interface and names the machine "localhost". */
void raise_loopback(void);

/* Makes /etc/hosts as a container has it, unless the image has one. */
void name_hosts(void);

/* Lets the application listen on any port, and nobody have an exposed one before it. Takes /proc. */
void free_ports(char *const *exposed);

#endif
