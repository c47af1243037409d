/*
 * An application that says how it was started, a line a fact, and then does what its second argument
 * asks for, so that a test can see what init makes of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

/* Prints what a file of one line has in it. */
static void show_line(const char *path) {
  char line[512] = "";
  FILE *file = fopen(path, "r");
  if (file != NULL) {
    printf("%s: %s", path, fgets(line, sizeof line, file) == NULL ? "\n" : line);
    fclose(file);
  }
}

/* Whether it may listen on a port that once only root's programs could. */
static void try_to_listen(void) {
  const struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons(443),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int server = socket(AF_INET, SOCK_STREAM, 0);
  int result = bind(server, (const struct sockaddr *)&address, sizeof address);
  printf("listen on 443: %s\n", result == 0 ? "yes" : strerror(errno));
  close(server);
}

/* Whether somebody listens where the proxy to other hosts is. */
static void try_proxy(void) {
  const struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons(3128),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int proxy = socket(AF_INET, SOCK_STREAM, 0);
  int result = connect(proxy, (const struct sockaddr *)&address, sizeof address);
  printf("proxy: %s\n", result == 0 ? "yes" : strerror(errno));
  close(proxy);
}

/* Kills the forwarder, which it knows by its user, and waits for what becomes of that. */
static int end_forwarder(void) {
  for (int pid = 2; pid < 1000; pid++) {
    char path[32];
    char line[512];
    unsigned user = 0;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *status = fopen(path, "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
      sscanf(line, "Uid: %u", &user);
    }
    if (status != NULL) {
      fclose(status);
    }
    if (user == 1953659494 && kill(pid, SIGKILL) == 0) {
      pause();
    }
  }
  return 1;
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
  try_proxy();
  try_to_listen();
  show_line("/proc/sys/net/ipv4/ip_local_reserved_ports");
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
  } else if (strcmp(act, "end the forwarder") == 0) {
    return end_forwarder();
  } else if (strcmp(act, "terminate") == 0) {
    signal(SIGTERM, terminated);
    while (kill(1, SIGTERM) == 0) {
      pause();
    }
    return 1;
  }
  return 0;
}
