#include "arguments.h"

#include "message.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef SC_VERSION
#define SC_VERSION "dev"
#endif

static const char usage[] =
    "usage: sc-exec CMD [ARG...]\n"
    "       sc-exec --request=mount -- CMD [ARG...]\n"
    "       sc-exec --request=attach [--parked] -- CMD [ARG...]\n"
    "       sc-exec --request=attach [--parked] --image-entrypoint -- [ARG...]\n"
    "       sc-exec --version | --help\n"
    "\n"
    "Runs CMD in the persistent root file system of this container.\n"
    "With --request it first asks the node agent for that file system;\n"
    "--image-entrypoint runs the image's ENTRYPOINT, with its CMD when no\n"
    "ARG is given; --parked waits for a start that may be far off.\n"
    "\n"
    "Exit codes: those of CMD; 127 not found, 126 not executable,\n"
    "125 refused or failed before CMD, 128+n signal n during the wait.\n";

static void print_and_exit(const char *text)
{
    const size_t length = strlen(text);
    exit(write(STDOUT_FILENO, text, length) == (ssize_t)length ? 0 : EXIT_SC_EXEC);
}

struct job parse_arguments(int argc, char **argv)
{
    struct job job = {.role = RUN};
    int i = 1;

    for (; i < argc && argv[i][0] == '-' && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--version") == 0)
            print_and_exit("sc-exec " SC_VERSION "\n");
        else if (strcmp(argv[i], "--help") == 0)
            print_and_exit(usage);
        else if (strcmp(argv[i], "--request=mount") == 0)
            job.role = REQUEST_MOUNT;
        else if (strcmp(argv[i], "--request=attach") == 0)
            job.role = REQUEST_ATTACH;
        else if (strcmp(argv[i], "--image-entrypoint") == 0)
            job.image_entrypoint = true;
        else if (strcmp(argv[i], "--parked") == 0)
            job.parked = true;
        else
            fail(EXIT_SC_EXEC, "unknown option %s (see sc-exec --help)", argv[i]);
    }
    if (i < argc && strcmp(argv[i], "--") == 0)
        i++;
    else if (job.role != RUN || job.image_entrypoint)
        fail(EXIT_SC_EXEC, "-- is missing before the command (see sc-exec --help)");
    if (job.image_entrypoint && job.role != REQUEST_ATTACH)
        fail(EXIT_SC_EXEC, "--image-entrypoint goes with --request=attach only");
    if (job.parked && job.role != REQUEST_ATTACH)
        fail(EXIT_SC_EXEC, "--parked goes with --request=attach only");
    if (i == argc && !job.image_entrypoint)
        fail(EXIT_SC_EXEC, "no command was given (see sc-exec --help)");
    job.command = argv + i;
    job.words = argc - i;
    return job;
}
