/* Says that it is there, and waits for ever. */
#include <stdio.h>
#include <unistd.h>

int main(void) {
  puts("waits: here");
  fflush(stdout);
  for (;;) {
    pause();
  }
}
