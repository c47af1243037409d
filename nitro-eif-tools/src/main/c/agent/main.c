/*
 * The attestation agent: answers on a vsock port with documents for the caller's nonce, and takes
 * from the workload, over a Unix socket of its own, the key that these documents bind.
 *
 * usage: agent WORKLOAD-UID SOCKET-PATH READY-DESCRIPTOR
 *
 * Started as root, before the workload. Once it answers, and is confined, it writes one byte to
 * READY-DESCRIPTOR and closes it; if it cannot, it says why on standard error and exits with 1.
 */
#include "listen.h"
#include "sandbox.h"
#include "server.h"

#include "../nsm.h"

#include <errno.h>
#include <libgen.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A line in one write, so that no other's comes between. */
_Noreturn static void fail(const char *what, const char *why) {
  const char *parts[] = {"treza-agent: FAILED: ", what, ": ", why, "\n"};
  char line[256];
  size_t length = 0;
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
    size_t part = strlen(parts[i]);
    if (part < sizeof line - length) {
      memcpy(line + length, parts[i], part);
      length += part;
    }
  }
  (void)!write(STDERR_FILENO, line, length);
  _exit(1);
}

static int need(int descriptor, const char *what) {
  if (descriptor < 0) {
    fail(what, strerror(errno));
  }
  return descriptor;
}

/* A whole number from 0 to the greatest user id; uid -1 means no user (setresuid(2)). */
static uint32_t number(const char *argument, const char *what) {
  char *end;
  errno = 0;
  unsigned long value = strtoul(argument, &end, 10);
  if (errno != 0 || *argument < '0' || *argument > '9' || *end != 0 || value >= UINT32_MAX) {
    fail(what, "not a whole number below 4294967295");
  }
  return (uint32_t)value;
}

int main(int count, char **arguments) {
  if (count != 4) {
    fail("usage", "agent WORKLOAD-UID SOCKET-PATH READY-DESCRIPTOR");
  }
  uid_t workload = number(arguments[1], "workload's user id");
  char *path = arguments[2];
  int ready = (int)number(arguments[3], "ready descriptor");
  if (workload == AGENT_ID) {
    fail("workload's user id", "this is the agent's own; run the workload as another user");
  }
  int nsm = need(nsm_open(), "open the NSM");
  int remote = need(listen_remote(), "listen on vsock");
  int local = need(listen_local(path, workload), "listen for the workload");
  const int keep[] = {nsm, remote, local, ready};
  const char *failed = sandbox_enter(dirname(path), keep, sizeof keep / sizeof keep[0]);
  if (failed != NULL) {
    fail(failed, strerror(errno));
  }
  if (write(ready, "", 1) != 1) {
    fail("tell that it is ready", strerror(errno));
  }
  close(ready);
  serve(nsm, remote, local, workload);
  fail("wait for connections", strerror(errno));
}
