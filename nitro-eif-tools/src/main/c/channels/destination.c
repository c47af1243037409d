/* What counts as a host and a port, and as listed. See destination.h. */
#include "destination.h"

#include <string.h>

#define LABEL_MAX 63

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c; }

/* 0 if it is none: a port has no sign, no leading zero and nothing around it. */
static uint16_t port_of(const char *text, size_t length) {
  uint32_t value = 0;
  if (length == 0 || length > 5 || *text == '0') {
    return 0;
  }
  for (size_t i = 0; i < length; i++) {
    if (!is_digit(text[i])) {
      return 0;
    }
    value = value * 10 + (uint32_t)(text[i] - '0');
  }
  return value <= UINT16_MAX ? (uint16_t)value : 0;
}

/* The one way to write each: other ways of writing numbers mean different things to different readers. */
static bool is_ipv4(const char *text, size_t length) {
  size_t at = 0;
  for (int part = 0; part < 4; part++) {
    if (part > 0 && (at == length || text[at++] != '.')) {
      return false;
    }
    size_t start = at;
    unsigned value = 0;
    while (at < length && at - start < 3 && is_digit(text[at])) {
      value = value * 10 + (unsigned)(text[at++] - '0');
    }
    if (at == start || value > 255 || (text[start] == '0' && at - start > 1)) {
      return false;
    }
  }
  return at == length;
}

/* RFC 1123, 2.1; the last label begins with a letter, so that no spelling of an address is one. */
static bool is_name(const char *text, size_t length) {
  size_t start = 0;
  for (size_t i = 0; i <= length; i++) {
    if (i < length && text[i] != '.') {
      if (!is_letter(text[i]) && !is_digit(text[i]) && text[i] != '-') {
        return false;
      }
      continue;
    }
    if (i == start || i - start > LABEL_MAX || text[start] == '-' || text[i - 1] == '-') {
      return false;
    }
    if (i == length) {
      return is_letter(text[start]);
    }
    start = i + 1;
  }
  return false;
}

bool destination_is_host(const char *text, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (lower(text[i]) != text[i]) {
      return false;
    }
  }
  return is_name(text, length) || is_ipv4(text, length);
}

const char *destination_read(const char *text, size_t length, struct destination *destination) {
  size_t colon = length;
  while (colon > 0 && text[colon - 1] != ':') {
    colon--;
  }
  if (length > 0 && *text == '[') {
    return "an IPv6 address, and only names and IPv4 addresses can be allowed";
  } else if (length > 0 && memchr(text, '@', length) != NULL) {
    return "user information, which a host and port have not";
  } else if (colon == 0) {
    return "no port; write host:port";
  }
  size_t host = colon - 1;
  uint16_t port = port_of(text + colon, length - colon);
  if (port == 0) {
    return "a port that is none of 1 to 65535";
  } else if (host > 0 && text[host - 1] == '.') {
    return "a name with a dot at its end; leave it out";
  } else if (host > HOST_MAX || (!is_name(text, host) && !is_ipv4(text, host))) {
    return "neither a host name nor an IPv4 address";
  }
  for (size_t i = 0; i < host; i++) {
    destination->host[i] = lower(text[i]);
  }
  destination->host[host] = '\0';
  destination->port = port;
  destination->any_below = false;
  return NULL;
}

const char *destination_read_listed(const char *text, struct destination *destination) {
  bool any_below = strncmp(text, "*.", 2) == 0;
  const char *rest = any_below ? text + 2 : text;
  const char *wrong = destination_read(rest, strlen(rest), destination);
  if (wrong != NULL) {
    return wrong;
  } else if (strncmp(rest, destination->host, strlen(destination->host)) != 0) {
    return "a name with capitals; write it in lower case";
  }
  destination->any_below = any_below;
  /* Every name of a top-level domain is too many, and below an address there is none. */
  if (any_below && (strchr(destination->host, '.') == NULL ||
                    is_ipv4(destination->host, strlen(destination->host)))) {
    return "a wildcard that is not below a name of two labels";
  }
  return NULL;
}

static bool covers(const struct destination *listed, const struct destination *asked) {
  if (listed->port != asked->port) {
    return false;
  }
  size_t suffix = strlen(listed->host);
  size_t length = strlen(asked->host);
  if (!listed->any_below) {
    return strcmp(listed->host, asked->host) == 0;
  }
  return length > suffix + 1 && asked->host[length - suffix - 1] == '.' &&
         strcmp(asked->host + length - suffix, listed->host) == 0;
}

bool destination_is_listed(const struct destination *asked, const struct destination *list,
                           size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (covers(&list[i], asked)) {
      return true;
    }
  }
  return false;
}
