/*
 * libFuzzer target: both frame parsers, over every prefix of the input, each in a buffer of just
 * its size so that the sanitizer sees the first byte read too many.
 */
#include "../../main/c/agent/frame.h"

#include <stdlib.h>
#include <string.h>

#define CHECK(condition) ((condition) ? (void)0 : abort())

static bool within(struct bytes field, const uint8_t *frame, size_t length, size_t most) {
  return field.length <= most && field.at >= frame && field.at + field.length <= frame + length;
}

/* Returns the length of the complete frame that the input begins with, or 0. */
static size_t grow(size_t (*frame_length)(const uint8_t *, size_t), size_t head, size_t most,
                   const uint8_t *data, size_t size) {
  size_t before = head;
  for (size_t have = 0; have <= size && have <= most; have++) {
    uint8_t *exact = malloc(have + 1); /* malloc(0) may be NULL */
    memcpy(exact + 1, data, have);
    size_t length = frame_length(exact + 1, have);
    free(exact);
    if (length == 0) {
      return 0; /* and whatever follows, it stays malformed: the agent has hung up */
    }
    CHECK(length >= before && length <= most && length >= have);
    CHECK(have >= head || length == head);
    if (have == length && have >= head) {
      return length;
    }
    before = length;
  }
  return 0;
}

static uint8_t *copy(const uint8_t *data, size_t length) {
  uint8_t *exact = malloc(length);
  memcpy(exact, data, length);
  return exact;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  size_t length = grow(remote_frame_length, REMOTE_HEAD, REMOTE_FRAME, data, size);
  if (length > 0) {
    uint8_t *frame = copy(data, length);
    struct bytes nonce;
    if (remote_frame_read(frame, &nonce)) {
      CHECK(nonce.length > 0 && within(nonce, frame, length, NSM_NONCE_MAX));
    }
    free(frame);
  }
  length = grow(local_frame_length, LOCAL_HEAD, LOCAL_FRAME_MAX, data, size);
  if (length > 0) {
    uint8_t *frame = copy(data, length);
    struct local_request request;
    if (local_frame_read(frame, &request)) {
      CHECK(within(request.nonce, frame, length, NSM_NONCE_MAX));
      CHECK(within(request.public_key, frame, length, NSM_PUBLIC_KEY_MAX));
      CHECK(within(request.user_data, frame, length, NSM_USER_DATA_MAX));
      CHECK(LOCAL_HEAD + request.nonce.length + request.public_key.length +
                request.user_data.length == length);
      CHECK(request.index < NSM_PCR_COUNT);
    }
    free(frame);
  }
  return 0;
}
