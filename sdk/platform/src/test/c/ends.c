/*
 * Ends, or fails to, in the way that its argument names.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Twice what fits, a page at a time, each written to. */
static void fill_memory(void) {
  for (;;) {
    char *some = malloc(1 << 20);
    if (some != NULL) {
      memset(some, 0x5a, 1 << 20);
    }
  }
}

int main(int count, char **arguments) {
  const char *how = count > 1 ? arguments[1] : "";
  puts("ends: here");
  fflush(stdout);
  if (strcmp(how, "memory") == 0) {
    fill_memory();
  } else if (strcmp(how, "crash") == 0) {
    abort();
  } else if (strcmp(how, "fork") == 0) {
    if (fork() == 0) {
      for (;;) {
        pause();
      }
    }
    return 4;
  }
  return atoi(how);
}
