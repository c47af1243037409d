/* Asks the processes that look names up. See names.h. */
#include "names.h"

#include "../channels/tunnel.h"
#include "../confined/program.h"

#include <string.h>

static const char what[] = "look names up";

static bool is_valid(const struct found *found, ssize_t length) {
  if (length < (ssize_t)FOUND_LENGTH(0) || found->count > FOUND_MAX ||
      (size_t)length != FOUND_LENGTH(found->count)) {
    return false;
  }
  for (int i = 0; i < found->count; i++) {
    if (found->addresses[i].length != 4 && found->addresses[i].length != 16) {
      return false;
    }
  }
  return true;
}

static void take_answer(struct server *server, struct source *source) {
  struct asked *asked = (struct asked *)source; /* its first member */
  struct found found;
  ssize_t length = recv(source->descriptor, &found, sizeof found, 0);
  if (length < 0 && would_wait()) {
    return;
  }
  if (asked->name[0] == '\0' || !is_valid(&found, length)) {
    fail(what, "a process for it has ended");
  }
  char name[sizeof asked->name];
  memcpy(name, asked->name, sizeof name);
  asked->name[0] = '\0';
  asked->names->found(server, asked->names, name, &found);
}

void names_start(struct names *names, uid_t user) {
  for (int i = 0; i < LOOKUPS; i++) {
    names->all[i] = (struct asked){
        .source = {.descriptor = lookup_start(user), .ready = take_answer}, .names = names};
  }
}

int names_watch(struct server *server, struct names *names) {
  int result = 0;
  for (int i = 0; i < LOOKUPS && result == 0; i++) {
    result = server_watch(server, &names->all[i].source);
  }
  return result;
}

bool names_is_asked(const struct names *names, const char *name) {
  for (int i = 0; i < LOOKUPS; i++) {
    if (strcmp(names->all[i].name, name) == 0) {
      return true;
    }
  }
  return false;
}

bool names_ask(struct names *names, const char *name) {
  for (int i = 0; i < LOOKUPS; i++) {
    struct asked *asked = &names->all[i];
    if (asked->name[0] == '\0') {
      /* A process that waits takes a question at once. */
      strcpy(asked->name, name);
      send(asked->source.descriptor, name, strlen(name), MSG_NOSIGNAL);
      return true;
    }
  }
  return false;
}
