/*
 * The attestation agent: answers on a vsock port with documents for the caller's nonce, and takes
 * from the workload, over a Unix socket of its own, the key that these documents bind.
 *
 * usage: agent WORKLOAD-UID SOCKET-PATH READY-DESCRIPTOR
 *
 * Started as root, before the workload. Once it answers, and is confined, it writes one byte to
 * READY-DESCRIPTOR and closes it; if it cannot, it says why on standard error and exits with 1.
 */
#include "confinement.h"
#include "listen.h"
#include "server.h"

#include "../confined/program.h"
#include "../nsm.h"

#include <errno.h>
#include <libgen.h>
#include <string.h>

const char program_name[] = "agent";

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
  const char *failed =
      sandbox_enter(dirname(path), keep, sizeof keep / sizeof keep[0], &agent_confinement);
  if (failed != NULL) {
    fail(failed, strerror(errno));
  }
  tell_ready(ready);
  serve(nsm, remote, local, workload);
  fail("wait for connections", strerror(errno));
}
