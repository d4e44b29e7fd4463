#define _GNU_SOURCE

#include "command.h"

#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum { COMMAND_MAX = 8192 /* words of the whole command */ };

void use_image_entrypoint(struct job *job, struct answer *answer)
{
    static char *line[1 + COMMAND_MAX + 1]; /* line[0] is the spare word: see run_by_shell */
    char **const tail = job->words > 0 ? job->command : answer->cmd.word;
    const int tail_words = job->words > 0 ? job->words : answer->cmd.count;
    const int words = answer->entrypoint.count + tail_words;

    if (words == 0)
        fail(EXIT_SC_EXEC, "nothing to run: the image has neither ENTRYPOINT nor CMD, and the"
                           " template gives no command");
    if (words > COMMAND_MAX)
        fail(EXIT_SC_EXEC, "the command has more than %d words", COMMAND_MAX);
    memcpy(line + 1, answer->entrypoint.word, (size_t)answer->entrypoint.count * sizeof *line);
    memcpy(line + 1 + answer->entrypoint.count, tail, (size_t)tail_words * sizeof *line);
    line[1 + words] = NULL;
    job->command = line + 1;
    job->words = words;
}

/* Reads the first line of a program; false when it can't be read. */
static bool first_line(const char *path, char *line, size_t size)
{
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    const ssize_t length = fd < 0 ? -1 : read(fd, line, size - 1);

    if (fd >= 0)
        close(fd);
    if (length < 0)
        return false;
    line[length] = '\0';
    line[strcspn(line, "\n")] = '\0';
    return true;
}

/* A file that exists and yet "does not" when executed lacks what its first bytes ask for. */
static void explain_missing_interpreter(const char *command, const char *path)
{
    char line[PATH_MAX];

    if (first_line(path, line, sizeof line) && strncmp(line, "#!", 2) == 0) {
        char *name = line + 2 + strspn(line + 2, " \t");
        name[strcspn(name, " \t")] = '\0';
        fail(EXIT_NOT_FOUND, "%s: its interpreter %s is not found", command, name);
    }
    fail(EXIT_NOT_FOUND, "%s: its loader (dynamic linker) is not found", command);
}

/*
 * A script without "#!" is run by /bin/sh, as every shell does it; a program for another machine
 * is not. The word before the command in the array becomes "sh", the command the script's path.
 */
static void run_by_shell(const char *path, char **command)
{
    char line[256];
    static char shell[] = "sh", script[PATH_MAX];

    memset(line, 0, sizeof line);
    if (first_line(path, line, sizeof line) && strncmp(line, "\177ELF", 4) == 0)
        fail(EXIT_NOT_EXECUTABLE, "%s: built for another kind of machine (%s)", command[0],
             strerror(ENOEXEC));
    snprintf(script, sizeof script, "%s", path);
    const char *name = command[0];
    command[-1] = shell;
    command[0] = script;
    execv("/bin/sh", command - 1);
    fail(EXIT_NOT_EXECUTABLE, "%s: a script without #!, and /bin/sh can't run it: %s", name,
         strerror(errno));
}

/* Returns only when path does not exist (ENOENT) or is forbidden to us (EACCES). */
static int try_command(const char *path, char **command)
{
    struct stat file;

    execv(path, command);
    switch (errno) {
    case ENOENT:
        if (stat(path, &file) == 0)
            explain_missing_interpreter(command[0], path);
        return ENOENT;
    case ENOTDIR: /* part of the path is a file */
        return ENOENT;
    case EACCES:
        return EACCES;
    case ENOEXEC:
        run_by_shell(path, command);
        return ENOEXEC; /* not reached */
    default:
        fail(EXIT_NOT_EXECUTABLE, "%s: %s", command[0], strerror(errno));
    }
}

/* Returns why no folder of PATH has it: EACCES when one has it, but not for us. */
static int try_folders_of_path(char **command)
{
    static char path[PATH_MAX];
    const char *folder = getenv("PATH");
    int reason = ENOENT;

    if (folder == NULL)
        folder = DEFAULT_PATH;
    for (;;) {
        const int length = (int)strcspn(folder, ":");
        /* an empty entry means the working directory */
        const int written = snprintf(path, sizeof path, "%.*s%s%s", length, folder,
                                     length > 0 ? "/" : "./", command[0]);
        struct stat file;
        if (written > 0 && (size_t)written < sizeof path && try_command(path, command) == EACCES &&
            stat(path, &file) == 0 && !S_ISDIR(file.st_mode))
            reason = EACCES;
        if (folder[length] == '\0')
            return reason;
        folder += length + 1;
    }
}

void run(char **command)
{
    struct stat file;
    const bool is_path = strchr(command[0], '/') != NULL;
    int reason = ENOENT;

    if (is_path)
        reason = try_command(command[0], command);
    else if (command[0][0] != '\0')
        reason = try_folders_of_path(command);
    if (reason == ENOENT)
        fail(EXIT_NOT_FOUND, "%s: not found", command[0]);
    if (is_path && stat(command[0], &file) == 0 && S_ISDIR(file.st_mode))
        fail(EXIT_NOT_EXECUTABLE, "%s: %s", command[0], strerror(EISDIR));
    fail(EXIT_NOT_EXECUTABLE, "%s: %s", command[0], strerror(reason));
}
