/*
 * A workload that registers a key with the agent, then lets two others try: a process of its own
 * user, and one of another user. Each says what it was answered, and the workload then waits.
 *
 * usage: binds OTHER-UID
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Registers a key (docs/enclave-init.md); returns the connection. */
static int enrol(const char *who, const char *key) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/treza/agent.sock"};
  int agent = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(agent, (struct sockaddr *)&address, sizeof address) != 0) {
    printf("binds: %s: connect: %s\n", who, strerror(errno));
    fflush(stdout);
    return -1;
  }
  uint8_t frame[12 + 255] = {'T', 'Z', 'L', '1', 1};
  size_t length = strlen(key);
  frame[9] = (uint8_t)length;
  memcpy(frame + 12, key, length);
  uint8_t answer[10];
  size_t got = 0;
  if (write(agent, frame, 12 + length) == (ssize_t)(12 + length)) {
    for (ssize_t n; got < sizeof answer && (n = read(agent, answer + got, sizeof answer - got)) > 0;) {
      got += (size_t)n;
    }
  }
  if (got == sizeof answer) {
    printf("binds: %s: status %d\n", who, answer[5]);
  } else {
    printf("binds: %s: no answer\n", who);
  }
  fflush(stdout);
  return agent;
}

static void in_another_process(const char *who, const char *key, uid_t uid) {
  pid_t child = fork();
  if (child == 0) {
    if (setuid(uid) != 0) {
      printf("binds: %s: setuid: %s\n", who, strerror(errno));
    } else {
      enrol(who, key);
    }
    fflush(stdout);
    _exit(0);
  }
  waitpid(child, NULL, 0);
}

int main(int count, char **arguments) {
  enrol("workload", "the key of the workload");
  in_another_process("same user", "the key of a second process", getuid());
  if (count > 1) {
    in_another_process("other user", "the key of another user", (uid_t)atoi(arguments[1]));
  }
  puts("binds: done");
  fflush(stdout);
  for (;;) {
    pause();
  }
}
