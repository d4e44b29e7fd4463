#define _GNU_SOURCE

#include "sockets.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { KEEPALIVE_IDLE_S = 60, KEEPALIVE_EACH_S = 15, KEEPALIVE_TRIES = 4 };

enum { MAPPED_BYTES = 12 /* ::ffff: of an IPv4-mapped address */ };

void address_of(const struct sockaddr_storage *peer, struct in6_addr *address)
{
    memset(address, 0, sizeof *address);
    if (peer->ss_family == AF_INET6) {
        memcpy(address, &((const struct sockaddr_in6 *)peer)->sin6_addr, sizeof *address);
    } else if (peer->ss_family == AF_INET) {
        address->s6_addr[10] = address->s6_addr[11] = 0xff;
        memcpy(address->s6_addr + MAPPED_BYTES, &((const struct sockaddr_in *)peer)->sin_addr,
               sizeof(struct in_addr));
    }
}

static void set(int fd, int level, int option, int value)
{
    /* Each is a help only: a connection without it works, too. */
    (void)setsockopt(fd, level, option, &value, sizeof value);
}

/* A close resets, or it sends what is left and then the end. */
static void set_reset_at_close(int fd, bool at_once)
{
    const struct linger linger = {.l_onoff = at_once, .l_linger = 0};

    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

void prepare(int fd)
{
    set_reset_at_close(fd, true);
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
    set(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_EACH_S);
    set(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_TRIES);
}

int start_connect(const struct in6_addr *address, uint16_t port)
{
    const bool is_old = IN6_IS_ADDR_V4MAPPED(address);
    struct sockaddr_in6 new = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_in old = {.sin_family = AF_INET, .sin_port = htons(port)};
    const int fd =
        socket(is_old ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    new.sin6_addr = *address;
    memcpy(&old.sin_addr, address->s6_addr + MAPPED_BYTES, sizeof old.sin_addr);
    if ((is_old ? connect(fd, (const struct sockaddr *)&old, sizeof old)
                : connect(fd, (const struct sockaddr *)&new, sizeof new)) == 0 ||
        errno == EINPROGRESS)
        return fd;
    close(fd);
    return -1;
}

void reset(int fd)
{
    set_reset_at_close(fd, true);
    close(fd);
}

void finish(int fd)
{
    set_reset_at_close(fd, false);
    close(fd);
}
