/* Addresses on the Internet, and what each is to the machine that this program runs on. */
#ifndef TREZA_ADDRESS_H
#define TREZA_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* In network order, 4 bytes or 16. One that IPv6 maps to IPv4 (RFC 4291, 2.5.5.2) is 4. */
struct address {
  uint8_t length;
  uint8_t bytes[16];
};

struct endpoint {
  struct address address;
  uint16_t port;
};

/* As text, with brackets around an IPv6 address, and a NUL. */
#define ENDPOINT_TEXT_MAX (1 + 45 + 1 + 1 + 5 + 1)

/* The same kinds as of the Java class AddressKind, which says more of each. */
enum address_kind {
  ADDRESS_PUBLIC,
  ADDRESS_PRIVATE, /* in a network of one's own */
  ADDRESS_LOCAL,   /* this machine, its link, or a service of the instance's such as its metadata */
  ADDRESS_NONE     /* no single host */
};

enum address_kind address_kind(const struct address *address);

/* Reads what a socket call has written. Returns false if it is neither IPv4 nor IPv6. */
bool endpoint_from(const struct sockaddr *from, struct endpoint *endpoint);

/* Writes it for a socket call, and returns its length. */
socklen_t endpoint_to(const struct endpoint *endpoint, struct sockaddr_storage *to);

/* Reads ADDRESS:PORT, with brackets around an IPv6 address. Returns false if it is none. */
bool endpoint_read(const char *text, struct endpoint *endpoint);

/* Reads four decimal numbers, or IPv6 without brackets. Returns false if it is neither. */
bool address_read(const char *text, struct address *address);

/* The address alone as text. */
void address_write(const struct address *address, char text[ENDPOINT_TEXT_MAX]);

void endpoint_write(const struct endpoint *endpoint, char text[ENDPOINT_TEXT_MAX]);

#endif
