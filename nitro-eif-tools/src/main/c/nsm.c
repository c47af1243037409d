/* Requests to the NSM as CBOR (RFC 8949), and the reading of its answers. */
#include "nsm.h"

#include <string.h>

enum major { UNSIGNED = 0, BYTES = 2, TEXT = 3, MAP = 5 };

enum { FALSE = 0xf4, TRUE = 0xf5, NOTHING = 0xf6, INDEFINITE_MAP = 0xbf, BREAK = 0xff };

/* Writing. The buffer holds every request that the limits of nsm.h allow. */

struct request {
  size_t length;
  uint8_t at[NSM_REQUEST_MAX];
};

_Static_assert(NSM_NONCE_MAX + NSM_USER_DATA_MAX + NSM_PUBLIC_KEY_MAX + 128 <= NSM_REQUEST_MAX,
               "the largest request fits");

static void put_head(struct request *request, enum major major, size_t value) {
  uint8_t *at = request->at + request->length;
  uint8_t first = (uint8_t)(major << 5);
  if (value < 24) {
    at[0] = first | (uint8_t)value;
    request->length += 1;
  } else if (value < 0x100) {
    at[0] = first | 24;
    at[1] = (uint8_t)value;
    request->length += 2;
  } else {
    at[0] = first | 25;
    at[1] = (uint8_t)(value >> 8);
    at[2] = (uint8_t)value;
    request->length += 3;
  }
}

static void put_text(struct request *request, const char *text) {
  size_t length = strlen(text);
  put_head(request, TEXT, length);
  memcpy(request->at + request->length, text, length);
  request->length += length;
}

static void put_bytes(struct request *request, struct bytes bytes) {
  put_head(request, BYTES, bytes.length);
  memcpy(request->at + request->length, bytes.at, bytes.length);
  request->length += bytes.length;
}

static void put_optional(struct request *request, const char *name, struct bytes bytes) {
  put_text(request, name);
  if (bytes.length == 0) {
    request->at[request->length++] = NOTHING;
  } else {
    put_bytes(request, bytes);
  }
}

/* {operation: { .. entries follow .. }} */
static void put_operation(struct request *request, const char *operation, size_t entries) {
  request->length = 0;
  put_head(request, MAP, 1);
  put_text(request, operation);
  put_head(request, MAP, entries);
}

static void put_index(struct request *request, uint8_t index) {
  put_text(request, "index");
  put_head(request, UNSIGNED, index);
}

/* Reading. Once something has not been as expected, `bad` stays set and nothing more is read. */

struct cursor {
  const uint8_t *at, *end;
  bool bad;
};

static size_t left(const struct cursor *in) { return in->bad ? 0 : (size_t)(in->end - in->at); }

static uint8_t take(struct cursor *in) {
  if (left(in) == 0) {
    in->bad = true;
    return 0;
  }
  return *in->at++;
}

static bool take_if(struct cursor *in, uint8_t byte) {
  if (left(in) == 0 || *in->at != byte) {
    return false;
  }
  in->at++;
  return true;
}

static size_t take_head(struct cursor *in, enum major major) {
  uint8_t first = take(in);
  if (first >> 5 != major) {
    in->bad = true;
    return 0;
  }
  unsigned form = first & 0x1f;
  if (form < 24) {
    return form;
  }
  if (form > 26) { /* 64-bit and indefinite lengths, and reserved forms */
    in->bad = true;
    return 0;
  }
  size_t value = 0;
  for (unsigned i = 0; i < 1u << (form - 24); i++) {
    value = value << 8 | take(in);
  }
  return value;
}

static struct bytes take_string(struct cursor *in, enum major major) {
  size_t length = take_head(in, major);
  if (length > left(in)) {
    in->bad = true;
  }
  if (in->bad) {
    return (struct bytes){0};
  }
  struct bytes string = {in->at, length};
  in->at += length;
  return string;
}

static bool is_text(struct bytes string, const char *text) {
  return string.length == strlen(text) && memcmp(string.at, text, string.length) == 0;
}

/* Maps of the NSM have been seen with definite and, since 2025, with indefinite length. */
static bool begin_map(struct cursor *in, size_t entries) {
  if (take_if(in, INDEFINITE_MAP)) {
    return true;
  }
  if (take_head(in, MAP) != entries) {
    in->bad = true;
  }
  return false;
}

static void end_map(struct cursor *in, bool indefinite) {
  if (indefinite && take(in) != BREAK) {
    in->bad = true;
  }
}

static bool take_boolean(struct cursor *in) {
  uint8_t byte = take(in);
  if (byte != TRUE && byte != FALSE) {
    in->bad = true;
  }
  return byte == TRUE;
}

static enum nsm_result at_end(const struct cursor *in, enum nsm_result result) {
  return in->bad || in->at != in->end ? NSM_UNREADABLE : result;
}

