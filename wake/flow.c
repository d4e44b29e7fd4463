#define _GNU_SOURCE

#include "flow.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

enum { MOST_TURNS = 8 /* then the others have theirs */ };

void start_flow(struct flow *flow, int from, int to)
{
    flow->from = from;
    flow->to = to;
    flow->has_ended = flow->is_reset = flow->is_closed = false;
    flow->start = flow->end = 0;
}

static bool is_empty(const struct flow *flow)
{
    return flow->start == flow->end;
}

short flow_input(const struct flow *flow)
{
    return !flow->has_ended && is_empty(flow) ? POLLIN : 0;
}

short flow_output(const struct flow *flow)
{
    return is_empty(flow) ? 0 : POLLOUT;
}

static bool must_wait(void)
{
    return errno == EAGAIN || errno == EINTR;
}

/* Returns whether the buffer holds something now. */
static bool take(struct flow *flow)
{
    if (flow->has_ended)
        return false;
    const ssize_t got = recv(flow->from, flow->bytes, FLOW_BYTES, 0);
    if (got < 0 && must_wait())
        return false;
    flow->has_ended = got <= 0;
    flow->is_reset = got < 0;
    flow->start = 0;
    flow->end = got > 0 ? (size_t)got : 0;
    return got > 0;
}

/* Returns whether the buffer is empty now. */
static bool give(struct flow *flow)
{
    const ssize_t sent =
        send(flow->to, flow->bytes + flow->start, flow->end - flow->start, MSG_NOSIGNAL);

    if (sent >= 0) {
        flow->start += (size_t)sent;
    } else if (!must_wait()) {
        /* The other side takes no more. What comes from there has its own end. */
        flow->start = flow->end;
        flow->has_ended = flow->is_closed = true;
    }
    return is_empty(flow);
}

void move_bytes(struct flow *flow)
{
    for (int turn = 0; turn < MOST_TURNS; turn++) {
        if (is_empty(flow) && !take(flow))
            break;
        if (!give(flow))
            break;
    }
    if (flow->has_ended && is_empty(flow) && !flow->is_closed) {
        flow->is_closed = true;
        if (!flow->is_reset)
            (void)shutdown(flow->to, SHUT_WR); /* fails where the other side is gone */
    }
}

bool is_done(const struct flow *flow)
{
    return flow->is_closed;
}

bool is_broken(const struct flow *flow)
{
    return flow->is_reset && flow->is_closed;
}
