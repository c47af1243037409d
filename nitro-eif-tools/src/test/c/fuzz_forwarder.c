/*
 * libFuzzer target: what the forwarder reads, and what a parent reads of an enclave. Of each input it must come to the same end whether it
 * arrives at once or in two parts, take nothing that is no plain host and port, and read no byte
 * past the end.
 */
#include "../../main/c/channels/parent_frame.h"
#include "../../main/c/forwarder/proxy_head.h"

#include <stdlib.h>
#include <string.h>

#define CHECK(condition) ((condition) ? (void)0 : abort())

static enum proxy_head read_exactly(const uint8_t *data, size_t size,
                                    struct proxy_request *request) {
  char *exact = malloc(size + 1); /* malloc(0) may be NULL */
  memcpy(exact + 1, data, size);
  enum proxy_head result = proxy_head_read(exact + 1, size, request);
  free(exact);
  return result;
}

static void check_destination(const struct destination *destination) {
  size_t length = strlen(destination->host);
  CHECK(length > 0 && length <= HOST_MAX && destination->port > 0 && !destination->any_below);
  CHECK(strspn(destination->host, "abcdefghijklmnopqrstuvwxyz0123456789-.") == length);
  CHECK(destination->host[0] != '.' && destination->host[length - 1] != '.');
  CHECK(strstr(destination->host, "..") == NULL);
  CHECK(destination_is_listed(destination, destination, 1));
  uint8_t request[PARENT_REQUEST_MAX];
  CHECK(parent_request_write(destination, request) == 7 + length);
}

/* A request is what the forwarder would have written, and the same however much follows it. */
static void check_parent_request(const uint8_t *data, size_t size) {
  struct destination destination;
  size_t length = 0;
  uint8_t *exact = malloc(size + 1);
  memcpy(exact + 1, data, size);
  enum parent_request result = parent_request_read(exact + 1, size, &destination, &length);
  free(exact);
  if (result == PARENT_REQUEST_COMPLETE) {
    uint8_t again[PARENT_REQUEST_MAX];
    CHECK(length <= size && length <= PARENT_REQUEST_MAX);
    check_destination(&destination);
    CHECK(parent_request_write(&destination, again) == length);
    CHECK(memcmp(again, data, length) == 0);
    CHECK(parent_request_read(data, length, &destination, &length) == PARENT_REQUEST_COMPLETE);
    for (size_t part = 0; part < length; part++) {
      size_t ignored;
      CHECK(parent_request_read(data, part, &destination, &ignored) == PARENT_REQUEST_INCOMPLETE);
    }
  } else if (result == PARENT_REQUEST_INCOMPLETE) {
    CHECK(size < PARENT_REQUEST_MAX);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct proxy_request request, again;
  enum proxy_head result = read_exactly(data, size, &request);
  if (result == PROXY_HEAD_COMPLETE) {
    CHECK(request.length <= size && request.length <= PROXY_HEAD_MAX);
    check_destination(&request.destination);
    CHECK(read_exactly(data, request.length - 1, &again) == PROXY_HEAD_INCOMPLETE);
    CHECK(read_exactly(data, request.length, &again) == PROXY_HEAD_COMPLETE);
    CHECK(memcmp(&request.destination.port, &again.destination.port, sizeof(uint16_t)) == 0 &&
          strcmp(request.destination.host, again.destination.host) == 0);
  } else if (result == PROXY_HEAD_MALFORMED) {
    CHECK(request.wrong != NULL && strlen(request.wrong) < 100);
  }
  char *text = malloc(size + 1);
  memcpy(text, data, size);
  text[size] = '\0';
  struct destination listed;
  if (destination_read_listed(text, &listed) == NULL) {
    CHECK(strncmp(text, "*.", 2) == 0 ? listed.any_below : !listed.any_below);
    struct destination *asked = &request.destination;
    const char *rest = listed.any_below ? text + 2 : text;
    CHECK(destination_read(rest, strlen(rest), asked) == NULL);
    CHECK(destination_is_listed(asked, &listed, 1) == !listed.any_below);
  }
  free(text);
  check_parent_request(data, size);
  if (size >= PARENT_ANSWER) {
    bool connected = memcmp(data, "TZE1\0", 6) == 0;
    CHECK((parent_answer_read(data) == PARENT_CONNECTED) == connected);
  }
  return 0;
}
