/* Mounts, in the order that each needs the one before. */
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "network.h"

#define PLAIN (MS_NOSUID | MS_NODEV | MS_NOEXEC)
#define READ_ONLY (MS_REMOUNT | MS_BIND | MS_RDONLY)

static void attach(const char *type, const char *target, unsigned long flags, const char *options) {
  if (mount(type, target, type, flags, options) != 0) {
    fail("mounts", "%s on %s: %s", type, target, strerror(errno));
  }
}

/* Makes a directory and those it is in, as container runtimes do: root's, and open to read. */
static void make_directory(const char *path, const char *purpose) {
  char part[4096];
  size_t length = strlen(path);
  if (length >= sizeof part) {
    fail(purpose, "%.100s...: %s", path, strerror(ENAMETOOLONG));
  }
  for (size_t i = 1; i <= length; i++) {
    if (path[i] == '/' || path[i] == '\0') {
      memcpy(part, path, i);
      part[i] = '\0';
      if (mkdir(part, 0755) != 0 && errno != EEXIST) {
        fail(purpose, "%s: %s", part, strerror(errno));
      }
    }
  }
  struct stat status;
  if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) {
    fail(purpose, "%s: %s", path, strerror(ENOTDIR));
  }
}

void open_console(void) {
  mkdir("/dev", 0755);
  /* A console alone says nothing: the ramdisk that is built into every kernel has one. */
  if (access("/dev/null", F_OK) != 0 && mount("dev", "/dev", "devtmpfs", MS_NOSUID, NULL) != 0) {
    fail("mounts", "devtmpfs on /dev: %s", strerror(errno));
  }
  /* Not as the controlling terminal: what comes in over it is no signal to anybody. */
  int console = open("/dev/console", O_RDWR | O_NOCTTY);
  if (console < 0) {
    fail("console", "/dev/console: %s", strerror(errno));
  }
  for (int standard = 0; standard <= STDERR_FILENO; standard++) {
    dup2(console, standard);
  }
  if (console > STDERR_FILENO) {
    close(console);
  }
}

/*
 * As AWS's init does: the first root cannot be left by pivot_root(2), since it has no parent, so the
 * new one is moved over it.
 */
static void switch_root(void) {
  if (mount("/rootfs", "/rootfs", NULL, MS_BIND, NULL) != 0) {
    fail("mounts", "/rootfs: %s", strerror(errno));
  }
  mkdir("/rootfs/dev", 0755);
  if (mount("/dev", "/rootfs/dev", NULL, MS_MOVE, NULL) != 0 || chdir("/rootfs") != 0
      || mount(".", "/", NULL, MS_MOVE, NULL) != 0 || chroot(".") != 0 || chdir("/") != 0) {
    fail("mounts", "moving /rootfs to /: %s", strerror(errno));
  }
}

/* Makes links, mounts, and gives the application what it needs while /dev can still be written. */
static void fill_dev(const struct process *process) {
  static const char *const links[][2] = {
      {"/proc/self/fd", "/dev/fd"},
      {"/proc/self/fd/0", "/dev/stdin"},
      {"/proc/self/fd/1", "/dev/stdout"},
      {"/proc/self/fd/2", "/dev/stderr"},
  };
  for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
    if (symlink(links[i][0], links[i][1]) != 0 && errno != EEXIST) {
      fail("mounts", "%s: %s", links[i][1], strerror(errno));
    }
  }
  /* Elsewhere udev lets everybody ask for the own address; there is none here. */
  chmod("/dev/vsock", 0666);
  make_directory("/dev/pts", "mounts");
  attach("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "mode=0620,ptmxmode=0666");
  make_directory("/dev/shm", "mounts");
  attach("tmpfs", "/dev/shm", PLAIN, "mode=1777");
  /* For programs that open /dev/stdout, which the application's is. */
  chown("/dev/console", process->uid, (gid_t)-1);
  /* The driver lets everybody ask for documents, with any key in them. With the agent nobody else
     may, and hardened not even root's user, who has no capability to pass over the mode. */
  chmod("/dev/nsm", process->agent ? 0 : 0600);
  if (!process->agent) {
    chown("/dev/nsm", process->uid, process->gid);
  }
}

static void read_only(const char *path, unsigned long flags) {
  if (mount(NULL, path, NULL, READ_ONLY | flags, NULL) != 0) {
    fail("read-only root", "%s: %s", path, strerror(errno));
  }
}

static void harden(const struct process *process) {
  /* They stay what the image has there, as volumes do that a container is made with. */
  for (char **path = process->writable; *path != NULL; path++) {
    if (mount(*path, *path, NULL, MS_BIND, NULL) != 0) {
      fail("writable directory", "%s: %s", *path, strerror(errno));
    }
  }
  /* What Docker makes read-only: root's user needs no capability to write to most of it. */
  static const char *const proc[] = {
      "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
  for (size_t i = 0; i < sizeof proc / sizeof proc[0]; i++) {
    if (mount(proc[i], proc[i], NULL, MS_BIND, NULL) == 0) {
      read_only(proc[i], PLAIN);
    } else if (errno != ENOENT) {
      fail("read-only root", "%s: %s", proc[i], strerror(errno));
    }
  }
  read_only("/sys", PLAIN);
  read_only("/dev", MS_NOSUID | MS_NOEXEC);
  read_only("/", 0);
}

void enter_root(const struct process *process) {
  switch_root();
  make_directory("/proc", "mounts");
  attach("proc", "/proc", PLAIN, NULL);
  make_directory("/sys", "mounts");
  attach("sysfs", "/sys", PLAIN, NULL);
  free_ports(process->ingress);
  fill_dev(process);
  for (char **path = process->writable; *path != NULL; path++) {
    make_directory(*path, "writable directory");
  }
  /* nitro-cli's layout takes the mode away that every /tmp has. */
  chmod("/tmp", 01777);
  name_hosts();
  make_directory(process->directory, "working directory");
  if (process->hardened) {
    harden(process);
  }
}
