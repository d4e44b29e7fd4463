/* The command line. */
#ifndef WAKE_ARGUMENTS_H
#define WAKE_ARGUMENTS_H

#include <stdint.h>

#include "networks.h"

enum { PORTS_MAX = 16, NETWORKS_MAX = 16 };

struct settings {
    uint16_t port[PORTS_MAX];
    int ports;
    struct network from[NETWORKS_MAX]; /* none: from everywhere */
    int networks;
};

/* Ends the program for --help, --version, and what it doesn't know (125). */
void parse_arguments(int argc, char **argv, struct settings *settings);

#endif
