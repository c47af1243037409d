/* Loopback, its name and its ports: container runtimes give them, and programs count on them. */
#include "network.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

void raise_loopback(void) {
  struct ifreq request = {.ifr_name = "lo"};
  int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (any < 0 || ioctl(any, SIOCGIFFLAGS, &request) != 0) {
    say("no loopback: %s", strerror(errno));
  } else {
    request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
    if (ioctl(any, SIOCSIFFLAGS, &request) != 0) {
      say("no loopback: %s", strerror(errno));
    }
  }
  if (any >= 0) {
    close(any);
  }
  static const char name[] = "localhost";
  if (sethostname(name, sizeof name - 1) != 0) {
    say("no host name: %s", strerror(errno));
  }
}

void name_hosts(void) {
  static const char hosts[] = "127.0.0.1 localhost\n::1 localhost\n";
  mkdir("/etc", 0755);
  int file = open("/etc/hosts", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) {
    return; /* The image's own counts. */
  }
  if (write(file, hosts, sizeof hosts - 1) < 0) {
    say("no /etc/hosts: %s", strerror(errno));
  }
  close(file);
}

/* Without it the enclave goes on, and says so. */
static void set(const char *name, char *const *items) {
  char path[64];
  snprintf(path, sizeof path, "/proc/sys/net/ipv4/%s", name);
  FILE *setting = fopen(path, "we");
  bool works = setting != NULL;
  for (int i = 0; works && items[i] != NULL; i++) {
    works = fprintf(setting, "%s%s", i == 0 ? "" : ",", items[i]) > 0;
  }
  if ((setting != NULL && fclose(setting) != 0) || !works) {
    say("no %s: %s", name, strerror(errno));
  }
}

void free_ports(char *const *exposed) {
  /* As Docker has it: nobody else is on this network, who would have to be kept from them. */
  static char all[] = "0";
  set("ip_unprivileged_port_start", (char *const[]){all, NULL});
  /*
   * Where nobody listens yet, a connection may be given the very port that it goes to, and is then
   * connected to itself (RFC 9293, 3.5): who tries an exposed port often enough from outside would
   * have it before the application.
   */
  if (exposed[0] != NULL) {
    set("ip_local_reserved_ports", exposed);
  }
}
