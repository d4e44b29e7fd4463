/* Networks, and the addresses in them. An IPv4 address is taken as its IPv4-mapped IPv6 one. */
#ifndef WAKE_NETWORKS_H
#define WAKE_NETWORKS_H

#include <netinet/in.h>
#include <stdbool.h>

struct network {
    struct in6_addr address;
    int bits;
};

/* Reads ADDRESS/BITS; false when it is none. */
bool parse_network(const char *text, struct network *network);

/* Reads an address without a network; false when it is none. */
bool parse_address(const char *text, struct in6_addr *address);

bool is_in_network(const struct in6_addr *address, const struct network *network);

#endif
