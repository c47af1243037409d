/*
 * An application that says how it was started, a line a fact, and then does what its second argument
 * asks for, so that a test can see what init makes of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void status_lines(void) {
  static const char *const wanted[] = {"Uid:",    "Gid:",    "Groups:", "CapInh:",     "CapPrm:",
                                       "CapEff:", "CapBnd:", "CapAmb:", "NoNewPrivs:", "TracerPid:",
                                       "SigBlk:"};
  char line[512];
  FILE *status = fopen("/proc/self/status", "r");
  while (status != NULL && fgets(line, sizeof line, status) != NULL) {
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
      if (strncmp(line, wanted[i], strlen(wanted[i])) == 0) {
        printf("%s", line);
      }
    }
  }
  if (status != NULL) {
    fclose(status);
  }
}

static void try_to_write(const char *path) {
  int file = open(path, O_WRONLY | O_CREAT, 0600);
  printf("write %s: %s\n", path, file < 0 ? strerror(errno) : "yes");
  if (file >= 0) {
    close(file);
  }
}

/* Returns 0 once process 1 has taken in a process whose parent ended before it. */
static int leave_orphan(void) {
  int tell[2];
  pid_t orphan = 0;
  if (pipe(tell) != 0) {
    return 1;
  }
  pid_t parent = fork();
  if (parent == 0) {
    orphan = fork();
    if (orphan != 0 && write(tell[1], &orphan, sizeof orphan) < 0) {
      _exit(1);
    }
    _exit(0);
  }
  waitpid(parent, NULL, 0);
  if (read(tell[0], &orphan, sizeof orphan) != sizeof orphan) {
    return 1;
  }
  /* A process that has ended is there until it is waited for. */
  while (kill(orphan, 0) == 0) {
    usleep(1000);
  }
  return 0;
}

static void terminated(int number) { _exit(number + 27); }

int main(int count, char **arguments) {
  char directory[4096];
  printf("cwd: %s\n", getcwd(directory, sizeof directory));
  for (int i = 0; i < count; i++) {
    printf("argument: %s\n", arguments[i]);
  }
  for (char **variable = environ; *variable != NULL; variable++) {
    printf("variable: %s\n", *variable);
  }
  mode_t mask = umask(0);
  printf("umask: %04o\n", (unsigned)mask);
  status_lines();
  static const char *const places[] = {
      "/x", "/tmp/x", "/run/x", "/data/x", "/dev/x", "/dev/shm/x", "/sys/x", "/proc/sys/kernel/hostname"};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    try_to_write(places[i]);
  }
  printf("session of its own: %s\n", getsid(0) == getpid() ? "yes" : "no");
  struct stat kept;
  printf("kept: %s\n", stat("/data/kept", &kept) == 0 ? "yes" : strerror(errno));
  for (int file = 3; file < 64; file++) {
    if (fcntl(file, F_GETFD) >= 0) {
      printf("open file: %d\n", file);
    }
  }
  fflush(stdout);
  int console = open("/dev/stdout", O_WRONLY);
  dprintf(console < 0 ? 1 : console, "opens /dev/stdout: %s\n", console < 0 ? strerror(errno) : "yes");
  const char *act = count > 1 ? arguments[1] : "";
  if (strcmp(act, "exit 3") == 0) {
    return 3;
  } else if (strcmp(act, "abort") == 0) {
    abort();
  } else if (strcmp(act, "leave a child") == 0 && fork() == 0) {
    pause();
  } else if (strcmp(act, "leave an orphan") == 0) {
    return leave_orphan();
  } else if (strcmp(act, "terminate") == 0) {
    signal(SIGTERM, terminated);
    while (kill(1, SIGTERM) == 0) {
      pause();
    }
    return 1;
  }
  return 0;
}
