/* Sockets: their addresses and options. */
#ifndef WAKE_SOCKETS_H
#define WAKE_SOCKETS_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

/* The address of a peer, an IPv4 one as its IPv4-mapped IPv6 one. */
void address_of(const struct sockaddr_storage *peer, struct in6_addr *address);

/*
 * Sends what is written at once, and finds out when the other side is gone for good. It resets at
 * the end: if this program is killed, neither side takes what it has got for all that there was.
 */
void prepare(int fd);

/* Begins to connect; returns the socket, or -1. */
int start_connect(const struct in6_addr *address, uint16_t port);

/* Closes so that the other side gets an error and not an end. */
void reset(int fd);

/* Closes after both sides have ended, and lets the kernel send what is left. */
void finish(int fd);

#endif
