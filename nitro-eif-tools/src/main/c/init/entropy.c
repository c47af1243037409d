/* Seeds the kernel's random numbers from the Nitro Secure Module, of which the parent knows nothing. */
#include "entropy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kernel.h"
#include "log.h"
#include "../nsm.h"

void seed_entropy(void) {
  /* The most the NSM gives at once; the kernel's pool takes as much. */
  struct {
    int bits;
    int size;
    uint8_t bytes[256];
  } pool = {.bits = 8 * 256, .size = 256};
  int nsm = open("/dev/nsm", O_RDWR | O_CLOEXEC);
  if (nsm < 0) {
    say("no entropy from the NSM: /dev/nsm: %s", strerror(errno));
    return;
  }
  if (nsm_get_random(nsm, pool.bytes, sizeof pool.bytes) != 0) {
    say("no entropy from the NSM: it gave none");
  } else {
    int random = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
    if (random < 0 || ioctl(random, RNDADDENTROPY, &pool) != 0) {
      say("no entropy from the NSM: /dev/urandom: %s", strerror(errno));
    }
    if (random >= 0) {
      close(random);
    }
  }
  explicit_bzero(&pool, sizeof pool);
  close(nsm);
}
