/* Reading of the frames that the agent is sent. */
#include "frame.h"

#include <string.h>

#define MAGIC_LENGTH 4

static size_t number16(const uint8_t *at) { return (size_t)at[0] << 8 | at[1]; }

static bool begins(const char *magic, const uint8_t *in, size_t have) {
  return memcmp(in, magic, have < MAGIC_LENGTH ? have : MAGIC_LENGTH) == 0;
}

size_t remote_frame_length(const uint8_t *in, size_t have) {
  if (!begins(REMOTE_MAGIC, in, have)) {
    return 0;
  }
  if (have < REMOTE_HEAD) {
    return REMOTE_HEAD;
  }
  size_t nonce = number16(in + 4);
  return nonce >= 1 && nonce <= NSM_NONCE_MAX ? REMOTE_FRAME : 0;
}

bool remote_frame_read(const uint8_t *in, struct bytes *nonce) {
  *nonce = (struct bytes){in + REMOTE_HEAD, number16(in + 4)};
  for (const uint8_t *at = nonce->at + nonce->length; at < in + REMOTE_FRAME; at++) {
    if (*at != 0) {
      return false;
    }
  }
  return true;
}

size_t local_frame_length(const uint8_t *in, size_t have) {
  if (!begins(LOCAL_MAGIC, in, have)) {
    return 0;
  }
  if (have < LOCAL_HEAD) {
    return LOCAL_HEAD;
  }
  size_t nonce = number16(in + 6);
  size_t public_key = number16(in + 8);
  size_t user_data = number16(in + 10);
  if (nonce > NSM_NONCE_MAX || public_key > NSM_PUBLIC_KEY_MAX || user_data > NSM_USER_DATA_MAX) {
    return 0;
  }
  return LOCAL_HEAD + nonce + public_key + user_data;
}

/* Whether a field may be given with a kind of request; one that may not must be empty or zero. */
static bool allowed(const struct local_request *request, bool index, bool nonce, bool public_key,
                    bool user_data) {
  return (index || request->index == 0) && (nonce || request->nonce.length == 0) &&
         (public_key || request->public_key.length == 0) &&
         (user_data || request->user_data.length == 0);
}

static bool free_pcr(uint8_t index) {
  return index >= NSM_PCR_FIRST_FREE && index < NSM_PCR_COUNT;
}

bool local_frame_read(const uint8_t *in, struct local_request *request) {
  size_t nonce = number16(in + 6);
  size_t public_key = number16(in + 8);
  size_t user_data = number16(in + 10);
  const uint8_t *body = in + LOCAL_HEAD;
  *request = (struct local_request){
      .kind = in[4],
      .index = in[5],
      .nonce = {body, nonce},
      .public_key = {body + nonce, public_key},
      .user_data = {body + nonce + public_key, user_data},
  };
  switch (request->kind) {
  case KIND_REGISTER:
    return allowed(request, false, false, true, true);
  case KIND_ATTEST:
    return allowed(request, false, true, false, false);
  case KIND_ATTEST_WITH:
    return allowed(request, false, true, true, true);
  case KIND_RANDOM:
    return allowed(request, false, false, false, false);
  case KIND_DESCRIBE:
    return request->index < NSM_PCR_COUNT && allowed(request, true, false, false, false);
  case KIND_EXTEND:
    return free_pcr(request->index) && user_data > 0 && allowed(request, true, false, false, true);
  case KIND_LOCK:
    return free_pcr(request->index) && allowed(request, true, false, false, false);
  }
  return false;
}

void answer_head(uint8_t *out, const char *magic, enum status status, size_t length) {
  memcpy(out, magic, MAGIC_LENGTH);
  out[4] = 0;
  out[5] = (uint8_t)status;
  for (int i = 0; i < 4; i++) {
    out[6 + i] = (uint8_t)(length >> (24 - 8 * i));
  }
}
