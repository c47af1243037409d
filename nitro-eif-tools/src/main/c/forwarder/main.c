/*
 * The forwarder: connects what reaches the enclave's listed vsock ports to the same TCP ports on
 * loopback, and is the proxy by which the workload reaches the listed hosts through the parent.
 *
 * usage: forwarder READY-DESCRIPTOR DIRECTORY PORT... -- HOST:PORT...
 *
 * Started as root, before the workload. Once it listens, and is confined (by way of DIRECTORY), it
 * writes one byte to READY-DESCRIPTOR and closes it; if it cannot, it says why on standard error and
 * exits with 1. There is a proxy only if there is a HOST:PORT.
 */
#include "confinement.h"
#include "endpoints.h"
#include "limits.h"
#include "server.h"

#include "../confined/program.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>

/* Two descriptors each, three while the parent's address is not known, and a few of its own. */
#define DESCRIPTORS_MAX (2 * INGRESS_MAX + 3 * EGRESS_MAX + PORTS_MAX + 16)

const char program_name[] = "forwarder";

static void raise_descriptor_limit(void) {
  struct rlimit limit = {0};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= DESCRIPTORS_MAX) {
    return;
  }
  limit.rlim_cur = DESCRIPTORS_MAX;
  limit.rlim_max = limit.rlim_max < DESCRIPTORS_MAX ? DESCRIPTORS_MAX : limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0) {
    fail("raise the limit of descriptors", strerror(errno));
  }
}

static void listen_on(struct server *server, const char *argument) {
  uint32_t port = number(argument, argument);
  if (port == 0 || port > UINT16_MAX || server->listener_count == PORTS_MAX) {
    fail(argument, "not a port from 1 to 65535, or one too many");
  }
  need(server_listen(server, listen_for_parent((uint16_t)port), (uint16_t)port), "listen on vsock");
}

static void allow(struct server *server, const char *argument) {
  if (server->allowed_count == HOSTS_MAX) {
    fail(argument, "one host too many");
  }
  const char *wrong =
      destination_read_listed(argument, &server->allowed[server->allowed_count++]);
  if (wrong != NULL) {
    fail(argument, wrong);
  }
}

int main(int count, char **arguments) {
  static struct server server; /* too much for a stack; unused pages of it cost nothing */
  if (count < 4) {
    fail("usage", "forwarder READY-DESCRIPTOR DIRECTORY PORT... -- HOST:PORT...");
  }
  int ready = (int)number(arguments[1], "ready descriptor");
  raise_descriptor_limit();
  need(server_prepare(&server), "prepare");
  int at = 3;
  for (; at < count && strcmp(arguments[at], "--") != 0; at++) {
    listen_on(&server, arguments[at]);
  }
  for (at++; at < count; at++) {
    allow(&server, arguments[at]);
  }
  if (server.allowed_count > 0) {
    for (int i = 0; i < server.listener_count; i++) {
      if (server.listeners[i].port == PROXY_PORT) {
        fail("port 3128", "is the egress proxy's, which nobody outside may use");
      }
    }
    need(server_listen(&server, listen_for_workload(), 0), "listen for the workload");
  }
  int keep[LISTENERS_MAX + 2] = {ready, server.epoll};
  for (int i = 0; i < server.listener_count; i++) {
    keep[2 + i] = server.listeners[i].descriptor;
  }
  const char *failed = sandbox_enter(arguments[2], keep, (size_t)server.listener_count + 2,
                                     &forwarder_confinement);
  if (failed != NULL) {
    fail(failed, strerror(errno));
  }
  tell_ready(ready);
  serve(&server);
  fail("wait for connections", strerror(errno));
}
