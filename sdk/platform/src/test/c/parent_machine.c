/*
 * What stands for a parent instance in a machine beside the enclave's: a process that answers the
 * heartbeat as nitro-cli does, a TCP server that sends back what it gets, and commands, one a
 * connection to vsock port 7000, for parent programs and for callers of them:
 *
 *   start WORD...             runs /parent; answers the lines that it writes until it closes its output,
 *                             with spaces between them; its errors go to the console
 *   stop SIGNAL               ends the one started last, and answers how it has ended
 *   tcp PORT                  from here on the connection is one to this TCP port of the machine
 *   exchange PORT BYTES LINE  sends the line and so many bytes to this TCP port, which are to come back,
 *                             then ends that direction and reads to the end; answers how many came
 *                             back, how many bytes more, and how what came before them begins
 */
#include "vsock.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define COMMAND_PORT 7000
#define ECHO_PORT "4443"
#define HEARTBEAT_PORT 9000
#define WORDS_MAX 32
#define PIECE 2048

static pid_t parents[4];
static size_t running;

static struct sockaddr_in loopback(const char *port) {
  return (struct sockaddr_in){.sin_family = AF_INET,
                              .sin_port = htons((uint16_t)atoi(port)),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int connect_to(const char *port) {
  struct sockaddr_in address = loopback(port);
  int there = socket(AF_INET, SOCK_STREAM, 0);
  return connect(there, (struct sockaddr *)&address, sizeof address) == 0 ? there : -1;
}

static int write_all(int to, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t count = send(to, bytes, length, MSG_NOSIGNAL);
    if (count <= 0) {
      return -1;
    }
    bytes += count;
    length -= (size_t)count;
  }
  return 0;
}

static void answer(int peer, const char *text) {
  write_all(peer, text, strlen(text));
  write_all(peer, "\n", 1);
}

/* Passes on what is there, or the end. Returns whether more can come. */
static int pass(int from, int to) {
  static char bytes[65536];
  ssize_t count = read(from, bytes, sizeof bytes);
  if (count <= 0) {
    shutdown(to, SHUT_WR);
    return 0;
  }
  return write_all(to, bytes, (size_t)count) == 0;
}

static void carry(int one, int other) {
  struct pollfd sides[] = {{.fd = one, .events = POLLIN}, {.fd = other, .events = POLLIN}};
  while (poll(sides, 2, -1) > 0) {
    for (int i = 0; i < 2; i++) {
      if (sides[i].revents != 0 && !pass(sides[i].fd, i == 0 ? other : one)) {
        return;
      }
    }
  }
}

/* Reads so many bytes, or fewer if it ends before. */
static size_t read_all(int from, char *bytes, size_t length) {
  size_t count = 0;
  ssize_t some;
  while (count < length && (some = read(from, bytes + count, length - count)) > 0) {
    count += (size_t)some;
  }
  return count;
}

static void start(int peer, char *words) {
  char *arguments[WORDS_MAX] = {"/parent"};
  int count = 1;
  for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " ")) {
    arguments[count++] = word;
  }
  int output[2];
  pipe(output);
  pid_t parent = parents[running++] = fork();
  if (parent == 0) {
    dup2(output[1], STDOUT_FILENO);
    execv(arguments[0], arguments);
    perror("exec /parent");
    _exit(127);
  }
  close(output[1]);
  char lines[300] = "";
  read_all(output[0], lines, sizeof lines - 1);
  close(output[0]);
  for (char *end = lines; (end = strchr(end, '\n')) != NULL && end[1] != '\0';) {
    *end = ' ';
  }
  lines[strcspn(lines, "\n")] = '\0';
  answer(peer, lines);
}

