/* Starts the programs beside the application before it, which so finds them answering. */
#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"

/* Where the application finds the agent. */
#define AGENT_SOCKET "/run/treza/agent.sock"
/* Where the forwarder makes the directory that it then removes and goes into. */
#define SCRATCH "/run"
/* Where a program says that it answers: it writes one byte, or none. */
#define READY 3
#define READY_ARGUMENT "3"
#define PATIENCE_MS 10000

void service_open(struct service *service, bool wanted) {
  char path[32];
  snprintf(path, sizeof path, "/%s", service->name);
  service->program = wanted ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (wanted && service->program < 0) {
    fail(service->name, "%s: %s", path, strerror(errno));
  }
  unlink(path);
}

_Noreturn static void child(int program, int ready, const char *const *arguments) {
  static char *const environment[] = {NULL};
  /* The program first: the two may lie on each other's place. */
  int high = fcntl(program, F_DUPFD_CLOEXEC, READY + 1);
  if (high < 0 || dup3(ready, READY, 0) < 0) {
    _exit(126);
  }
  syscall(SYS_execveat, high, "", arguments, environment, AT_EMPTY_PATH);
  _exit(127);
}

static void start(struct service *service, const char *const *arguments) {
  int ready[2];
  if (pipe2(ready, O_CLOEXEC) != 0) {
    fail(service->name, "pipe: %s", strerror(errno));
  }
  /* dup3(2) refuses to put a descriptor where it is, and would leave it closed on exec. */
  int end = fcntl(ready[1], F_DUPFD_CLOEXEC, READY + 1);
  close(ready[1]);
  service->pid = end < 0 ? -1 : fork();
  if (service->pid < 0) {
    fail(service->name, "fork: %s", strerror(errno));
  } else if (service->pid == 0) {
    child(service->program, end, arguments);
  }
  close(end);
  close(service->program);
  struct pollfd wait = {.fd = ready[0], .events = POLLIN};
  char byte;
  if (poll(&wait, 1, PATIENCE_MS) == 0) {
    fail(service->name, "does not answer after %d s", PATIENCE_MS / 1000);
  } else if (read(ready[0], &byte, 1) != 1) {
    fail(service->name, "ended before it answered");
  }
  close(ready[0]);
}

void start_agent(struct service *service, const struct process *process) {
  char uid[16];
  snprintf(uid, sizeof uid, "%u", process->uid);
  const char *const arguments[] = {service->name, uid, AGENT_SOCKET, READY_ARGUMENT, NULL};
  if (service->program >= 0) {
    start(service, arguments);
  }
}

static size_t length(char *const *items) {
  size_t count = 0;
  while (items[count] != NULL) {
    count++;
  }
  return count;
}

void start_forwarder(struct service *service, const struct process *process) {
  static const char *const first[] = {"forwarder", READY_ARGUMENT, SCRATCH};
  if (service->program < 0) {
    return;
  }
  size_t ports = length(process->ingress);
  size_t hosts = length(process->egress);
  const char **arguments = calloc(3 + ports + 1 + hosts + 1, sizeof *arguments);
  if (arguments == NULL) {
    fail(service->name, "%s", strerror(errno));
  }
  memcpy(arguments, first, sizeof first);
  memcpy(arguments + 3, process->ingress, ports * sizeof *arguments);
  arguments[3 + ports] = "--";
  memcpy(arguments + 3 + ports + 1, process->egress, hosts * sizeof *arguments);
  start(service, arguments);
  free(arguments);
}
