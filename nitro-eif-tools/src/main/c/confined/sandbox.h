/* What a program may still do once it has its descriptors. */
#ifndef TREZA_SANDBOX_H
#define TREZA_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct instruction; /* filter.h */

/* As whom a program goes on, and which system calls it may make; any other kills the process. */
struct confinement {
  uid_t id; /* its user and group */
  const struct instruction *filter;
  size_t filter_length;
  bool writes; /* whether it may write to files that it has open, as standard error may be one */
};

/*
 * Closes every descriptor but 2 and those in keep, moves into a directory that no longer exists
 * (made in `scratch` and removed) unless `scratch` is NULL, takes the id and no other group unless it
 * has that id, gives up all capabilities for good, and filters system calls. Returns NULL, or the name
 * of the step that failed, with errno.
 */
const char *sandbox_enter(const char *scratch, const int *keep, size_t kept,
                          const struct confinement *confinement);

#endif
