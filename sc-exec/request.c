#define _POSIX_C_SOURCE 200809L

#include "request.h"

#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_DRAFT "/.sc-request/.request.json.new"

enum { ASIDE_TRIES = 100 };

void request_id(const struct stat *file, char id[ID_SIZE])
{
    snprintf(id, ID_SIZE, "%ju.%jd.%ld", (uintmax_t)file->st_ino, (intmax_t)file->st_mtim.tv_sec,
             file->st_mtim.tv_nsec);
}

/*
 * Any process of an earlier container of the pod may have left anything at the two names, and must
 * not keep this one from starting. A file can be replaced, a folder with something in it can't: it
 * gets another name.
 */
static void move_aside(const char *name)
{
    char aside[64];
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    for (int i = 0; i < ASIDE_TRIES; i++) {
        snprintf(aside, sizeof aside, "/.sc-request/.aside.%jd.%09ld.%d", (intmax_t)now.tv_sec,
                 now.tv_nsec, i);
        if (rename(name, aside) == 0 || errno == ENOENT)
            return;
        if (errno != EEXIST && errno != ENOTEMPTY && errno != EISDIR && errno != ENOTDIR)
            break;
    }
    fail(EXIT_SC_EXEC, "move %s aside: %s", name, strerror(errno));
}

/*
 * The lock shows the agent which process asks, so it is taken before the file gets its name and
 * held until the exec. The file is never opened a second time here: closing any descriptor of it
 * would drop the lock (fcntl(2)).
 */
int send_request(const char *text, char id[ID_SIZE])
{
    const size_t length = strlen(text);
    const struct flock whole_file = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct stat file;

    if (unlink(REQUEST_DRAFT) != 0 && errno != ENOENT)
        move_aside(REQUEST_DRAFT);
    const int fd = open(REQUEST_DRAFT, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        fail(EXIT_SC_EXEC, "create " REQUEST_DRAFT ": %s", strerror(errno));
    if (write(fd, text, length) != (ssize_t)length)
        fail(EXIT_SC_EXEC, "write " REQUEST_DRAFT ": %s", strerror(errno));
    if (fcntl(fd, F_SETLK, &whole_file) != 0)
        fail(EXIT_SC_EXEC, "lock " REQUEST_DRAFT ": %s", strerror(errno));
    if (fstat(fd, &file) != 0)
        fail(EXIT_SC_EXEC, "fstat " REQUEST_DRAFT ": %s", strerror(errno));
    request_id(&file, id);
    if (rename(REQUEST_DRAFT, REQUEST_FILE) == 0)
        return fd;
    move_aside(REQUEST_FILE);
    if (rename(REQUEST_DRAFT, REQUEST_FILE) != 0)
        fail(EXIT_SC_EXEC, "rename to " REQUEST_FILE ": %s", strerror(errno));
    return fd;
}
