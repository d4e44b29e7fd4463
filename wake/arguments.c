#include "arguments.h"

#include "message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef SC_VERSION
#define SC_VERSION "dev"
#endif

static const char usage[] =
    "usage: wake --port=N... [--from=NETWORK...]\n"
    "       wake --version | --help\n"
    "\n"
    "Holds connections to a container that is stopped, asks the node agent for\n"
    "it, and hands the bytes through once its program listens. NETWORK, as in\n"
    "10.0.0.0/8 or fd00::/8, limits who may connect.\n"
    "\n"
    "Exit codes: 0 after SIGTERM or SIGINT, 125 a failure.\n";

static void print_and_exit(const char *text)
{
    const size_t length = strlen(text);
    exit(write(STDOUT_FILENO, text, length) == (ssize_t)length ? 0 : EXIT_SC_EXEC);
}

static uint16_t parse_port(const char *text)
{
    char *end;

    errno = 0;
    const long port = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || port < 1 || port > UINT16_MAX)
        fail(EXIT_SC_EXEC, "no port: %s", text);
    return (uint16_t)port;
}

/* The text after the name of an option; NULL when it is another option. */
static const char *value_of(const char *argument, const char *option)
{
    const size_t length = strlen(option);
    return strncmp(argument, option, length) == 0 ? argument + length : NULL;
}

void parse_arguments(int argc, char **argv, struct settings *settings)
{
    for (int i = 1; i < argc; i++) {
        const char *value;

        if (strcmp(argv[i], "--version") == 0) {
            print_and_exit("wake " SC_VERSION "\n");
        } else if (strcmp(argv[i], "--help") == 0) {
            print_and_exit(usage);
        } else if ((value = value_of(argv[i], "--port=")) != NULL) {
            if (settings->ports == PORTS_MAX)
                fail(EXIT_SC_EXEC, "more than %d ports", PORTS_MAX);
            settings->port[settings->ports++] = parse_port(value);
        } else if ((value = value_of(argv[i], "--from=")) != NULL) {
            if (settings->networks == NETWORKS_MAX)
                fail(EXIT_SC_EXEC, "more than %d networks", NETWORKS_MAX);
            if (!parse_network(value, &settings->from[settings->networks++]))
                fail(EXIT_SC_EXEC, "no network: %s", value);
        } else {
            fail(EXIT_SC_EXEC, "unknown option %s (see wake --help)", argv[i]);
        }
    }
    if (settings->ports == 0)
        fail(EXIT_SC_EXEC, "no port was given (see wake --help)");
}
