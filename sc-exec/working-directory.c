#define _GNU_SOURCE

#include "working-directory.h"

#include "message.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char working_directory[PATH_MAX];

/*
 * getcwd(2) puts "(unreachable)" before a path whose root was already taken away.
 */
void remember_working_directory(void)
{
    static const char unreachable[] = "(unreachable)";
    const size_t prefix = sizeof unreachable - 1;

    if (syscall(SYS_getcwd, working_directory, sizeof working_directory) < 0)
        fail(EXIT_SC_EXEC, "getcwd: %s", strerror(errno));
    if (strncmp(working_directory, unreachable, prefix) == 0)
        memmove(working_directory, working_directory + prefix,
                strlen(working_directory + prefix) + 1);
    if (working_directory[0] != '/')
        strcpy(working_directory, "/");
}

static void make_folders(char *path)
{
    for (char *slash = path + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        if (mkdir(path, 0755) != 0 && errno != EEXIST)
            say("mkdir %s: %s", path, strerror(errno));
        *slash = '/';
    }
    if (mkdir(path, 0755) != 0 && errno != EEXIST)
        say("mkdir %s: %s", path, strerror(errno));
}

/* A first process makes a folder that the persistent root lacks, as a container runtime does. */
void restore_working_directory(enum role role)
{
    if (chdir(working_directory) == 0)
        return;
    if (errno == ENOENT && role != RUN) {
        make_folders(working_directory);
        if (chdir(working_directory) == 0)
            return;
    }
    say("working directory %s: %s; starting in /", working_directory, strerror(errno));
    if (chdir("/") != 0)
        fail(EXIT_SC_EXEC, "chdir /: %s", strerror(errno));
}
