/*
 * usage: escape DIRECTORY CONFINEMENT CALL
 * Goes into a program's confinement and makes one system call. Exits with 0 if it comes back.
 */
#include "../../main/c/confined/program.h"
#include "../../main/c/forwarder/confinement.h"
#include "../../main/c/parent/confinement.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

const char program_name[] = "escape";

static struct confinement confinement_of(const char *program) {
  if (strcmp(program, "forwarder") == 0) {
    return forwarder_confinement;
  }
  return strcmp(program, "parent") == 0 ? parent_confinement(65534) : lookup_confinement(65534);
}

int main(int count, char **arguments) {
  const char *call = count == 4 ? arguments[3] : "";
  const struct confinement confinement = confinement_of(arguments[2]);
  const char *scratch = strcmp(arguments[2], "lookup") == 0 ? NULL : arguments[1];
  const char *failed = sandbox_enter(scratch, NULL, 0, &confinement);
  if (failed != NULL) {
    fail(failed, strerror(errno));
  }
  if (strcmp(call, "inet socket") == 0) {
    socket(AF_INET, SOCK_STREAM, 0);
  } else if (strcmp(call, "vsock socket") == 0) {
    socket(AF_VSOCK, SOCK_STREAM, 0);
  } else if (strcmp(call, "unix socket") == 0) {
    socket(AF_UNIX, SOCK_STREAM, 0);
  } else if (strcmp(call, "netlink socket") == 0) {
    socket(AF_NETLINK, SOCK_RAW, 0);
  } else if (strcmp(call, "open") == 0) {
    open("/", O_RDONLY);
  } else if (strcmp(call, "write") == 0) {
    (void)!write(open("/tmp", O_TMPFILE | O_WRONLY, 0600), "x", 1);
  } else if (strcmp(call, "exec") == 0) {
    execv("/", arguments);
  } else if (strcmp(call, "fork") == 0) {
    syscall(SYS_clone, 0, 0, 0, 0, 0);
  } else if (strcmp(call, "bind") == 0) {
    const struct sockaddr_in address = {.sin_family = AF_INET};
    bind(-1, (const struct sockaddr *)&address, sizeof address);
  } else {
    _exit(2);
  }
  _exit(0);
}
