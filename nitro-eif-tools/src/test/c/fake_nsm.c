/*
 * An NSM in the agent's own process, linked in place of nsm_device.c. It takes requests apart with
 * code of its own, so that it also checks how they are written, and makes of an attestation request
 * a "document" that tests can read: user_data, nonce and public_key, each after two bytes of length
 * (ffff for one that is not set).
 *
 * A nonce that begins with "refuse" gets an error, with "vanish" no answer, with "babble" one that is
 * not CBOR, and with "escape" makes a system call for which the agent has no use.
 */
#include "../../main/c/nsm.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int nsm_open(void) { return 2; } /* any descriptor: it is only handed back */

static bool skip(struct bytes *in, const char *expected, size_t length) {
  if (in->length < length || memcmp(in->at, expected, length) != 0) {
    return false;
  }
  in->at += length;
  in->length -= length;
  return true;
}

/* A byte string as the canonical encoding has it, or null. */
static bool optional(struct bytes *in, struct bytes *value) {
  *value = (struct bytes){0};
  if (skip(in, "\xf6", 1)) {
    return true;
  }
  size_t head = 1;
  if (in->length < 2 || in->at[0] >> 5 != 2) {
    return false;
  }
  size_t length = in->at[0] & 0x1f;
  if (length == 24) {
    head = 2;
    length = in->at[1];
    if (length < 24) {
      return false;
    }
  } else if (length == 25 && in->length > 2) {
    head = 3;
    length = (size_t)in->at[1] << 8 | in->at[2];
    if (length < 256) {
      return false;
    }
  } else if (length > 24) {
    return false;
  }
  if (in->length - head < length) {
    return false;
  }
  *value = (struct bytes){in->at + head, length};
  in->at += head + length;
  in->length -= head + length;
  return true;
}

static uint8_t *field(uint8_t *out, struct bytes value) {
  size_t length = value.at == NULL ? 0xffff : value.length;
  *out++ = (uint8_t)(length >> 8);
  *out++ = (uint8_t)length;
  if (value.at != NULL) {
    memcpy(out, value.at, value.length);
    out += value.length;
  }
  return out;
}

static ssize_t reply(uint8_t *response, const char *head, size_t length, struct bytes value) {
  memcpy(response, head, length);
  uint8_t *at = response + length;
  *at++ = 0x59;
  *at++ = (uint8_t)(value.length >> 8);
  *at++ = (uint8_t)value.length;
  memcpy(at, value.at, value.length);
  return (ssize_t)(length + 3 + value.length);
}

#define LITERAL(text) (text), sizeof(text) - 1

static bool starts(struct bytes value, const char *text) {
  return value.length >= strlen(text) && memcmp(value.at, text, strlen(text)) == 0;
}

static ssize_t attest(struct bytes in, uint8_t *response) {
  struct bytes user_data, nonce, public_key;
  if (!skip(&in, LITERAL("\xa3\x69user_data")) || !optional(&in, &user_data) ||
      !skip(&in, LITERAL("\x65nonce")) || !optional(&in, &nonce) ||
      !skip(&in, LITERAL("\x6apublic_key")) || !optional(&in, &public_key) || in.length != 0) {
    errno = EBADMSG;
    return -1;
  }
  if (starts(nonce, "refuse")) {
    memcpy(response, LITERAL("\xa1\x65" "Error\x6fInvalidArgument"));
    return sizeof "\xa1\x65" "Error\x6fInvalidArgument" - 1;
  }
  if (starts(nonce, "vanish")) {
    errno = ETIMEDOUT;
    return -1;
  }
  if (starts(nonce, "babble")) {
    memset(response, 0xff, NSM_RESPONSE_MAX);
    return NSM_RESPONSE_MAX;
  }
  if (starts(nonce, "escape")) {
    getppid();
  }
  uint8_t document[6 + NSM_USER_DATA_MAX + NSM_NONCE_MAX + NSM_PUBLIC_KEY_MAX];
  uint8_t *end = field(field(field(document, user_data), nonce), public_key);
  return reply(response, LITERAL("\xa1\x6b" "Attestation\xa1\x68" "document"),
               (struct bytes){document, (size_t)(end - document)});
}

ssize_t nsm_exchange(int nsm, struct bytes in, uint8_t *response) {
  (void)nsm;
  static uint8_t value[48];
  struct bytes all = {value, sizeof value};
  if (skip(&in, LITERAL("\xa1\x6b" "Attestation"))) {
    return attest(in, response);
  }
  if (skip(&in, LITERAL("\x69GetRandom"))) {
    return reply(response, LITERAL("\xa1\x69GetRandom\xa1\x66random"), all);
  }
  if (skip(&in, LITERAL("\xa1\x6b" "DescribePCR\xa1\x65index"))) {
    return reply(response, LITERAL("\xa1\x6b" "DescribePCR\xa2\x64lock\xf5\x64" "data"), all);
  }
  if (skip(&in, LITERAL("\xa1\x69" "ExtendPCR\xa2\x65index\x10\x64" "data"))) {
    struct bytes data;
    if (optional(&in, &data) && data.length <= sizeof value) {
      memcpy(value, data.at, data.length);
    }
    return reply(response, LITERAL("\xa1\x69" "ExtendPCR\xa1\x64" "data"), all);
  }
  if (skip(&in, LITERAL("\xa1\x67LockPCR\xa1\x65index\x10"))) {
    memcpy(response, LITERAL("\x67LockPCR"));
    return 8;
  }
  errno = EBADMSG;
  return -1;
}