enum nsm_result nsm_read_answer(struct bytes response, const char *operation, const char *field,
                                const char *flag, struct nsm_answer *answer) {
  struct cursor in = {response.at, response.at + response.length, false};
  if (field == NULL && left(&in) > 0 && *in.at >> 5 == TEXT) {
    return is_text(take_string(&in, TEXT), operation) ? at_end(&in, NSM_OK) : NSM_UNREADABLE;
  }
  bool outer = begin_map(&in, 1);
  struct bytes name = take_string(&in, TEXT);
  if (is_text(name, "Error")) {
    take_string(&in, TEXT);
    end_map(&in, outer);
    return at_end(&in, NSM_REFUSED);
  }
  if (field == NULL || !is_text(name, operation)) {
    return NSM_UNREADABLE;
  }
  size_t entries = flag == NULL ? 1 : 2;
  bool inner = begin_map(&in, entries);
  unsigned seen = 0;
  for (size_t i = 0; i < entries; i++) {
    struct bytes key = take_string(&in, TEXT);
    if (is_text(key, field)) {
      answer->value = take_string(&in, BYTES);
      seen |= 1;
    } else if (flag != NULL && is_text(key, flag)) {
      answer->flag = take_boolean(&in);
      seen |= 2;
    } else {
      in.bad = true;
    }
  }
  end_map(&in, inner);
  end_map(&in, outer);
  if (seen != (flag == NULL ? 1 : 3)) {
    in.bad = true;
  }
  return at_end(&in, NSM_OK);
}

/* Operations. */

static enum nsm_result ask(int nsm, const struct request *request, uint8_t *response,
                           const char *operation, const char *field, const char *flag,
                           struct nsm_answer *answer) {
  ssize_t length = nsm_exchange(nsm, (struct bytes){request->at, request->length}, response);
  if (length < 0) {
    return NSM_UNREACHABLE;
  }
  return nsm_read_answer((struct bytes){response, (size_t)length}, operation, field, flag, answer);
}

enum nsm_result nsm_attestation(int nsm, struct bytes nonce, struct bytes user_data,
                                struct bytes public_key, uint8_t *response,
                                struct bytes *document) {
  if (nonce.length > NSM_NONCE_MAX || user_data.length > NSM_USER_DATA_MAX ||
      public_key.length > NSM_PUBLIC_KEY_MAX) {
    return NSM_REFUSED;
  }
  struct request request;
  put_operation(&request, "Attestation", 3);
  put_optional(&request, "user_data", user_data);
  put_optional(&request, "nonce", nonce);
  put_optional(&request, "public_key", public_key);
  struct nsm_answer answer = {0};
  enum nsm_result result =
      ask(nsm, &request, response, "Attestation", "document", NULL, &answer);
  *document = answer.value;
  return result;
}

enum nsm_result nsm_describe_pcr(int nsm, uint8_t index, uint8_t *response, bool *locked,
                                 struct bytes *value) {
  struct request request;
  put_operation(&request, "DescribePCR", 1);
  put_index(&request, index);
  struct nsm_answer answer = {0};
  enum nsm_result result = ask(nsm, &request, response, "DescribePCR", "data", "lock", &answer);
  *locked = answer.flag;
  *value = answer.value;
  return result;
}

enum nsm_result nsm_extend_pcr(int nsm, uint8_t index, struct bytes data, uint8_t *response,
                               struct bytes *value) {
  if (data.length == 0 || data.length > NSM_USER_DATA_MAX) {
    return NSM_REFUSED;
  }
  struct request request;
  put_operation(&request, "ExtendPCR", 2);
  put_index(&request, index);
  put_text(&request, "data");
  put_bytes(&request, data);
  struct nsm_answer answer = {0};
  enum nsm_result result = ask(nsm, &request, response, "ExtendPCR", "data", NULL, &answer);
  *value = answer.value;
  return result;
}

enum nsm_result nsm_lock_pcr(int nsm, uint8_t index, uint8_t *response) {
  struct request request;
  put_operation(&request, "LockPCR", 1);
  put_index(&request, index);
  return ask(nsm, &request, response, "LockPCR", NULL, NULL, NULL);
}

enum nsm_result nsm_random(int nsm, uint8_t *response, struct bytes *random) {
  struct request request;
  request.length = 0;
  put_text(&request, "GetRandom");
  struct nsm_answer answer = {0};
  enum nsm_result result = ask(nsm, &request, response, "GetRandom", "random", NULL, &answer);
  *random = answer.value;
  return result;
}

int nsm_get_random(int nsm, uint8_t *buffer, size_t length) {
  uint8_t response[NSM_RESPONSE_MAX];
  while (length > 0) {
    struct bytes random;
    if (nsm_random(nsm, response, &random) != NSM_OK || random.length == 0) {
      return -1;
    }
    size_t part = random.length < length ? random.length : length;
    memcpy(buffer, random.at, part);
    buffer += part;
    length -= part;
  }
  return 0;
}
