/*
 * The only program of its image: prints its arguments and environment, counts its starts in a file
 * of its working directory, and waits for SIGTERM.
 *
 * Each fact is a line "name=value" on stdout, so that two pods can be compared by their logs.
 * Arguments "exit N" make it end at once with that code; "xattr-set FILE VALUE" and
 * "xattr-get FILE", "fsync PATH...", "socket PATH" and "lock|lock-shared|lock-open FILE" serve an
 * image whose shell has no such command. The program prints "locked" when it has the lock, and
 * holds it until its end.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

static const char ATTRIBUTE[] = "user.e2e";

extern char **environ;

static int fail(const char *what)
{
    fprintf(stderr, "scratch: %s: %s\n", what, strerror(errno));
    return 1;
}

/* Reads the counter, adds one and writes it back; 0 if that failed. */
static int count(void)
{
    int starts = 0;
    FILE *file = fopen("starts", "r");
    if (file != NULL) {
        if (fscanf(file, "%d", &starts) != 1)
            starts = 0;
        fclose(file);
    }
    file = fopen("starts", "w");
    if (file == NULL)
        return 0;
    int written = fprintf(file, "%d\n", starts + 1);
    if (fclose(file) != 0 || written < 0)
        return 0;
    return starts + 1;
}

static int tell(int argc, char **argv)
{
    char cwd[4096];
    if (getcwd(cwd, sizeof cwd) == NULL)
        return fail("getcwd");
    for (int i = 0; i < argc; i++)
        printf("arg=%s\n", argv[i]);
    for (char **env = environ; *env != NULL; env++)
        printf("env=%s\n", *env);
    printf("uid=%d\ngid=%d\ncwd=%s\npid=%d\n", (int)getuid(), (int)getgid(), cwd, (int)getpid());
    gid_t groups[64];
    int n = getgroups(64, groups);
    if (n < 0)
        return fail("getgroups");
    for (int i = 0; i < n; i++)
        printf("group=%d\n", (int)groups[i]);
    int starts = count();
    if (starts == 0)
        return fail("starts");
    printf("starts=%d\n", starts);
    return fflush(stdout) == 0 ? 0 : fail("stdout");
}

/* Syncs files and folders to disk; ignores deleted ones. */
static int sync_all(char **paths)
{
    for (; *paths != NULL; paths++) {
        int fd = open(*paths, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0 && (errno == ENOENT || errno == ELOOP))
            continue;
        if (fd < 0 || fsync(fd) != 0)
            return fail(*paths);
        close(fd);
    }
    return 0;
}

static int make_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    return fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 ? 0 : fail(path);
}

static int await_end(void)
{
    sigset_t set;
    int got;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (sigwait(&set, &got) != 0)
        return fail("sigwait");
    printf("signal=%d\n", got);
    return 0;
}

/* A write lock of the process, a shared lock, or a lock of the open file description. */
static int lock(const char *how, const char *path)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int command = strcmp(how, "lock-open") == 0 ? F_OFD_SETLK : F_SETLK;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (strcmp(how, "lock-shared") == 0)
        whole.l_type = F_RDLCK;
    if (fd < 0 || fcntl(fd, command, &whole) != 0)
        return fail(path);
    printf("locked\n");
    return fflush(stdout) == 0 ? await_end() : fail("stdout");
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "exit") == 0)
        return atoi(argv[2]);
    if (argc >= 2 && strcmp(argv[1], "fsync") == 0)
        return sync_all(argv + 2);
    if (argc == 4 && strcmp(argv[1], "xattr-set") == 0)
        return setxattr(argv[2], ATTRIBUTE, argv[3], strlen(argv[3]), 0) == 0 ? 0 : fail(argv[2]);
    if (argc == 3 && strcmp(argv[1], "xattr-get") == 0) {
        char value[256];
        ssize_t n = getxattr(argv[2], ATTRIBUTE, value, sizeof value);
        if (n < 0)
            return fail(argv[2]);
        printf("%.*s\n", (int)n, value);
        return 0;
    }

    if (argc == 3 && strcmp(argv[1], "socket") == 0)
        return make_socket(argv[2]);

    /* PID 1 gets no signal that it neither handles nor blocks. */
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return fail("sigprocmask");
    if (argc == 3 && strncmp(argv[1], "lock", 4) == 0)
        return lock(argv[1], argv[2]);
    int rc = tell(argc, argv);
    return rc != 0 ? rc : await_end();
}
