/* The Unix socket through which the workload registers what its evidence binds. */
#include "listen.h"

#include <errno.h>
#include <libgen.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 16

/* The directory is root's: others may pass through it, and only root may change what is in it. */
static int make_directory(const char *path) {
  char copy[sizeof((struct sockaddr_un *)0)->sun_path];
  strcpy(copy, path);
  const char *directory = dirname(copy);
  if (mkdir(directory, 0711) < 0 && errno != EEXIST) {
    return -1;
  }
  struct stat found;
  if (lstat(directory, &found) < 0) {
    return -1;
  }
  if (!S_ISDIR(found.st_mode) || found.st_uid != geteuid()) {
    errno = EPERM;
    return -1;
  }
  return chmod(directory, 0711);
}

int listen_local(const char *path, uid_t workload) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  strcpy(address.sun_path, path);
  if (make_directory(path) < 0) {
    return -1;
  }
  int server = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  mode_t before = umask(0177);
  /* Nobody else can connect at any moment: mode and owner are set before it listens. */
  if (server >= 0 && (bind(server, (struct sockaddr *)&address, sizeof address) < 0 ||
                      lchown(path, workload, (gid_t)-1) < 0 || listen(server, BACKLOG) < 0)) {
    return -1;
  }
  umask(before);
  return server;
}