static void stop(int peer, const char *signal_number) {
  char text[40];
  int status;
  pid_t parent = parents[--running];
  kill(parent, atoi(signal_number));
  waitpid(parent, &status, 0);
  snprintf(text, sizeof text, WIFEXITED(status) ? "exit %d" : "signal %d",
           WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
  answer(peer, text);
}

/* What a proxy says first, up to the empty line. */
static void read_head(int from, char *head, size_t size) {
  size_t count = 0;
  while (count < size - 1 && strstr(head, "\r\n\r\n") == NULL && read(from, head + count, 1) == 1) {
    head[++count] = '\0';
  }
  head[strcspn(head, "\r\n")] = '\0';
}

/* Bytes go and come back a piece at a time: the daemon between two machines drops a packet that does
 * not fit into one of the receiver's buffers, which are of 4 KiB (rust-vmm/vhost-device, issue 384). */
static size_t exchange_pieces(int there, size_t length) {
  static char sent[PIECE], got[PIECE];
  unsigned state = 1;
  size_t count = 0;
  for (; count < length; count += PIECE) {
    for (size_t i = 0; i < PIECE; i++) {
      state = state * 1664525 + 1013904223;
      sent[i] = (char)(state >> 24);
    }
    if (write_all(there, sent, PIECE) != 0 || read_all(there, got, PIECE) != PIECE ||
        memcmp(sent, got, PIECE) != 0) {
      break;
    }
  }
  return count;
}

static void exchange(int peer, const char *port, size_t length, const char *line) {
  char head[300] = "", rest[4096], text[400];
  int there = connect_to(port);
  write_all(there, line, strlen(line));
  write_all(there, "\n", 1);
  if (strncmp(line, "ask ", 4) == 0) {
    read_head(there, head, sizeof head);
  }
  size_t count = exchange_pieces(there, length);
  shutdown(there, SHUT_WR);
  size_t more = read_all(there, rest, sizeof rest);
  snprintf(text, sizeof text, "%zu %zu %s", count, more, head);
  answer(peer, text);
}

/* Commands about the processes that /parent becomes are done here, others in a process of their own. */
static void command(int peer) {
  char line[500] = "", port[8], text[300] = "";
  size_t length;
  for (size_t at = 0; at < sizeof line - 1 && read(peer, line + at, 1) == 1; at++) {
    if (line[at] == '\n') {
      line[at] = '\0';
      break;
    }
  }
  if (strncmp(line, "start ", 6) == 0) {
    start(peer, line + 6);
  } else if (strncmp(line, "stop ", 5) == 0) {
    stop(peer, line + 5);
  } else if (fork() == 0) {
    signal(SIGCHLD, SIG_IGN);
    if (sscanf(line, "tcp %7s", port) == 1) {
      carry(peer, connect_to(port));
    } else if (sscanf(line, "exchange %7s %zu %299[^\n]", port, &length, text) == 3) {
      exchange(peer, port, length, text);
    }
    _exit(0);
  }
}

static void echo(int peer) {
  while (pass(peer, peer)) {
  }
}

/* nitro-cli: one byte, 0xb7, and the same back. */
static void beat(int peer) {
  pass(peer, peer);
  puts("parent machine: heartbeat");
  fflush(stdout);
}

/* Answers a listener in a process of its own, a connection in another. */
static void answer_beside(int listener, void (*with)(int peer)) {
  if (fork() == 0) {
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
      int peer = accept(listener, NULL, NULL);
      if (fork() == 0) {
        with(peer);
        _exit(0);
      }
      close(peer);
    }
  }
  close(listener);
}

static int listen_on(const char *port) {
  struct sockaddr_in address = loopback(port);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  return bind(listener, (struct sockaddr *)&address, sizeof address) == 0
                 && listen(listener, 64) == 0
             ? listener
             : -1;
}

int main(void) {
  int commands = vsock_listen(COMMAND_PORT);
  int heartbeat = vsock_listen(HEARTBEAT_PORT);
  int tcp = listen_on(ECHO_PORT);
  if (commands < 0 || heartbeat < 0 || tcp < 0) {
    perror("parent machine: listen");
    return 1;
  }
  answer_beside(heartbeat, beat);
  answer_beside(tcp, echo);
  puts("parent machine: listens");
  fflush(stdout);
  for (;;) {
    int peer = accept(commands, NULL, NULL);
    command(peer);
    close(peer);
  }
}
