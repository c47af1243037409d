/* Reads the head of a CONNECT request. See proxy_head.h. */
#include "proxy_head.h"

#include <string.h>
#include <strings.h>

struct line {
  const char *at;
  size_t length;
};

static enum proxy_head malformed(struct proxy_request *request, const char *wrong) {
  request->wrong = wrong;
  return PROXY_HEAD_MALFORMED;
}

/* Up to the next CR LF; neither of the two comes alone, and no other control character. */
static bool take_line(const char *in, size_t length, size_t *at, struct line *line) {
  line->at = in + *at;
  for (size_t i = *at; i + 1 < length; i++) {
    if (in[i] == '\r' && in[i + 1] == '\n') {
      line->length = i - *at;
      *at = i + 2;
      return true;
    }
    unsigned char byte = (unsigned char)in[i];
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
      return false;
    }
  }
  return false;
}

/* RFC 9110, 5.6.2 */
static bool is_token(const char *text, size_t length) {
  for (size_t i = 0; i < length; i++) {
    char c = text[i];
    bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (c == '\0' || (!alphanumeric && strchr("!#$%&'*+-.^_`|~", c) == NULL)) {
      return false;
    }
  }
  return length > 0;
}

static bool is_named(const struct line *line, size_t name, const char *header) {
  return name == strlen(header) && strncasecmp(line->at, header, name) == 0;
}

static bool is_zero(const char *value, const char *end) {
  while (value < end && (*value == ' ' || *value == '\t')) {
    value++;
  }
  return end - value == 1 && *value == '0';
}

/*
 * NULL, or what is wrong. A request that says it has a body would be read differently by others;
 * that it has none, as java.net.http says, is fine.
 */
static const char *check_header(const struct line *line) {
  const char *colon = memchr(line->at, ':', line->length);
  size_t name = colon == NULL ? 0 : (size_t)(colon - line->at);
  if (!is_token(line->at, name)) {
    return "a line that is no header";
  } else if (is_named(line, name, "Transfer-Encoding") ||
             (is_named(line, name, "Content-Length") &&
              !is_zero(colon + 1, line->at + line->length))) {
    return "a CONNECT request with a body";
  }
  return NULL;
}

static enum proxy_head read_request_line(const struct line *line, struct proxy_request *request) {
  const char *end = line->at + line->length;
  const char *target = memchr(line->at, ' ', line->length);
  if (target == NULL || !is_token(line->at, (size_t)(target - line->at))) {
    return malformed(request, "not an HTTP request");
  }
  size_t method = (size_t)(target++ - line->at);
  const char *version = memchr(target, ' ', (size_t)(end - target));
  if (version == NULL) {
    return malformed(request, "not an HTTP request");
  }
  size_t length = (size_t)(version++ - target);
  if (end - version != 8 || memcmp(version, "HTTP/1.", 7) != 0 ||
      (version[7] != '0' && version[7] != '1')) {
    return malformed(request, "not an HTTP/1.1 request");
  }
  if (method != 7 || memcmp(line->at, "CONNECT", 7) != 0) {
    return PROXY_HEAD_OTHER_METHOD;
  }
  request->wrong = destination_read(target, length, &request->destination);
  return request->wrong == NULL ? PROXY_HEAD_COMPLETE : PROXY_HEAD_MALFORMED;
}

enum proxy_head proxy_head_read(const char *in, size_t have, struct proxy_request *request) {
  const char *end = have == 0 ? NULL : memmem(in, have, "\r\n\r\n", 4);
  size_t length = end == NULL ? have : (size_t)(end - in) + 4;
  if (have > 0 && (*in < 'A' || *in > 'Z')) {
    return malformed(request, "not an HTTP request"); /* perhaps TLS: no end would ever come */
  } else if (length > PROXY_HEAD_MAX || (end == NULL && have >= PROXY_HEAD_MAX)) {
    return malformed(request, "a head of over 8192 bytes");
  } else if (end == NULL) {
    return PROXY_HEAD_INCOMPLETE;
  }
  request->length = length;
  size_t at = 0;
  struct line line;
  if (!take_line(in, length, &at, &line)) {
    return malformed(request, "a control character");
  }
  enum proxy_head result = read_request_line(&line, request);
  while (result == PROXY_HEAD_COMPLETE && at < length - 2) {
    request->wrong =
        take_line(in, length, &at, &line) ? check_header(&line) : "a control character";
    result = request->wrong == NULL ? PROXY_HEAD_COMPLETE : PROXY_HEAD_MALFORMED;
  }
  return result;
}
