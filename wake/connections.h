/* The connections of clients: held first, then connected to the container. */
#ifndef WAKE_CONNECTIONS_H
#define WAKE_CONNECTIONS_H

#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

enum { CONNECTIONS_MAX = 128, POLLED_BY_CONNECTIONS = 2 * CONNECTIONS_MAX };

bool has_room(void);
bool has_connections(void);

/* Whether one waits for the container's address, and to which port it is. */
bool is_any_held(void);
uint16_t held_port(void);

/* Whether one of these had an address before, at which nothing has answered. */
bool is_held_again(void);

/* Takes a new connection of a client; there is room. */
void hold(int client, uint16_t port);

/* Begins to connect what is held to the container. */
void connect_held(const struct in6_addr *address);

/* Resets what is held, and says why. */
void drop_held(const char *why);

/* Returns how many entries it wrote. */
int poll_connections(struct pollfd *polled, int64_t *until);

/* Does what the last poll shows to be possible, and what is due. */
void serve_connections(void);

#endif
