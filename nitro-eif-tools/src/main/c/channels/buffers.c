/* Buffers of one size. See buffers.h. */
#include "buffers.h"

#include <sys/mman.h>

void *reserve(size_t size) {
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

int buffers_prepare(struct buffers *buffers, uint32_t count) {
  buffers->all = reserve(count * sizeof *buffers->all);
  buffers->unused = reserve(count * sizeof *buffers->unused);
  if (buffers->all == NULL || buffers->unused == NULL) {
    return -1;
  }
  while (buffers->unused_count < count) {
    buffers->unused[buffers->unused_count] = count - 1 - buffers->unused_count;
    buffers->unused_count++;
  }
  return 0;
}

void buffers_take(struct buffers *buffers, struct waiting *waiting) {
  waiting->buffer = &buffers->all[buffers->unused[--buffers->unused_count]];
  waiting->from = waiting->to = 0;
}

void buffers_give_back(struct buffers *buffers, struct waiting *waiting) {
  if (waiting->buffer != NULL) {
    buffers->unused[buffers->unused_count++] = (uint32_t)(waiting->buffer - buffers->all);
    waiting->buffer = NULL;
  }
}
