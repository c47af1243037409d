/* Memory for bytes that cannot be passed on yet: as much as was in use at a time, with an upper limit. */
#ifndef TREZA_BUFFERS_H
#define TREZA_BUFFERS_H

#include <stddef.h>
#include <stdint.h>

#define BUFFER_SIZE 16384

struct buffer {
  uint8_t bytes[BUFFER_SIZE];
};

/* A buffer that is nobody's, or whose bytes from `from` to `to` are still to be passed on. */
struct waiting {
  struct buffer *buffer;
  size_t from, to;
};

struct buffers {
  struct buffer *all;
  uint32_t *unused; /* a stack, so that pages that were used once are used again first */
  uint32_t unused_count;
};

/* Memory that is zero, and taken when it is first used. NULL, with errno, if there can be none. */
void *reserve(size_t size);

/* Makes room for so many. Returns 0, or -1 with errno. Memory is taken when a buffer is first used. */
int buffers_prepare(struct buffers *buffers, uint32_t count);

/* Takes a buffer, of which there must be one left. */
void buffers_take(struct buffers *buffers, struct waiting *waiting);

/* Gives it back, if there is one. */
void buffers_give_back(struct buffers *buffers, struct waiting *waiting);

#endif
