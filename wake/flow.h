/* One direction of a connection: bytes, then an end. */
#ifndef WAKE_FLOW_H
#define WAKE_FLOW_H

#include <stdbool.h>
#include <stddef.h>

enum { FLOW_BYTES = 16 * 1024 };

struct flow {
    int from, to;
    bool has_ended; /* from sends no more */
    bool is_reset;  /* because it is gone */
    bool is_closed; /* to knows of the end, or takes no more */
    size_t start, end;
    char bytes[FLOW_BYTES];
};

void start_flow(struct flow *flow, int from, int to);

/* What poll(2) has to wait for at both descriptors; 0 for nothing. */
short flow_input(const struct flow *flow);
short flow_output(const struct flow *flow);

/* Moves what can be moved now, and the end after the last byte. */
void move_bytes(struct flow *flow);

/* Whether all bytes and the end have been handed on, or the other side takes no more. */
bool is_done(const struct flow *flow);

/* Whether the sender was reset, and what it sent before has been handed on. */
bool is_broken(const struct flow *flow);

#endif
