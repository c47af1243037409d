/*
 * The parent program: carries one enclave's channels, on the machine that the enclave runs beside.
 *
 * usage: parent --cid N [--ingress [ADDRESS:]PORT=N]... [--allow HOST:PORT]...
 *          [--resolve HOST:PORT=ADDRESS:PORT]... [--allow-private-addresses] [--max-connections N]
 *          [--idle-timeout SECONDS] [--user UID] [--until-input]
 *
 * Once all of it listens, and is confined, it prints where, one line ADDRESS:PORT=N for each --ingress,
 * and closes standard output. If it cannot, it says why on standard error and exits with 1. SIGTERM and
 * SIGINT end it with 0, and --until-input has any input, and its end, do so too: whoever holds the other
 * end of that pipe need not live to say it. docs/parent.md says the rest.
 */
#include "confinement.h"
#include "endpoints.h"
#include "options.h"
#include "tcp.h"

#include "../channels/join.h"
#include "../confined/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

const char program_name[] = "parent";

/* What leads to one enclave's ports. */
struct ingress {
  struct service service;
  uint32_t cid;
  struct places places[PORTS_MAX];
};

static void begin_ingress(struct server *server, struct tunnel *tunnel,
                          const struct sockaddr *peer) {
  (void)peer; /* anybody */
  const struct ingress *ingress = (const struct ingress *)tunnel->listener->service;
  join(server, tunnel, connect_to_enclave(ingress->cid, tunnel->listener->port));
}

/* Two for each connection, and a few more, among them one for each address_kind that is asked. */
static void raise_descriptor_limit(uint64_t connections) {
  rlim_t wanted = 2 * connections + PORTS_MAX + LOOKUPS + 16;
  struct rlimit limit = {0};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= wanted) {
    return;
  }
  rlim_t had = limit.rlim_max;
  limit.rlim_cur = wanted;
  limit.rlim_max = had < wanted ? wanted : had;
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0) {
    char why[160];
    snprintf(why, sizeof why,
             "takes %llu file descriptors in all, and %llu are allowed; lower it, or raise the "
             "limit (ulimit -n, LimitNOFILE=)",
             (unsigned long long)wanted, (unsigned long long)had);
    fail("--max-connections", why);
  }
}

/* Or others would take the places of those that are missing, and be written to or closed for them. */
static void have_standard_descriptors(void) {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
    if (fcntl(descriptor, F_GETFD) < 0) {
      need(open("/dev/null", O_RDWR), "/dev/null"); /* the lowest that is free */
    }
  }
}

/*
 * Whoever started this may have had signals ignored, which outlasts that: children must be waited for,
 * and the time of a lookup must end it. A reader of standard output that has gone must not end anything.
 */
static void set_signals(void) {
  sigset_t alarms;
  sigemptyset(&alarms);
  sigaddset(&alarms, SIGALRM);
  sigprocmask(SIG_UNBLOCK, &alarms, NULL);
  signal(SIGALRM, SIG_DFL);
  signal(SIGCHLD, SIG_DFL);
  signal(SIGPIPE, SIG_IGN);
}

static void stop(struct server *server, struct source *source) {
  (void)source;
  server->stopped = true;
}

/* Blocked before anything else is started, so that those processes end with this one, and not before. */
static int stop_signals(void) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, NULL);
  return signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void listen_on(struct server *server, struct ingress *ingress, struct ingress_port *port) {
  char text[ENDPOINT_TEXT_MAX];
  endpoint_write(&port->listen, text);
  struct places *places = &ingress->places[server->listener_count];
  int descriptor = need(tcp_listen(&port->listen), text);
  need(server_fill(server, places, server->limits.ingress, 0), "prepare");
  server_listen(server, (struct listener){.descriptor = descriptor,
                                          .port = port->port,
                                          .service = &ingress->service,
                                          .places = places});
}

static void listen_to_enclave(struct server *server, struct egress *egress, uid_t user) {
  uint32_t port = parent_port(egress->cid);
  char what[sizeof "listen on vsock port 4294967295"];
  snprintf(what, sizeof what, "listen on vsock port %u", port);
  server_listen(server, (struct listener){.descriptor = need(listen_for_enclave(port), what),
                                          .service = &egress->service,
                                          .places = &egress->places});
  need(egress_prepare(server, egress), "prepare");
  names_start(&egress->names, user);
  need(names_watch(server, &egress->names), "prepare");
}

/* NULL, to stay in the file system, where the user stays; files are out of reach without it too. */
static const char *scratch_for(uid_t user) {
  if (user == geteuid()) {
    return NULL;
  }
  return access("/run", W_OK) == 0 ? "/run" : "/tmp";
}

static void confine(const struct server *server, uid_t user) {
  const struct confinement confinement = parent_confinement(user);
  int keep[LISTENERS_MAX + SOURCES_MAX + 2] = {STDOUT_FILENO, server->epoll};
  size_t kept = 2;
  for (int i = 0; i < server->listener_count; i++) {
    keep[kept++] = server->listeners[i].descriptor;
  }
  for (int i = 0; i < server->source_count; i++) {
    keep[kept++] = server->sources[i]->descriptor;
  }
  const char *failed = sandbox_enter(scratch_for(user), keep, kept, &confinement);
  if (failed != NULL) {
    fail(failed, strerror(errno));
  }
}

static void print_addresses(const struct options *options) {
  for (int i = 0; i < options->ingress_count; i++) {
    char line[ENDPOINT_TEXT_MAX + 8];
    endpoint_write(&options->ingress[i].listen, line);
    size_t length = strlen(line);
    length += (size_t)sprintf(line + length, "=%u\n", options->ingress[i].port);
    (void)!write(STDOUT_FILENO, line, length); /* somebody may not want to know */
  }
  close(STDOUT_FILENO);
}

int main(int count, char **arguments) {
  /* Too much for a stack; unused pages of it cost nothing. */
  static struct server server;
  static struct options options;
  static struct egress egress;
  static struct ingress ingress = {
      .service = {
          .begin = begin_ingress, .step = step_join, .give_up = give_up_join, .turns_away = true}};
  have_standard_descriptors();
  set_signals();
  options_read(count, arguments, &options, &egress);
  ingress.cid = options.cid;
  server.limits = options.limits;
  uint64_t tunnels = (uint64_t)options.ingress_count * (uint64_t)options.limits.ingress +
                     (egress.allowed_count == 0 ? 0 : options.limits.egress + EGRESS_SPARE);
  raise_descriptor_limit(tunnels);
  struct source signals = {.descriptor = need(stop_signals(), "wait for signals"), .ready = stop};
  need(server_prepare(&server, (uint32_t)tunnels), "prepare");
  need(server_watch(&server, &signals), "prepare");
  struct source input = {.descriptor = STDIN_FILENO, .ready = stop};
  if (options.until_input) {
    need(server_watch(&server, &input), "--until-input");
  }
  need(have_vsock(), "vsock (AF_VSOCK), without which no enclave can be reached");
  for (int i = 0; i < options.ingress_count; i++) {
    listen_on(&server, &ingress, &options.ingress[i]);
  }
  if (egress.allowed_count > 0) {
    listen_to_enclave(&server, &egress, options.user);
  }
  confine(&server, options.user);
  print_addresses(&options);
  if (serve(&server) < 0) {
    fail("wait for connections", strerror(errno));
  }
  return 0;
}
