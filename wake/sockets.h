/* Sockets: their addresses and options. */
#ifndef WAKE_SOCKETS_H
#define WAKE_SOCKETS_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

/* The address of a peer, an IPv4 one as its IPv4-mapped IPv6 one. */
void address_of(const struct sockaddr_storage *peer, struct in6_addr *address);

/* Sends what is written at once, and finds out when the other side is gone for good. */
void prepare(int fd);

/* Begins to connect; returns the socket, or -1. */
int start_connect(const struct in6_addr *address, uint16_t port);

/* Closes so that the other side gets an error and not an end. */
void reset(int fd);

#endif
