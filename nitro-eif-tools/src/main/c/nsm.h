/*
 * The requests an enclave makes of its Nitro Secure Module (NSM), over /dev/nsm.
 *
 * Requests and responses are CBOR, in the shapes of aws-nitro-enclaves-nsm-api (src/api/mod.rs).
 * Nothing here allocates; every length is checked against the buffer it lies in.
 */
#ifndef TREZA_NSM_H
#define TREZA_NSM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/types.h>

/* linux/nsm.h: the most that the driver carries either way. */
#define NSM_REQUEST_MAX 0x1000
#define NSM_RESPONSE_MAX 0x3000

/* linux/nsm.h: addresses and lengths are 64 bits on every architecture. */
struct nsm_raw {
  uint64_t request, request_length, response, response_length;
};
#define NSM_IOCTL_RAW _IOWR(0x0A, 0x0, struct nsm_raw)

/* What the NSM puts into a document at most (AWS, attestation_process.md, 3.2.2). */
#define NSM_NONCE_MAX 512
#define NSM_USER_DATA_MAX 512
#define NSM_PUBLIC_KEY_MAX 1024

/* PCRs 0 to 15 are locked when an enclave starts; it may extend and lock the others. */
#define NSM_PCR_FIRST_FREE 16
#define NSM_PCR_COUNT 32

struct bytes {
  const uint8_t *at;
  size_t length;
};

enum nsm_result {
  NSM_OK = 0,
  NSM_UNREACHABLE, /* the device did not answer; errno says why */
  NSM_REFUSED,     /* it answered with an error */
  NSM_UNREADABLE,  /* its answer is not one to this request */
};

/* Opens the device. Returns a descriptor, or -1 with errno. */
int nsm_open(void);

/*
 * Sends a request and waits for the response, which goes to response[NSM_RESPONSE_MAX].
 * Returns the length of the response, or -1 with errno.
 */
ssize_t nsm_exchange(int nsm, struct bytes request, uint8_t *response);

/*
 * The operations below put the NSM's answer into response[NSM_RESPONSE_MAX] and point into it.
 * A field of length zero is one that is not set (CBOR null).
 */
enum nsm_result nsm_attestation(int nsm, struct bytes nonce, struct bytes user_data,
                                struct bytes public_key, uint8_t *response, struct bytes *document);

enum nsm_result nsm_describe_pcr(int nsm, uint8_t index, uint8_t *response, bool *locked,
                                 struct bytes *value);

enum nsm_result nsm_extend_pcr(int nsm, uint8_t index, struct bytes data, uint8_t *response,
                               struct bytes *value);

enum nsm_result nsm_lock_pcr(int nsm, uint8_t index, uint8_t *response);

/* Some random bytes, as many as the NSM gives at once: at most 256. */
enum nsm_result nsm_random(int nsm, uint8_t *response, struct bytes *random);

/* Fills the buffer with random bytes. Returns 0, or -1 after which the buffer is of no use. */
int nsm_get_random(int nsm, uint8_t *buffer, size_t length);

/* An answer's content: a byte string, and a boolean that only DescribePCR answers with. */
struct nsm_answer {
  struct bytes value;
  bool flag;
};

/*
 * Reads {operation: {field: value}} or, where flag is not NULL, {operation: {flag: .., field: ..}}
 * with the entries in either order; where field is NULL, the bare text of the operation.
 */
enum nsm_result nsm_read_answer(struct bytes response, const char *operation, const char *field,
                                const char *flag, struct nsm_answer *answer);

#endif
