/* The least that process 1 of an enclave does: loads the modules, says so, and waits for ever. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
  mount("dev", "/dev", "devtmpfs", 0, NULL);
  int console = open("/dev/console", O_RDWR);
  char name[256];
  FILE *list = fopen("/modules_load_order", "r");
  while (list != NULL && fgets(name, sizeof name, list) != NULL) {
    name[strcspn(name, "\n")] = '\0';
    syscall(SYS_finit_module, open(name, O_RDONLY), "", 0);
  }
  static const char up[] = "bare: up\n";
  for (ssize_t written = write(console, up, sizeof up - 1); written >= 0;) {
    pause();
  }
  return 1;
}
