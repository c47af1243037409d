/* Reads the command line. See options.h. */
#include "options.h"

#include "../confined/program.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The user who owns nothing; systemd and the Linux Standard Base call it nobody. */
#define NOBODY 65534

/* The most that --max-connections may say; descriptors run out before. */
#define CONNECTIONS_MAX (1 << 20)

static uint32_t number_within(const char *argument, const char *what, uint32_t least,
                              uint32_t most) {
  uint32_t value = number(argument, what);
  if (value < least || value > most) {
    fail(what, "too small or too large a number");
  }
  return value;
}

/* The longest of what may come before '=': a host with its port. */
#define LEFT_MAX (HOST_MAX + sizeof ":65535")

/* Splits at the '='. Returns what comes after it. */
static const char *split(const char *argument, char left[LEFT_MAX], const char *expected) {
  const char *equals = strchr(argument, '=');
  if (equals == NULL || (size_t)(equals - argument) >= LEFT_MAX) {
    fail(argument, expected);
  }
  memcpy(left, argument, (size_t)(equals - argument));
  left[equals - argument] = '\0';
  return equals + 1;
}

static void read_ingress(const char *argument, struct options *options) {
  static const char expected[] = "expected [ADDRESS:]PORT=N, for example 0.0.0.0:8443=8443";
  if (options->ingress_count == PORTS_MAX) {
    fail(argument, "one --ingress too many");
  }
  struct ingress_port *port = &options->ingress[options->ingress_count++];
  char left[LEFT_MAX], here[LEFT_MAX + sizeof "127.0.0.1:"];
  const char *inside = split(argument, left, expected);
  strcpy(here, strchr(left, ':') == NULL ? "127.0.0.1:" : "");
  strcat(here, left);
  if (!endpoint_read(here, &port->listen)) {
    fail(argument, expected);
  }
  port->port = (uint16_t)number_within(inside, argument, 1, UINT16_MAX);
}

static void read_allow(const char *argument, struct egress *egress) {
  if (egress->allowed_count == HOSTS_MAX) {
    fail(argument, "one --allow too many");
  }
  const char *wrong = destination_read_listed(argument, &egress->allowed[egress->allowed_count++]);
  if (wrong != NULL) {
    fail(argument, wrong);
  }
}

static void read_resolve(const char *argument, struct egress *egress) {
  static const char expected[] = "expected HOST:PORT=ADDRESS:PORT, for example a.test:443=10.0.0.5:443";
  if (egress->fixed_count == HOSTS_MAX) {
    fail(argument, "one --resolve too many");
  }
  struct fixed *fixed = &egress->fixed[egress->fixed_count++];
  char left[LEFT_MAX];
  const char *where = split(argument, left, expected);
  const char *wrong = destination_read(left, strlen(left), &fixed->destination);
  if (wrong != NULL) {
    fail(argument, wrong);
  } else if (!endpoint_read(where, &fixed->endpoint) || fixed->endpoint.port == 0) {
    fail(argument, expected);
  }
}

void options_read(int count, char *const *arguments, struct options *options, struct egress *egress) {
  bool has_cid = false;
  options->limits = limits;
  options->user = geteuid() == 0 ? NOBODY : geteuid();
  for (int i = 1; i < count; i++) {
    const char *name = arguments[i];
    if (strcmp(name, "--allow-private-addresses") == 0) {
      egress->private_names = true;
      continue;
    } else if (strcmp(name, "--until-input") == 0) {
      options->until_input = true;
      continue;
    } else if (++i == count) {
      fail(name, "is no option, or one without its value: docs/parent.md has them all");
    }
    const char *value = arguments[i];
    if (strcmp(name, "--cid") == 0) {
      options->cid = number(value, name);
      has_cid = true;
    } else if (strcmp(name, "--ingress") == 0) {
      read_ingress(value, options);
    } else if (strcmp(name, "--allow") == 0) {
      read_allow(value, egress);
    } else if (strcmp(name, "--resolve") == 0) {
      read_resolve(value, egress);
    } else if (strcmp(name, "--max-connections") == 0) {
      options->limits.ingress = options->limits.egress =
          (int)number_within(value, name, 1, CONNECTIONS_MAX);
    } else if (strcmp(name, "--idle-timeout") == 0) {
      options->limits.idle = (int64_t)number_within(value, name, 1, INT32_MAX / 1000) * 1000;
    } else if (strcmp(name, "--user") == 0) {
      options->user = number(value, name);
    } else {
      fail(name, "is no option: docs/parent.md has them all");
    }
  }
  if (!has_cid) {
    fail("--cid", "is missing; nitro-cli describe-enclaves says it as EnclaveCID");
  } else if (options->ingress_count == 0 && egress->allowed_count == 0) {
    fail("nothing to forward", "give --ingress, --allow, or both");
  } else if (egress->allowed_count > 0 && parent_port(options->cid) == 0) {
    fail("--cid", "with --allow it is 1 to 2294967294: what is asked for comes to a port that much "
                  "above 2000000000");
  }
  egress->cid = options->cid;
}
