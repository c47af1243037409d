/* No confinement, where a sanitizer needs what a confined program gives up. */
#include "../../main/c/confined/sandbox.h"

const char *sandbox_enter(const char *scratch, const int *keep, size_t kept,
                          const struct confinement *confinement) {
  (void)scratch;
  (void)keep;
  (void)kept;
  (void)confinement;
  return NULL;
}
