/* The command line. */
#ifndef SC_EXEC_ARGUMENTS_H
#define SC_EXEC_ARGUMENTS_H

#include <stdbool.h>

enum role { RUN, REQUEST_MOUNT, REQUEST_ATTACH };

struct job {
    enum role role;
    bool image_entrypoint;
    bool parked;    /* the answer comes with the next start, whenever that is */
    char **command; /* there is always a word before it in the array: see run_by_shell */
    int words;
};

/* Ends the program for --help, --version, and what it doesn't know (125). */
struct job parse_arguments(int argc, char **argv);

#endif
