/* Kinds of addresses, by the special-purpose registries of IANA (RFC 6890). See address.h. */
#include "address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IPV4 4
#define IPV6 16

struct range {
  struct address prefix;
  uint8_t bits;
  enum address_kind kind;
};

/* The first that holds an address counts. */
static const struct range ranges[] = {
    {{IPV4, {0}}, 8, ADDRESS_LOCAL},
    {{IPV4, {127}}, 8, ADDRESS_LOCAL},
    {{IPV4, {169, 254}}, 16, ADDRESS_LOCAL},
    {{IPV4, {10}}, 8, ADDRESS_PRIVATE},
    {{IPV4, {100, 64}}, 10, ADDRESS_PRIVATE},
    {{IPV4, {172, 16}}, 12, ADDRESS_PRIVATE},
    {{IPV4, {192, 168}}, 16, ADDRESS_PRIVATE},
    {{IPV4, {192, 0, 0}}, 24, ADDRESS_NONE},
    {{IPV4, {192, 0, 2}}, 24, ADDRESS_NONE},
    {{IPV4, {198, 18}}, 15, ADDRESS_NONE},
    {{IPV4, {198, 51, 100}}, 24, ADDRESS_NONE},
    {{IPV4, {203, 0, 113}}, 24, ADDRESS_NONE},
    {{IPV4, {224}}, 3, ADDRESS_NONE},
    {{IPV4, {0}}, 0, ADDRESS_PUBLIC},
    /* fd00:ec2::/32: instance metadata, time and DNS of AWS. */
    {{IPV6, {0xfd, 0x00, 0x0e, 0xc2}}, 32, ADDRESS_LOCAL},
    {{IPV6, {0xfe, 0x80}}, 10, ADDRESS_LOCAL},
    {{IPV6, {0xfc}}, 7, ADDRESS_PRIVATE},
    {{IPV6, {0x20, 0x01}}, 23, ADDRESS_NONE},
    {{IPV6, {0x20, 0x01, 0x0d, 0xb8}}, 32, ADDRESS_NONE},
    {{IPV6, {0x20}}, 3, ADDRESS_PUBLIC},
    {{IPV6, {0}}, 0, ADDRESS_NONE},
};

/* IPv6 prefixes that an IPv4 address follows, which is then what counts. */
static const struct {
  struct address prefix;
  uint8_t bits, offset;
} carriers[] = {
    {{IPV6, {0x00, 0x64, 0xff, 0x9b}}, 96, 12}, /* NAT64, RFC 6052 */
    {{IPV6, {0x20, 0x02}}, 16, 2},              /* 6to4, RFC 3056 */
    {{IPV6, {0}}, 96, 12},                      /* IPv4-compatible, RFC 4291; and so :: and ::1 */
    {{IPV6, {[10] = 0xff, 0xff}}, 96, 12},      /* IPv4-mapped, likewise */
};

static bool holds(const struct address *prefix, uint8_t bits, const struct address *address) {
  if (address->length != prefix->length) {
    return false;
  }
  for (unsigned bit = 0; bit < bits; bit += 8) {
    unsigned differs = address->bytes[bit / 8] ^ prefix->bytes[bit / 8];
    unsigned counted = bits - bit >= 8 ? 0xff : 0xff00u >> (bits - bit) & 0xff;
    if ((differs & counted) != 0) {
      return false;
    }
  }
  return true;
}

/*
 * Whether this machine has it now, and so answers there with what it hides from its network: it is then
 * what the kernel would send from, going there. Nothing is sent. An address without a way to it is
 * nobody's to connect to either.
 */
static bool is_own(const struct address *address) {
  const struct endpoint there = {*address, 9};
  struct endpoint from = {0};
  struct sockaddr_storage to;
  socklen_t length = endpoint_to(&there, &to);
  int descriptor = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) {
    return errno != EAFNOSUPPORT;
  }
  bool reached = connect(descriptor, (const struct sockaddr *)&to, length) == 0;
  length = sizeof to;
  bool known = reached && getsockname(descriptor, (struct sockaddr *)&to, &length) == 0 &&
               endpoint_from((const struct sockaddr *)&to, &from);
  close(descriptor);
  return reached && (!known || memcmp(&from.address, address, sizeof *address) == 0);
}

