/* The sockets that listen on the ports. */
#ifndef WAKE_LISTENERS_H
#define WAKE_LISTENERS_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "arguments.h"

/* Listens on all ports, or ends the program (125). */
void open_listeners(const struct settings *settings);

/* Returns how many entries it wrote; with accepting false, connections stay in the kernel. */
int poll_listeners(struct pollfd *polled, bool accepting, int64_t *until);

/* Takes what came, as long as there is room; resets what comes from elsewhere. */
void accept_connections(const struct settings *settings);

void close_listeners(void);

#endif
