#define _GNU_SOURCE

#include "networks.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { MAPPED_BITS = 96, ALL_BITS = 128 };

/* The first 96 bits of ::ffff:0.0.0.0. */
static const unsigned char mapped[MAPPED_BITS / 8] = {[10] = 0xff, [11] = 0xff};

bool parse_address(const char *text, struct in6_addr *address)
{
    struct in_addr old;

    if (inet_pton(AF_INET, text, &old) != 1)
        return inet_pton(AF_INET6, text, address) == 1;
    memcpy(address->s6_addr, mapped, sizeof mapped);
    memcpy(address->s6_addr + sizeof mapped, &old, sizeof old);
    return true;
}

bool parse_network(const char *text, struct network *network)
{
    char address[INET6_ADDRSTRLEN];
    const char *slash = strchr(text, '/');
    char *end;

    if (slash == NULL || (size_t)(slash - text) >= sizeof address || slash[1] < '0' ||
        slash[1] > '9')
        return false;
    memcpy(address, text, (size_t)(slash - text));
    address[slash - text] = '\0';
    if (!parse_address(address, &network->address))
        return false;
    const long bits = strtol(slash + 1, &end, 10);
    const int before = strchr(address, ':') == NULL ? MAPPED_BITS : 0;
    if (*end != '\0' || bits > ALL_BITS - before)
        return false;
    network->bits = before + (int)bits;
    return true;
}

bool is_in_network(const struct in6_addr *address, const struct network *network)
{
    const int whole = network->bits / 8;
    const int rest = network->bits % 8;

    return memcmp(address->s6_addr, network->address.s6_addr, (size_t)whole) == 0 &&
           (rest == 0 ||
            (address->s6_addr[whole] ^ network->address.s6_addr[whole]) >> (8 - rest) == 0);
}
