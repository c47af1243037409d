/* Process 1 of an enclave: boots it, starts what it is for, and ends it when that ends. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "application.h"
#include "entropy.h"
#include "heartbeat.h"
#include "log.h"
#include "modules.h"
#include "network.h"
#include "process.h"
#include "root.h"
#include "service.h"

#define PROCESS "/process"

/* Whether it can be passed on: the rest is the kernel's word on a process's own doings. */
static bool forwarded(int signal) {
  return signal != SIGCHLD && signal != SIGPIPE && signal != SIGTTIN && signal != SIGTTOU;
}

/* Takes in what has ended. Ends the enclave if that is the application, or a service. */
static void reap(pid_t application, const struct service *const *services) {
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    const char *how = WIFSIGNALED(status) ? "killed by signal" : "exited with status";
    for (const struct service *const *service = services; *service != NULL; service++) {
      if (pid == (*service)->pid) {
        /* Without it the enclave could no longer prove what it is, or be reached. */
        fail((*service)->name, "%s %d", how, number);
      }
    }
    if (pid == application) {
      say("application %s %d", how, number);
      power_off();
    }
  }
}

int main(void) {
  if (getpid() != 1) {
    fprintf(stderr, "treza-init: runs as process 1 of an enclave only\n");
    return 2;
  }
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  umask(022);
  open_console();
  load_modules();
  struct process process;
  const char *wrong = process_read(PROCESS, &process);
  if (wrong != NULL) {
    fail("configuration", "%s: %s", PROCESS, wrong);
  }
  unlink(PROCESS);
  raise_loopback();
  seed_entropy();
  send_heartbeat(process.heartbeat);
  struct service agent = {.name = "agent"};
  struct service forwarder = {.name = "forwarder"};
  const struct service *const services[] = {&agent, &forwarder, NULL};
  service_open(&agent, process.agent);
  service_open(&forwarder, process.ingress[0] != NULL || process.egress[0] != NULL);
  enter_root(&process);
  start_agent(&agent, &process);
  start_forwarder(&forwarder, &process);
  pid_t application = start_application(&process);
  for (;;) {
    /* What had ended by now, among it, has no signal left. */
    reap(application, services);
    int signal = sigwaitinfo(&all, NULL);
    if (signal > 0 && forwarded(signal)) {
      kill(application, signal);
    }
  }
}
