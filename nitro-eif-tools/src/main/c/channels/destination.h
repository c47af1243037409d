/* Hosts with ports: those that a list has, and those that are asked for. */
#ifndef TREZA_DESTINATION_H
#define TREZA_DESTINATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOST_MAX 253 /* RFC 1035, 2.3.4, as text without the root's dot */

struct destination {
  char host[HOST_MAX + 1]; /* in lower case */
  uint16_t port;
  bool any_below; /* of a list only: every name that ends in a dot and this one */
};

/* Whether it is a DNS name in lower case, or an IPv4 address. */
bool destination_is_host(const char *text, size_t length);

/*
 * Reads host:port, of at most HOST_MAX + 6 characters: a DNS name in either case, or an IPv4 address
 * of four decimal numbers. Returns NULL, or what is wrong with it.
 */
const char *destination_read(const char *text, size_t length, struct destination *destination);

/* Reads an item of a list: the same in lower case, or such a name after "*.". */
const char *destination_read_listed(const char *text, struct destination *destination);

bool destination_is_listed(const struct destination *asked, const struct destination *list,
                           size_t count);

#endif
