/* What the parent program's processes may do. */
#ifndef TREZA_PARENT_CONFINEMENT_H
#define TREZA_PARENT_CONFINEMENT_H

#include "../confined/sandbox.h"

/* For the process that carries connections. */
struct confinement parent_confinement(uid_t user);

/* For those that look names up. */
struct confinement lookup_confinement(uid_t user);

#endif
