/* What all tunnels have in common: two connections, and bytes carried between them. */
#ifndef TREZA_TUNNEL_H
#define TREZA_TUNNEL_H

#include "server.h"

#include <sys/types.h>

/* Whether errno says that it would have had to wait. */
bool would_wait(void);

/* Starts to wait for something, in place of what it waited for before, as long as the limits say. */
void await(struct server *server, struct tunnel *tunnel, enum patience patience);

/* The same, for so many milliseconds. */
void await_for(struct server *server, struct tunnel *tunnel, enum patience patience, int64_t time);

/* Has a side watched for what it is wanted for (epoll(7)); 0 is for errors only. */
void watch(struct server *server, struct tunnel *tunnel, struct side *side, uint32_t interest);

/* Takes a descriptor as one of the tunnel's sides. */
void attach(struct server *server, struct tunnel *tunnel, struct side *side, int descriptor,
            uint32_t interest);

/* Closes one side. */
void detach(struct server *server, struct side *side);

/* Whether connecting has ended well; else errno says why it has not. */
bool is_connected(const struct side *side);

/* Closes a connection so that a TCP peer does not take it for an orderly end. */
void reset(int descriptor);

/* Ends a tunnel; `broken` so that TCP peers do not take it for an orderly end. */
void hang_up(struct server *server, struct tunnel *tunnel, bool broken);

/* Writes what waits. Returns false if the side can take nothing any more. */
bool flush(struct server *server, struct side *side);

/* Has the side write these bytes, at most BUFFER_SIZE, before any others; it must have nothing to write. */
void put(struct server *server, struct side *side, const void *bytes, size_t length);

/* Begins to carry bytes, and first those that came early. */
void open_tunnel(struct server *server, struct tunnel *tunnel);

/*
 * Ends a tunnel that has begun with last bytes to whoever connected, who then hangs up first, so that
 * it loses none of them.
 */
void refuse_with(struct server *server, struct tunnel *tunnel, const void *bytes, size_t length);

/* Carries on with that. */
void step_refusal(struct server *server, struct tunnel *tunnel, const struct side *side);

/*
 * Whether a side of which nothing is wanted is still there after what was reported of it. One that
 * has merely hung up is: it takes no more, but what it sent before may be unread.
 */
bool outlives(struct side *side, uint32_t events);

/* Carries on: one side of an open tunnel is ready. */
void carry(struct server *server, struct tunnel *tunnel, struct side *side, uint32_t events);

#endif
