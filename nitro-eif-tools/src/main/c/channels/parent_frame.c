/* The frames between this program and the parent. See parent_frame.h. */
#include "parent_frame.h"

#include <string.h>

#define MAGIC "TZE1"
#define MAGIC_LENGTH 4

size_t parent_request_write(const struct destination *destination, uint8_t *out) {
  size_t length = strlen(destination->host);
  memcpy(out, MAGIC, MAGIC_LENGTH);
  out[4] = (uint8_t)(destination->port >> 8);
  out[5] = (uint8_t)destination->port;
  out[6] = (uint8_t)length;
  memcpy(out + 7, destination->host, length);
  return 7 + length;
}

enum parent_status parent_answer_read(const uint8_t *in) {
  unsigned status = (unsigned)in[4] << 8 | in[5];
  return memcmp(in, MAGIC, MAGIC_LENGTH) == 0 && status < PARENT_NO_ANSWER
             ? (enum parent_status)status
             : PARENT_NO_ANSWER;
}
