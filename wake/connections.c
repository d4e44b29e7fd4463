#define _GNU_SOURCE

#include "connections.h"

#include "clock.h"
#include "flow.h"
#include "message.h"
#include "sockets.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    HOLD_MS = 120000,         /* most clients give up earlier */
    ATTEMPT_MS = 2000,        /* a container that is there answers or refuses at once */
    FIRST_BACKOFF_MS = 5,     /* between two attempts */
    MOST_BACKOFF_MS = 250,    /* doubled up to this */
    ASK_AGAIN_AFTER_MS = 3000 /* the container may have another address, or may have failed */
};

enum stage { FREE, HELD, RESTING, CONNECTING, CONNECTED };

static struct connection {
    enum stage stage;
    uint16_t port;
    int client, server;
    bool answered;        /* the agent has named an address for it */
    int64_t give_up_at;   /* while it is not connected */
    int64_t ask_again_at; /* while the container's address is known */
    int64_t due_at;       /* the end of a rest or of an attempt */
    int backoff_ms;
    struct in6_addr address;
    struct flow up, down; /* to the container, and from it */
    struct pollfd *client_polled, *server_polled;
} connections[CONNECTIONS_MAX];

#define EACH(c)                                                                                    \
    for (struct connection *c = connections; c < connections + CONNECTIONS_MAX; c++)               \
        if (c->stage != FREE)

static int taken;

bool has_room(void)
{
    return taken < CONNECTIONS_MAX;
}

bool has_connections(void)
{
    return taken > 0;
}

static struct connection *first_held(void)
{
    EACH(c)
    if (c->stage == HELD)
        return c;
    return NULL;
}

bool is_any_held(void)
{
    return first_held() != NULL;
}

uint16_t held_port(void)
{
    const struct connection *held = first_held();
    return held == NULL ? 0 : held->port;
}

bool is_held_again(void)
{
    EACH(c)
    if (c->stage == HELD && c->answered)
        return true;
    return false;
}

void hold(int client, uint16_t port)
{
    struct connection *c = connections;

    while (c->stage != FREE)
        c++;
    prepare(client);
    c->stage = HELD;
    c->port = port;
    c->client = client;
    c->server = -1;
    c->answered = false;
    c->give_up_at = now_ms() + HOLD_MS;
    taken++;
}

static void forget(struct connection *c)
{
    c->stage = FREE;
    taken--;
}

static void drop(struct connection *c)
{
    reset(c->client);
    if (c->server >= 0)
        reset(c->server);
    forget(c);
}

static void rest(struct connection *c)
{
    if (c->server >= 0)
        close(c->server);
    c->server = -1;
    c->stage = RESTING;
    c->due_at = now_ms() + c->backoff_ms;
    c->backoff_ms *= 2;
    if (c->backoff_ms > MOST_BACKOFF_MS)
        c->backoff_ms = MOST_BACKOFF_MS;
}

static void attempt(struct connection *c)
{
    c->server = start_connect(&c->address, c->port);
    if (c->server < 0) {
        rest(c);
        return;
    }
    c->stage = CONNECTING;
    c->due_at = now_ms() + ATTEMPT_MS;
}

void connect_held(const struct in6_addr *address)
{
    EACH(c)
    if (c->stage == HELD) {
        c->address = *address;
        c->answered = true;
        c->ask_again_at = now_ms() + ASK_AGAIN_AFTER_MS;
        c->backoff_ms = FIRST_BACKOFF_MS;
        attempt(c);
    }
}

void drop_held(const char *why)
{
    int count = 0;

    EACH(c)
    if (c->stage != CONNECTED) {
        drop(c);
        count++;
    }
    if (count > 0)
        say("reset %d connections: %s", count, why);
}

/* A descriptor without events is left out: a hang-up on it would be reported again and again. */
static struct pollfd *want(struct pollfd *polled, int *count, int fd, short events)
{
    polled[*count] = (struct pollfd){.fd = fd, .events = events};
    return &polled[(*count)++];
}

int poll_connections(struct pollfd *polled, int64_t *until)
{
    int count = 0;

    EACH(c)
    {
        c->client_polled = c->server_polled = NULL;
        if (c->stage != CONNECTED) {
            /* Only a reset is looked for: an end of the client's own sending is no reason to go. */
            c->client_polled = want(polled, &count, c->client, 0);
            no_later(until, c->give_up_at);
            if (c->stage != HELD)
                no_later(until, c->due_at);
            if (c->stage == CONNECTING)
                c->server_polled = want(polled, &count, c->server, POLLOUT);
            continue;
        }
        const short client = (short)(flow_input(&c->up) | flow_output(&c->down));
        const short server = (short)(flow_input(&c->down) | flow_output(&c->up));
        if (client != 0)
            c->client_polled = want(polled, &count, c->client, client);
        if (server != 0)
            c->server_polled = want(polled, &count, c->server, server);
    }
    return count;
}

static bool has_events(const struct pollfd *polled, short events)
{
    return polled != NULL && (polled->revents & events) != 0;
}

/* The end of an attempt: connected, or not yet. */
static void conclude(struct connection *c)
{
    int error = 0;
    socklen_t length = sizeof error;

    if (getsockopt(c->server, SOL_SOCKET, SO_ERROR, &error, &length) != 0 || error != 0) {
        rest(c);
        return;
    }
    prepare(c->server);
    c->stage = CONNECTED;
    start_flow(&c->up, c->client, c->server);
    start_flow(&c->down, c->server, c->client);
}

static void hand_through(struct connection *c)
{
    move_bytes(&c->up);
    move_bytes(&c->down);
    if (is_broken(&c->up) || is_broken(&c->down)) {
        drop(c);
    } else if (is_done(&c->up) && is_done(&c->down)) {
        finish(c->client);
        finish(c->server);
        forget(c);
    }
}

static void bring_on(struct connection *c)
{
    const int64_t now = now_ms();

    if (has_events(c->client_polled, POLLERR | POLLHUP)) {
        drop(c);
    } else if (now >= c->give_up_at) {
        say("reset a connection to port %u: the container did not answer for %d s",
            (unsigned)c->port, HOLD_MS / 1000);
        drop(c);
    } else if (has_events(c->server_polled, POLLOUT | POLLERR | POLLHUP)) {
        conclude(c);
    } else if (c->stage == CONNECTING && now >= c->due_at) {
        rest(c);
    } else if (c->stage == RESTING && now >= c->ask_again_at) {
        c->stage = HELD;
    } else if (c->stage == RESTING && now >= c->due_at) {
        attempt(c);
    }
}

void serve_connections(void)
{
    EACH(c)
    {
        if (c->stage != CONNECTED)
            bring_on(c);
        if (c->stage == CONNECTED)
            hand_through(c);
        /* Of one that comes in this place later. */
        c->client_polled = c->server_polled = NULL;
    }
}
