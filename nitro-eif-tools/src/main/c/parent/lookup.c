/* Looks names up as the C library does: by /etc/hosts and DNS. See lookup.h. */
#include "lookup.h"

#include "confinement.h"

#include "../channels/limits.h"
#include "../confined/program.h"
#include "../confined/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct found look_up(const char *name) {
  const struct addrinfo hints = {
      .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
  struct addrinfo *all;
  struct found found = {0};
  if (getaddrinfo(name, NULL, &hints, &all) == 0) {
    for (; all != NULL && found.count < FOUND_MAX; all = all->ai_next) {
      struct endpoint endpoint;
      if (endpoint_from(all->ai_addr, &endpoint)) {
        found.addresses[found.count++] = endpoint.address;
      }
    }
  }
  return found; /* the list goes with the process */
}

static void answer(int asker, const struct found *found) {
  send(asker, found, FOUND_LENGTH(found->count), MSG_NOSIGNAL);
}

/* Each name has a process to itself, which ends in time whatever the lookup does. */
static void look_up_apart(int asker, const char *name) {
  int status = -1;
  pid_t child = fork();
  if (child == 0) {
    alarm((unsigned)(limits.answer / 1000));
    struct found found = look_up(name);
    alarm(0); /* what has answered must not end as if it had not, and be answered for again */
    answer(asker, &found);
    _exit(0);
  }
  if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0) {
    const struct found none = {.late = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM};
    answer(asker, &none);
  }
}

_Noreturn static void serve_lookups(int asker, uid_t user) {
  const struct confinement confinement = lookup_confinement(user);
  const char *failed = sandbox_enter(NULL, &asker, 1, &confinement);
  if (failed != NULL) {
    fail(failed, strerror(errno));
  }
  send(asker, "", 1, MSG_NOSIGNAL);
  for (;;) {
    char name[HOST_MAX + 1];
    ssize_t length = recv(asker, name, HOST_MAX, 0);
    if (length <= 0) {
      _exit(0); /* the program has ended */
    }
    name[length] = '\0';
    look_up_apart(asker, name);
  }
}

int lookup_start(uid_t user) {
  int ends[2];
  char ready;
  need(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "look names up");
  pid_t child = fork();
  if (child == 0) {
    serve_lookups(ends[1], user);
  }
  close(ends[1]);
  if (need(child, "look names up") < 0 || recv(ends[0], &ready, 1, 0) != 1) {
    _exit(1); /* it has said why */
  }
  need(fcntl(ends[0], F_SETFL, O_NONBLOCK), "look names up");
  return ends[0];
}
