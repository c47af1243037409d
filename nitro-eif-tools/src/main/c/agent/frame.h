/*
 * The frames that the agent is sent, and the heads of its answers: docs/enclave-init.md has them
 * byte for byte. Whole numbers are big-endian. Reading a frame looks at its bytes and at nothing
 * else, and may be done again whenever more of it has arrived.
 */
#ifndef TREZA_AGENT_FRAME_H
#define TREZA_AGENT_FRAME_H

#include "../nsm.h"

/* From outside, over vsock: magic, length of the nonce, the nonce padded with zeros. */
#define REMOTE_MAGIC "TZA1"
#define REMOTE_HEAD 6
#define REMOTE_FRAME (REMOTE_HEAD + NSM_NONCE_MAX)

/* From the workload: magic, kind, index, three lengths, and as many bytes. */
#define LOCAL_MAGIC "TZL1"
#define LOCAL_HEAD 12
#define LOCAL_FRAME_MAX (LOCAL_HEAD + NSM_NONCE_MAX + NSM_PUBLIC_KEY_MAX + NSM_USER_DATA_MAX)

/* An answer: the magic of the request, a status, the length of what follows. */
#define ANSWER_HEAD 10

enum status {
  STATUS_OK = 0,
  STATUS_BAD_REQUEST = 1, /* and the connection ends, for where the next frame begins is unknown */
  STATUS_TRY_LATER = 2,   /* more requests than the rate allows */
  STATUS_NSM_FAILED = 3,
  STATUS_NOT_HOLDER = 4,  /* only the connection that registered may ask this */
  STATUS_NOT_WORKLOAD = 5 /* the peer runs as another user than the workload; the connection ends */
};

enum kind {
  KIND_REGISTER = 1,    /* public_key, user_data: what every later document carries */
  KIND_ATTEST = 2,      /* nonce: a document with what is registered */
  KIND_ATTEST_WITH = 3, /* nonce, public_key, user_data: a document with just these */
  KIND_RANDOM = 4,      /* random bytes */
  KIND_DESCRIBE = 5,    /* index: whether the PCR is locked, and its value */
  KIND_EXTEND = 6,      /* index, user_data: extends the PCR, and its new value */
  KIND_LOCK = 7,        /* index: locks the PCR until the enclave ends */
};

struct local_request {
  enum kind kind;
  uint8_t index;
  struct bytes nonce, public_key, user_data;
};

/*
 * How long the frame is as far as its first `have` bytes tell: the length of the head while that
 * is incomplete, and the frame's own length from then on; 0 if it can no longer become a frame.
 */
size_t remote_frame_length(const uint8_t *in, size_t have);
size_t local_frame_length(const uint8_t *in, size_t have);

/* Reads a complete frame. Returns false if it is malformed. */
bool remote_frame_read(const uint8_t *in, struct bytes *nonce);
bool local_frame_read(const uint8_t *in, struct local_request *request);

/* Writes the head of an answer. */
void answer_head(uint8_t *out, const char *magic, enum status status, size_t length);

#endif
