/* libFuzzer target: the reader of the NSM's answers, for every shape that is asked for. */
#include "../../main/c/nsm.h"

#include <stdlib.h>
#include <string.h>

#define CHECK(condition) ((condition) ? (void)0 : abort())

static const uint8_t *input;
static size_t input_length;

int nsm_open(void) { return 0; }

/* What an NSM would answer, whatever it was asked. */
ssize_t nsm_exchange(int nsm, struct bytes request, uint8_t *response) {
  (void)nsm;
  CHECK(request.length > 0 && request.length <= NSM_REQUEST_MAX);
  memcpy(response, input, input_length);
  return (ssize_t)input_length;
}

static void check(enum nsm_result result, struct bytes value, const uint8_t *response) {
  if (result == NSM_OK && value.length > 0) {
    CHECK(value.at > response && value.at + value.length <= response + input_length);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size > NSM_RESPONSE_MAX) {
    return 0;
  }
  input = data;
  input_length = size;
  uint8_t *response = malloc(NSM_RESPONSE_MAX);
  struct bytes value, field = {(const uint8_t *)"field", 5};
  bool locked;
  check(nsm_attestation(0, field, field, field, response, &value), value, response);
  check(nsm_describe_pcr(0, 3, response, &locked, &value), value, response);
  check(nsm_extend_pcr(0, 16, field, response, &value), value, response);
  check(nsm_random(0, response, &value), value, response);
  (void)nsm_lock_pcr(0, 16, response);
  uint8_t random[600];
  (void)nsm_get_random(0, random, sizeof random);

  /* Once more in a buffer of just its size. */
  uint8_t *exact = malloc(size + 1);
  memcpy(exact + 1, data, size);
  struct nsm_answer answer;
  (void)nsm_read_answer((struct bytes){exact + 1, size}, "Attestation", "document", NULL, &answer);
  (void)nsm_read_answer((struct bytes){exact + 1, size}, "DescribePCR", "data", "lock", &answer);
  (void)nsm_read_answer((struct bytes){exact + 1, size}, "LockPCR", NULL, NULL, NULL);
  free(exact);
  free(response);
  return 0;
}