enum address_kind address_kind(const struct address *address) {
  for (size_t i = 0; i < sizeof carriers / sizeof carriers[0]; i++) {
    if (holds(&carriers[i].prefix, carriers[i].bits, address)) {
      struct address carried = {.length = IPV4};
      memcpy(carried.bytes, address->bytes + carriers[i].offset, IPV4);
      return address_kind(&carried);
    }
  }
  size_t i = 0; /* the last range of each length holds any */
  while (!holds(&ranges[i].prefix, ranges[i].bits, address)) {
    i++;
  }
  return ranges[i].kind != ADDRESS_NONE && is_own(address) ? ADDRESS_LOCAL : ranges[i].kind;
}

bool endpoint_from(const struct sockaddr *from, struct endpoint *endpoint) {
  *endpoint = (struct endpoint){0};
  if (from->sa_family == AF_INET) {
    const struct sockaddr_in *in = (const struct sockaddr_in *)from;
    endpoint->port = ntohs(in->sin_port);
    endpoint->address.length = IPV4;
    memcpy(endpoint->address.bytes, &in->sin_addr, IPV4);
    return true;
  } else if (from->sa_family == AF_INET6) {
    const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)from;
    bool mapped = IN6_IS_ADDR_V4MAPPED(&in->sin6_addr);
    endpoint->port = ntohs(in->sin6_port);
    endpoint->address.length = mapped ? IPV4 : IPV6;
    memcpy(endpoint->address.bytes, in->sin6_addr.s6_addr + (mapped ? IPV6 - IPV4 : 0),
           endpoint->address.length);
    return true;
  }
  return false;
}

socklen_t endpoint_to(const struct endpoint *endpoint, struct sockaddr_storage *to) {
  memset(to, 0, sizeof *to);
  if (endpoint->address.length == IPV4) {
    struct sockaddr_in *in = (struct sockaddr_in *)to;
    in->sin_family = AF_INET;
    in->sin_port = htons(endpoint->port);
    memcpy(&in->sin_addr, endpoint->address.bytes, IPV4);
    return sizeof *in;
  }
  struct sockaddr_in6 *in = (struct sockaddr_in6 *)to;
  in->sin6_family = AF_INET6;
  in->sin6_port = htons(endpoint->port);
  memcpy(&in->sin6_addr, endpoint->address.bytes, IPV6);
  return sizeof *in;
}

static bool read_port(const char *text, uint16_t *port) {
  size_t length = strlen(text);
  if (length == 0 || length > 5 || strspn(text, "0123456789") != length) {
    return false;
  }
  long value = strtol(text, NULL, 10);
  *port = (uint16_t)value;
  return value <= UINT16_MAX;
}

bool address_read(const char *text, struct address *address) {
  *address = (struct address){.length = strchr(text, ':') == NULL ? IPV4 : IPV6};
  return inet_pton(address->length == IPV4 ? AF_INET : AF_INET6, text, address->bytes) == 1;
}

bool endpoint_read(const char *text, struct endpoint *endpoint) {
  const char *colon = strrchr(text, ':');
  char address[46];
  if (colon == NULL || !read_port(colon + 1, &endpoint->port)) {
    return false;
  }
  bool bracketed = text[0] == '[' && colon > text + 1 && colon[-1] == ']';
  const char *start = text + (bracketed ? 1 : 0);
  size_t length = (size_t)(colon - start) - (bracketed ? 1 : 0);
  if (length >= sizeof address) {
    return false;
  }
  memcpy(address, start, length);
  address[length] = '\0';
  return address_read(address, &endpoint->address) &&
         endpoint->address.length == (bracketed ? IPV6 : IPV4);
}

void address_write(const struct address *address, char text[ENDPOINT_TEXT_MAX]) {
  inet_ntop(address->length == IPV4 ? AF_INET : AF_INET6, address->bytes, text, ENDPOINT_TEXT_MAX);
}

void endpoint_write(const struct endpoint *endpoint, char text[ENDPOINT_TEXT_MAX]) {
  char address[ENDPOINT_TEXT_MAX];
  address_write(&endpoint->address, address);
  snprintf(text, ENDPOINT_TEXT_MAX, endpoint->address.length == IPV4 ? "%.46s:%u" : "[%.46s]:%u",
           address, endpoint->port);
}
