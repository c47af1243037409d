/* The start and the last words of a program. See program.h. */
#include "program.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A line in one write, so that no other's comes between. */
void fail(const char *what, const char *why) {
  const char *parts[] = {"treza-", program_name, ": FAILED: ", what, ": ", why, "\n"};
  char line[512];
  size_t length = 0;
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
    size_t part = strlen(parts[i]);
    if (part < sizeof line - length) {
      memcpy(line + length, parts[i], part);
      length += part;
    }
  }
  (void)!write(STDERR_FILENO, line, length);
  _exit(1);
}

int need(int descriptor, const char *what) {
  if (descriptor < 0) {
    fail(what, strerror(errno));
  }
  return descriptor;
}

uint32_t number(const char *argument, const char *what) {
  char *end;
  errno = 0;
  unsigned long value = strtoul(argument, &end, 10);
  if (errno != 0 || *argument < '0' || *argument > '9' || *end != 0 || value >= UINT32_MAX) {
    fail(what, "not a whole number below 4294967295");
  }
  return (uint32_t)value;
}

void tell_ready(int descriptor) {
  if (write(descriptor, "", 1) != 1) {
    fail("tell that it is ready", strerror(errno));
  }
  close(descriptor);
}
