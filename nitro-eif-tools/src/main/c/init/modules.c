/* Loads kernel modules in the order of a list, as the init of nitro-cli 2 does. */
#include "modules.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"

#define LIST "/modules_load_order"

static void load(const char *name) {
  char path[256];
  if (snprintf(path, sizeof path, "/%s", name) >= (int)sizeof path) {
    fail("modules", "%s: over 250 bytes", LIST);
  }
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    fail("modules", "%s: %s", path, strerror(errno));
  }
  if (syscall(SYS_finit_module, file, "", 0) != 0 && errno != EEXIST) {
    fail("modules", "%s: %s", path,
         errno == ENOEXEC ? "is for another kernel or no module" : strerror(errno));
  }
  close(file);
  unlink(path);
}

void load_modules(void) {
  FILE *list = fopen(LIST, "re");
  if (list == NULL) {
    if (errno == ENOENT) {
      return; /* The kernel has all it needs. */
    }
    fail("modules", "%s: %s", LIST, strerror(errno));
  }
  char line[256];
  while (fgets(line, sizeof line, list) != NULL) {
    char *name = line + strspn(line, " \t");
    name[strcspn(name, " \t\r\n")] = '\0';
    if (name[0] != '\0' && name[0] != '#') {
      load(name);
    }
  }
  fclose(list);
  unlink(LIST);
}
