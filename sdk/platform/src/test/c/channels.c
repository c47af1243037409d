/*
 * A workload that does on each connection to its TCP port 8443 what the first line asks for:
 *
 *   echo...            sends back what it gets, and says on its output when that has ended
 *   proxy              says where the environment has the proxy to hosts
 *   ask HOST:PORT      asks that proxy for a connection, and carries bytes between the two
 *   parent PORT        goes past the proxy, to this vsock port of the parent instance
 */
#include "vsock.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int open_socket(unsigned short port, struct sockaddr_in *address) {
  memset(address, 0, sizeof *address);
  address->sin_family = AF_INET;
  address->sin_port = htons(port);
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return socket(AF_INET, SOCK_STREAM, 0);
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
  while ((sides[0].fd >= 0 || sides[1].fd >= 0) && poll(sides, 2, -1) > 0) {
    for (int i = 0; i < 2; i++) {
      if (sides[i].fd >= 0 && sides[i].revents != 0 && !pass(sides[i].fd, i == 0 ? other : one)) {
        sides[i].fd = -1;
      }
    }
  }
}

static void ask(int peer, const char *destination) {
  struct sockaddr_in address;
  int proxy = open_socket(3128, &address);
  char head[400];
  int length = snprintf(head, sizeof head, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", destination,
                        destination);
  if (connect(proxy, (struct sockaddr *)&address, sizeof address) != 0 ||
      write_all(proxy, head, (size_t)length) != 0) {
    write_all(peer, "no proxy\n", 9);
    return;
  }
  carry(peer, proxy);
}

static void serve(int peer) {
  char line[300] = "";
  for (size_t at = 0; at < sizeof line - 1 && read(peer, line + at, 1) == 1; at++) {
    if (line[at] == '\n') {
      line[at] = '\0';
      break;
    }
  }
  if (strncmp(line, "echo", 4) == 0) {
    while (pass(peer, peer)) {
    }
    printf("channels: %s ended\n", line);
    fflush(stdout);
  } else if (strcmp(line, "proxy") == 0) {
    const char *proxy = getenv("https_proxy");
    write_all(peer, proxy == NULL ? "none" : proxy, proxy == NULL ? 4 : strlen(proxy));
  } else if (strncmp(line, "ask ", 4) == 0) {
    ask(peer, line + 4);
  } else if (strncmp(line, "parent ", 7) == 0) {
    int parent = vsock_connect(3, (uint32_t)strtoul(line + 7, NULL, 10));
    if (parent >= 0) {
      carry(peer, parent);
    }
  }
}

int main(void) {
  struct sockaddr_in address;
  int server = open_socket(8443, &address);
  signal(SIGCHLD, SIG_IGN);
  if (bind(server, (struct sockaddr *)&address, sizeof address) != 0 || listen(server, 64) != 0) {
    perror("channels: listen");
    return 1;
  }
  puts("channels: listens");
  fflush(stdout);
  for (;;) {
    int peer = accept(server, NULL, NULL);
    if (peer >= 0 && fork() == 0) {
      serve(peer);
      close(peer);
      _exit(0);
    }
    close(peer);
  }
}
