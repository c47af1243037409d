/* An application that waits for ever. */
#include <unistd.h>

int main(void) {
  for (;;) {
    pause();
  }
}
