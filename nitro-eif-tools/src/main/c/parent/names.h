/* What names mean: each is looked up once for all that wait for it. */
#ifndef TREZA_NAMES_H
#define TREZA_NAMES_H

#include "lookup.h"

#include "../channels/server.h"

#define LOOKUPS 8

struct names;

/* One process that looks names up. */
struct asked {
  struct source source;
  struct names *names;
  char name[HOST_MAX + 1]; /* that it was asked for; empty: none */
};

struct names {
  struct asked all[LOOKUPS];
  /* Told of what was found of a name. */
  void (*found)(struct server *server, struct names *names, const char *name,
                const struct found *found);
};

/* Starts the processes, as that user. */
void names_start(struct names *names, uid_t user);

/* Has them watched. Returns 0, or -1 with errno. */
int names_watch(struct server *server, struct names *names);

/* Whether a name is being looked up. */
bool names_is_asked(const struct names *names, const char *name);

/* Asks for a name. Returns false if all are busy. */
bool names_ask(struct names *names, const char *name);

#endif
