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
#include "egress.h"
#include "endpoints.h"

#include "../channels/join.h"
#include "../confined/program.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>

const char program_name[] = "forwarder";

static void begin_ingress(struct server *server, struct tunnel *tunnel,
                          const struct sockaddr *peer) {
  (void)peer; /* always the parent */
  join(server, tunnel, connect_to_workload(tunnel->listener->port));
}

/* Two descriptors each, three while the parent's address is not known, and a few of its own. */
static void raise_descriptor_limit(void) {
  rlim_t wanted = (rlim_t)(2 * limits.ingress + 3 * limits.egress + PORTS_MAX + 16);
  struct rlimit limit = {0};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= wanted) {
    return;
  }
  limit.rlim_cur = wanted;
  limit.rlim_max = limit.rlim_max < wanted ? wanted : limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0) {
    fail("raise the limit of descriptors", strerror(errno));
  }
}

static uint16_t port_of(const char *argument, int before) {
  uint32_t port = number(argument, argument);
  if (port == 0 || port > UINT16_MAX || before == PORTS_MAX) {
    fail(argument, "not a port from 1 to 65535, or one too many");
  }
  return (uint16_t)port;
}

static void allow(struct egress *egress, const char *argument) {
  if (egress->allowed_count == HOSTS_MAX) {
    fail(argument, "one host too many");
  }
  const char *wrong = destination_read_listed(argument, &egress->allowed[egress->allowed_count++]);
  if (wrong != NULL) {
    fail(argument, wrong);
  }
}

int main(int count, char **arguments) {
  static struct server server; /* too much for a stack; unused pages of it cost nothing */
  static struct egress egress;
  struct service ingress = {
      .begin = begin_ingress, .step = step_join, .give_up = give_up_join, .short_rest = true};
  struct places ingress_places = {0}, egress_places = {0};
  if (count < 4) {
    fail("usage", "forwarder READY-DESCRIPTOR DIRECTORY PORT... -- HOST:PORT...");
  }
  int ready = (int)number(arguments[1], "ready descriptor");
  raise_descriptor_limit();
  server.limits = limits;
  need(server_prepare(&server, (uint32_t)(limits.ingress + limits.egress)), "prepare");
  need(server_fill(&server, &ingress_places, limits.ingress, 0), "prepare");
  need(egress_prepare(&server, &egress, &egress_places), "prepare");
  int at = 3;
  for (; at < count && strcmp(arguments[at], "--") != 0; at++) {
    uint16_t port = port_of(arguments[at], server.listener_count);
    server_listen(&server,
                  (struct listener){.descriptor = need(listen_for_parent(port), "listen on vsock"),
                                    .port = port,
                                    .service = &ingress,
                                    .places = &ingress_places});
  }
  for (at++; at < count; at++) {
    allow(&egress, arguments[at]);
  }
  if (egress.allowed_count > 0) {
    for (int i = 0; i < server.listener_count; i++) {
      if (server.listeners[i].port == PROXY_PORT) {
        fail("port 3128", "is the egress proxy's, which nobody outside may use");
      }
    }
    server_listen(&server, (struct listener){.descriptor = need(listen_for_workload(),
                                                                "listen for the workload"),
                                             .service = &egress.service,
                                             .places = &egress_places});
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
  serve(&server); /* nothing stops it */
  fail("wait for connections", strerror(errno));
}
