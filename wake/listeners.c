#define _GNU_SOURCE

#include "listeners.h"

#include "clock.h"
#include "connections.h"
#include "message.h"
#include "sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BACKLOG = 128,
    PAUSE_MS = 1000, /* descriptors or memory are used up: the connection waits in the kernel */
};

static struct listener {
    int fd;
    uint16_t port;
} listeners[PORTS_MAX];
static int listener_count;
static int64_t paused_until;

/* One socket for both families; a node without IPv6 has IPv4 alone. */
static int listen_on(uint16_t port)
{
    const struct sockaddr_in6 all = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_ANY_INIT};
    const struct sockaddr_in all_old = {.sin_family = AF_INET, .sin_port = htons(port)};
    const int on = 1, off = 0;
    const int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    int fd = socket(AF_INET6, type, 0);
    const bool has_new = fd >= 0;

    if (!has_new)
        fd = socket(AF_INET, type, 0);
    if (fd < 0)
        fail(EXIT_SC_EXEC, "socket: %s", strerror(errno));
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        (has_new && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) != 0) ||
        (has_new ? bind(fd, (const struct sockaddr *)&all, sizeof all)
                 : bind(fd, (const struct sockaddr *)&all_old, sizeof all_old)) != 0 ||
        listen(fd, BACKLOG) != 0)
        fail(EXIT_SC_EXEC, "listen on port %u: %s", (unsigned)port, strerror(errno));
    return fd;
}

void open_listeners(const struct settings *settings)
{
    for (int i = 0; i < settings->ports; i++)
        listeners[listener_count++] =
            (struct listener){.fd = listen_on(settings->port[i]), .port = settings->port[i]};
}

int poll_listeners(struct pollfd *polled, bool accepting, int64_t *until)
{
    if (!accepting)
        return 0;
    if (now_ms() < paused_until) {
        no_later(until, paused_until);
        return 0;
    }
    for (int i = 0; i < listener_count; i++)
        polled[i] = (struct pollfd){.fd = listeners[i].fd, .events = POLLIN};
    return listener_count;
}

static bool is_welcome(const struct sockaddr_storage *peer, const struct settings *settings)
{
    struct in6_addr address;

    address_of(peer, &address);
    for (int i = 0; i < settings->networks; i++)
        if (is_in_network(&address, &settings->from[i]))
            return true;
    return settings->networks == 0;
}

/* Returns false when none waits there, or none can be taken. */
static bool accept_one(const struct listener *listener, const struct settings *settings)
{
    struct sockaddr_storage peer = {.ss_family = AF_UNSPEC};
    socklen_t length = sizeof peer;
    const int fd =
        accept4(listener->fd, (struct sockaddr *)&peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0) {
        if (is_welcome(&peer, settings))
            hold(fd, listener->port);
        else
            reset(fd);
        return true;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        say("connections wait: accept: %s", strerror(errno));
        paused_until = now_ms() + PAUSE_MS;
    }
    return errno == ECONNABORTED || errno == EINTR;
}

void accept_connections(const struct settings *settings)
{
    for (int i = 0; i < listener_count; i++)
        while (has_room() && now_ms() >= paused_until && accept_one(&listeners[i], settings))
            continue;
}

void close_listeners(void)
{
    for (int i = 0; i < listener_count; i++)
        close(listeners[i].fd);
    listener_count = 0;
}
