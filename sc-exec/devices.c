#define _GNU_SOURCE

#include "devices.h"

#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Whether a descriptor's name leads to its file, as it does where no root was taken away. */
static bool has_its_name(int fd, const struct stat *file)
{
    char link[32], name[PATH_MAX];
    struct stat named;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(link, name, sizeof name - 1);
    if (length < 0)
        return true; /* without /proc no program asks for names */
    name[length] = '\0';
    return stat(name, &named) == 0 && named.st_dev == file->st_dev && named.st_ino == file->st_ino;
}

/* Opens the terminal or /dev/null that a descriptor stands for; -1 when that can't be done. */
static int open_again(int fd, const struct stat *file)
{
    const int flags = fcntl(fd, F_GETFL);
    struct stat found;
    char path[32] = "/dev/null";

    if (isatty(fd))
        snprintf(path, sizeof path, "/dev/pts/%u", minor(file->st_rdev));
    if (flags < 0)
        return -1;
    const int again = open(path, (flags & (O_ACCMODE | O_APPEND | O_NONBLOCK)) | O_NOCTTY |
                                     O_NOFOLLOW | O_CLOEXEC);
    if (again >= 0 && fstat(again, &found) == 0 && found.st_dev == file->st_dev &&
        found.st_ino == file->st_ino)
        return again;
    if (again >= 0)
        close(again);
    return -1;
}

/*
 * Devices that were opened below the first root have a name there, which ttyname(3) and others look
 * for in vain. So they are opened again by the name of today; descriptors that shared one opening
 * share the new one.
 */
void renew_devices(void)
{
    struct stat file, last = {0};
    int opened = -1;

    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fstat(fd, &file) != 0 || !S_ISCHR(file.st_mode) || has_its_name(fd, &file))
            continue;
        if (opened < 0 || file.st_dev != last.st_dev || file.st_ino != last.st_ino) {
            if (opened >= 0)
                close(opened);
            opened = open_again(fd, &file);
            last = file;
        }
        if (opened >= 0 && dup2(opened, fd) < 0)
            fail(EXIT_SC_EXEC, "dup2: %s", strerror(errno));
    }
    if (opened >= 0)
        close(opened);
}
