/* The frames between an enclave and its parent. See parent_frame.h. */
#include "parent_frame.h"

#include <string.h>

#define MAGIC "TZE1"
#define MAGIC_LENGTH 4
#define HEAD_LENGTH (MAGIC_LENGTH + 2 + 1)

/* Far above the ports that others choose, and a number that can be added to in one's head. */
#define FIRST_PORT 2000000000u
#define LAST_PORT (UINT32_MAX - 1) /* the one above is VMADDR_PORT_ANY */

uint32_t parent_port(uint32_t cid) {
  return cid == 0 || cid > LAST_PORT - FIRST_PORT ? 0 : FIRST_PORT + cid;
}

size_t parent_request_write(const struct destination *destination, uint8_t *out) {
  size_t length = strlen(destination->host);
  memcpy(out, MAGIC, MAGIC_LENGTH);
  out[4] = (uint8_t)(destination->port >> 8);
  out[5] = (uint8_t)destination->port;
  out[6] = (uint8_t)length;
  memcpy(out + HEAD_LENGTH, destination->host, length);
  return HEAD_LENGTH + length;
}

enum parent_request parent_request_read(const uint8_t *in, size_t have,
                                        struct destination *destination, size_t *length) {
  if (memcmp(in, MAGIC, have < MAGIC_LENGTH ? have : MAGIC_LENGTH) != 0) {
    return PARENT_REQUEST_MALFORMED;
  } else if (have < HEAD_LENGTH) {
    return PARENT_REQUEST_INCOMPLETE;
  }
  size_t host = in[6];
  *destination = (struct destination){.port = (uint16_t)(in[4] << 8 | in[5])};
  *length = HEAD_LENGTH + host;
  if (host == 0 || host > HOST_MAX || destination->port == 0) {
    return PARENT_REQUEST_MALFORMED;
  } else if (have < *length) {
    return PARENT_REQUEST_INCOMPLETE;
  }
  memcpy(destination->host, in + HEAD_LENGTH, host);
  return destination_is_host(destination->host, host) ? PARENT_REQUEST_COMPLETE
                                                      : PARENT_REQUEST_MALFORMED;
}

void parent_answer_write(enum parent_status status, uint8_t out[PARENT_ANSWER]) {
  memcpy(out, MAGIC, MAGIC_LENGTH);
  out[4] = 0;
  out[5] = (uint8_t)status;
}

enum parent_status parent_answer_read(const uint8_t *in) {
  unsigned status = (unsigned)in[4] << 8 | in[5];
  return memcmp(in, MAGIC, MAGIC_LENGTH) == 0 && status < PARENT_NO_ANSWER
             ? (enum parent_status)status
             : PARENT_NO_ANSWER;
}
