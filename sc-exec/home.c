#define _POSIX_C_SOURCE 200809L

#include "home.h"

#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PASSWD_MAX_BYTES = 4 * 1024 * 1024 };

/* Returns the home in a line "name:password:uid:gid:comment:home:shell" of uid, else NULL. */
static char *home_in(char *line, const char *uid)
{
    char *field[7] = {line};

    for (int i = 1; i < 7; i++) {
        char *colon = strchr(field[i - 1], ':');
        if (colon == NULL)
            return NULL;
        *colon = '\0';
        field[i] = colon + 1;
    }
    return strcmp(field[2], uid) == 0 ? field[5] : NULL;
}

/* Reads /etc/passwd line by line; longer lines than the buffer are skipped. */
static char *home_from_passwd(void)
{
    static char buffer[4096];
    char uid[24], *home = NULL;
    size_t held = 0, total = 0;
    bool skipping = false;
    ssize_t got;
    const int fd = open("/etc/passwd", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        return NULL;
    snprintf(uid, sizeof uid, "%ju", (uintmax_t)geteuid());
    while (home == NULL && total < PASSWD_MAX_BYTES &&
           (got = read(fd, buffer + held, sizeof buffer - 1 - held)) > 0) {
        char *line = buffer, *end;
        total += (size_t)got;
        held += (size_t)got;
        while (home == NULL && (end = memchr(line, '\n', held)) != NULL) {
            *end = '\0';
            home = skipping ? NULL : home_in(line, uid);
            skipping = false;
            held -= (size_t)(end + 1 - line);
            line = end + 1;
        }
        if (home == NULL)
            memmove(buffer, line, held);
        if (held == sizeof buffer - 1) {
            skipping = true;
            held = 0;
        }
    }
    if (home == NULL && held > 0 && !skipping) { /* last line without a newline */
        buffer[held] = '\0';
        home = home_in(buffer, uid);
    }
    close(fd);
    return home;
}

static const char *home_of_user(void)
{
    const char *home = home_from_passwd();

    return home != NULL && home[0] != '\0' ? home : "/";
}

bool home_is_the_runtimes(void)
{
    const char *home = getenv("HOME");

    return home == NULL || home[0] == '\0' || strcmp(home, home_of_user()) == 0;
}

void set_home(void)
{
    if (setenv("HOME", home_of_user(), 1) != 0)
        fail(EXIT_SC_EXEC, "setenv HOME: %s", strerror(errno));
}
