/* Starts the application as a container runtime would: same user, directory, environment, search. */
#include "application.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec_failure.h"
#include "kernel.h"
#include "log.h"

#define WHY 512

/* Gives up every capability, and the ways to get one back: a set-user-id program, a file's own. */
static const char *drop_capabilities(void) {
  const struct capability_header header = {.version = LINUX_CAPABILITY_VERSION_3};
  const struct capability_data none[2] = {{0}};
  if (syscall(SYS_capset, &header, none) != 0) {
    return "capset";
  }
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ? "no_new_privs" : NULL;
}

/* The limit that holds for uid 0 too, whom execve(2) would else give every capability again. */
static const char *drop_bounding_set(void) {
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++) {
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) {
      return "bounding set";
    }
  }
  return NULL;
}

/* Becomes the user. Returns NULL, or the step that failed. */
static const char *become(const struct process *process) {
  const char *failed = process->hardened ? drop_bounding_set() : NULL;
  if (failed != NULL) {
    return failed;
  } else if (setgroups(process->group_count, process->groups) != 0) {
    return "groups";
  } else if (setresgid(process->gid, process->gid, process->gid) != 0) {
    return "group";
  } else if (setresuid(process->uid, process->uid, process->uid) != 0) {
    return "user";
  }
  return process->hardened ? drop_capabilities() : NULL;
}

static const char *variable(char *const *environment, const char *name) {
  size_t length = strlen(name);
  for (; *environment != NULL; environment++) {
    if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=') {
      return *environment + length + 1;
    }
  }
  return NULL;
}

/* Looks the program up as execvpe(3) does, and writes why it cannot be run. Returns only then. */
static void run(const struct process *process, char *why) {
  char *const *arguments = process->arguments;
  const char *name = arguments[0];
  if (strchr(name, '/') != NULL) {
    execve(name, arguments, process->environment);
    explain_exec_failure(name, errno, why, WHY);
    return;
  } else if (*name == '\0') {
    snprintf(why, WHY, "the command's name is empty");
    return;
  }
  const char *path = variable(process->environment, "PATH");
  snprintf(why, WHY, "%s: not found in PATH (%s)", name, path == NULL ? "not set" : path);
  for (const char *end; path != NULL; path = *end == '\0' ? NULL : end + 1) {
    end = path + strcspn(path, ":");
    char file[4096];
    int length = end == path
        ? snprintf(file, sizeof file, "%s", name)
        : snprintf(file, sizeof file, "%.*s/%s", (int)(end - path), path, name);
    if (length >= (int)sizeof file) {
      continue;
    }
    execve(file, arguments, process->environment);
    int error = errno;
    if (error == ENOENT && access(file, F_OK) != 0) {
      continue;
    }
    explain_exec_failure(file, error, why, WHY);
    if (error != EACCES && error != ENOTDIR) {
      return;
    }
  }
}

/* The child: becomes the application, or writes why not. */
_Noreturn static void child(const struct process *process, int report) {
  char why[WHY];
  setsid();
  const char *failed = NULL;
  /* As root: Docker too enters directories that the user may not. */
  if (chdir(process->directory) != 0) {
    snprintf(why, sizeof why, "working directory %s: %s", process->directory, strerror(errno));
  } else if ((failed = become(process)) != NULL || ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) {
    snprintf(why, sizeof why, "%s: %s", failed == NULL ? "ptrace" : failed, strerror(errno));
  } else {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
    run(process, why);
  }
  if (write(report, why, strlen(why)) < 0) {
    _exit(126);
  }
  _exit(127);
}

pid_t start_application(const struct process *process) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) {
    fail("application", "pipe: %s", strerror(errno));
  }
  pid_t pid = fork();
  if (pid < 0) {
    fail("application", "fork: %s", strerror(errno));
  } else if (pid == 0) {
    child(process, report[1]);
  }
  close(report[1]);
  int status = 0;
  /* A traced process stops when it has become another program, before it does anything. */
  while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status) && WSTOPSIG(status) != SIGTRAP) {
    ptrace(PTRACE_CONT, pid, NULL, (void *)(long)WSTOPSIG(status));
  }
  if (!WIFSTOPPED(status)) {
    char why[WHY + 1] = "ended before it began";
    ssize_t length = read(report[0], why, WHY);
    if (length > 0) {
      why[length] = '\0';
    }
    fail("application", "%s", why);
  }
  close(report[0]);
  say("application started");
  ptrace(PTRACE_DETACH, pid, NULL, NULL);
  return pid;
}
