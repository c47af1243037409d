/* Starts the attestation agent before the application, which so finds it answering. */
#include "agent_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"

#define PROGRAM "/agent"
/* Where the application finds it. */
#define SOCKET "/run/treza/agent.sock"
/* Where it says that it answers: it writes one byte, or none. */
#define READY 3
#define PATIENCE_MS 10000

int open_agent(void) {
  int program = open(PROGRAM, O_RDONLY | O_CLOEXEC);
  if (program < 0) {
    fail("agent", "%s: %s", PROGRAM, strerror(errno));
  }
  unlink(PROGRAM);
  return program;
}

_Noreturn static void child(int program, int ready, const struct process *process) {
  char name[] = "agent";
  char socket[] = SOCKET;
  char ready_number[] = {'0' + READY, '\0'};
  char uid[16];
  snprintf(uid, sizeof uid, "%u", process->uid);
  char *const arguments[] = {name, uid, socket, ready_number, NULL};
  char *const environment[] = {NULL};
  /* The program first: the two may lie on each other's place. */
  int high = fcntl(program, F_DUPFD_CLOEXEC, READY + 1);
  if (high < 0 || dup3(ready, READY, 0) < 0) {
    _exit(126);
  }
  syscall(SYS_execveat, high, "", arguments, environment, AT_EMPTY_PATH);
  _exit(127);
}

pid_t start_agent(int program, const struct process *process) {
  int ready[2];
  if (pipe2(ready, O_CLOEXEC) != 0) {
    fail("agent", "pipe: %s", strerror(errno));
  }
  /* dup3(2) refuses to put a descriptor where it is, and would leave it closed on exec. */
  int end = fcntl(ready[1], F_DUPFD_CLOEXEC, READY + 1);
  close(ready[1]);
  pid_t pid = end < 0 ? -1 : fork();
  if (pid < 0) {
    fail("agent", "fork: %s", strerror(errno));
  } else if (pid == 0) {
    child(program, end, process);
  }
  close(end);
  close(program);
  struct pollfd wait = {.fd = ready[0], .events = POLLIN};
  char byte;
  if (poll(&wait, 1, PATIENCE_MS) == 0) {
    fail("agent", "does not answer after %d s", PATIENCE_MS / 1000);
  } else if (read(ready[0], &byte, 1) != 1) {
    fail("agent", "ended before it answered");
  }
  close(ready[0]);
  return pid;
}
