/*
 * sc-exec: runs a command in the persistent root file system of its container.
 *
 * As the container's first process, "sc-exec --request=mount|attach [--image-entrypoint] -- CMD"
 * asks the node agent to mount the file system, or to attach it to this container as its root,
 * waits for the answer and becomes CMD.
 *
 * In a container that runs (kubectl exec, probes, hooks), "sc-exec CMD" waits until the root is the
 * persistent one, if it is not yet, and becomes CMD.
 *
 * The agent finds out by itself who asks: the request is a file in the pod's own folder, and the
 * process is the one that holds a write lock on it. The answer comes from a folder in which only
 * the agent can write. CMD is never run in any other root than the one that the answer names.
 *
 * Exit codes: those of CMD, as this process becomes CMD; 127 CMD was not found; 126 it can't be
 * executed; 125 sc-exec itself failed or the agent refused; 128+n signal n came during the wait.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#ifndef SC_VERSION
#define SC_VERSION "dev"
#endif

#define REQUEST_FILE "/.sc-request/request.json"
#define REQUEST_DRAFT "/.sc-request/.request.json.new"
#define READY_DIR "/.sc-ready"
#define READY_FILE "/.sc-ready/ready.json"
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum { EXIT_SC_EXEC = 125, EXIT_NOT_EXECUTABLE = 126, EXIT_NOT_FOUND = 127, EXIT_SIGNAL = 128 };

enum {
    SAFETY_POLL_MS = 5000,    /* inotify wakes us; this is for a wake-up that got lost */
    NO_INOTIFY_POLL_MS = 200, /* the user's inotify instances are used up */
    REPORT_AFTER_S = 10,
    ANSWER_MAX_BYTES = 64 * 1024,
    ANSWER_MAX_DEPTH = 16,
    PASSWD_MAX_BYTES = 4 * 1024 * 1024,
    WORDS_MAX = 1024,   /* of ENTRYPOINT, and of CMD */
    COMMAND_MAX = 8192, /* words of the whole command */
    ID_SIZE = 80,       /* three 64-bit numbers and two dots */
};

enum role { RUN, REQUEST_MOUNT, REQUEST_ATTACH };

struct job {
    enum role role;
    bool image_entrypoint;
    char **command; /* there is always a word before it in the array: see run_by_shell */
    int words;
};

struct words {
    bool given;
    int count;
    char *word[WORDS_MAX];
};

struct answer {
    char *version, *request, *result, *reason, *message, *root;
    struct words entrypoint, cmd;
};

static char working_directory[PATH_MAX];
static char own_request[ID_SIZE]; /* "" when this process has made none */
static char persistent_root[ID_SIZE];

/* ---- messages ---- */

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void fail(int exit_code, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));

/* One write(2) for each line, so that lines of several processes don't mix. */
static void say_list(const char *format, va_list arguments)
{
    static char line[2048];
    const size_t room = sizeof line - 1;
    size_t length = (size_t)snprintf(line, room, "sc-exec: ");
    int more = vsnprintf(line + length, room - length, format, arguments);

    if (more > 0)
        length += (size_t)more < room - length ? (size_t)more : room - length - 1;
    for (size_t i = 0; i < length; i++) /* text of others must not steer a terminal */
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            line[i] = ' ';
    line[length++] = '\n';
    if (write(STDERR_FILENO, line, length) < 0)
        return; /* nobody is left to be told */
}

static void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_list(format, arguments);
    va_end(arguments);
}

static void fail(int exit_code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_list(format, arguments);
    va_end(arguments);
    exit(exit_code);
}

/* ---- the command line ---- */

static const char usage[] = "usage: sc-exec CMD [ARG...]\n"
                            "       sc-exec --request=mount -- CMD [ARG...]\n"
                            "       sc-exec --request=attach -- CMD [ARG...]\n"
                            "       sc-exec --request=attach --image-entrypoint -- [ARG...]\n"
                            "       sc-exec --version | --help\n"
                            "\n"
                            "Runs CMD in the persistent root file system of this container.\n"
                            "With --request it first asks the node agent for that file system;\n"
                            "--image-entrypoint runs the image's ENTRYPOINT, with its CMD when no\n"
                            "ARG is given.\n"
                            "\n"
                            "Exit codes: those of CMD; 127 not found, 126 not executable,\n"
                            "125 refused or failed before CMD, 128+n signal n during the wait.\n";

static void print_and_exit(const char *text)
{
    const size_t length = strlen(text);
    exit(write(STDOUT_FILENO, text, length) == (ssize_t)length ? 0 : EXIT_SC_EXEC);
}

static struct job parse_arguments(int argc, char **argv)
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
        else
            fail(EXIT_SC_EXEC, "unknown option %s (see sc-exec --help)", argv[i]);
    }
    if (i < argc && strcmp(argv[i], "--") == 0)
        i++;
    else if (job.role != RUN || job.image_entrypoint)
        fail(EXIT_SC_EXEC, "-- is missing before the command (see sc-exec --help)");
    if (job.image_entrypoint && job.role != REQUEST_ATTACH)
        fail(EXIT_SC_EXEC, "--image-entrypoint goes with --request=attach only");
    if (i == argc && !job.image_entrypoint)
        fail(EXIT_SC_EXEC, "no command was given (see sc-exec --help)");
    job.command = argv + i;
    job.words = argc - i;
    return job;
}

/* ---- the working directory ---- */

/*
 * The attach moves our root, but not a working directory below it: what is kept is its path.
 * getcwd(2) puts "(unreachable)" before a path whose root was already taken away.
 */
static void remember_working_directory(void)
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
static void restore_working_directory(enum role role)
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

/* ---- terminals ---- */

/* Whether a descriptor's name leads to its file, as it does where no root was taken away. */
static bool has_its_name(int fd, const struct stat *file)
{
    char link[32], name[PATH_MAX];
    struct stat named;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(link, name, sizeof name - 1);
    if (length < 0)
        return true; /* without /proc nobody asks for names */
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
static void renew_devices(void)
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

/* ---- signals during the wait ---- */

/*
 * Signals without a handler never reach PID 1, but blocked ones are kept (signal(7), kernel's
 * sig_ignored). So all that end a process are blocked and read; no disposition is changed, and the
 * command starts with the mask that we were given.
 */
static int hold_signals(sigset_t *original)
{
    static const int left_alone[] = {SIGCHLD, SIGCONT, SIGURG,  SIGWINCH, SIGTSTP,
                                     SIGTTIN, SIGTTOU, SIGSEGV, SIGBUS,   SIGFPE,
                                     SIGILL,  SIGTRAP, SIGSYS,  SIGABRT,  SIGPIPE};
    sigset_t held;

    sigfillset(&held);
    for (size_t i = 0; i < sizeof left_alone / sizeof *left_alone; i++)
        sigdelset(&held, left_alone[i]);
    if (sigprocmask(SIG_BLOCK, &held, original) != 0)
        fail(EXIT_SC_EXEC, "sigprocmask: %s", strerror(errno));
    const int fd = signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        fail(EXIT_SC_EXEC, "signalfd: %s", strerror(errno));
    return fd;
}

static void obey_signals(int fd)
{
    struct signalfd_siginfo signal;
    struct sigaction action;

    while (read(fd, &signal, sizeof signal) == (ssize_t)sizeof signal) {
        const int number = (int)signal.ssi_signo;
        /* nohup(1) and the like: a signal that is ignored is not meant for us */
        if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
            continue;
        fail(EXIT_SIGNAL + number, "signal %d came while waiting for the node agent", number);
    }
}

static void release_signals(int fd, const sigset_t *original)
{
    obey_signals(fd);
    if (sigprocmask(SIG_SETMASK, original, NULL) != 0)
        fail(EXIT_SC_EXEC, "sigprocmask: %s", strerror(errno));
}

/* ---- the request ---- */

static void request_id(const struct stat *file, char id[ID_SIZE])
{
    snprintf(id, ID_SIZE, "%ju.%jd.%ld", (uintmax_t)file->st_ino, (intmax_t)file->st_mtim.tv_sec,
             file->st_mtim.tv_nsec);
}

/*
 * The lock tells the agent which process asks, so it is taken before the file gets its name and
 * held until the exec. The file is never opened a second time here: closing any descriptor of it
 * would drop the lock (fcntl(2)). The descriptor stays open on purpose; exec closes it.
 */
static void send_request(enum role role)
{
    const char *text = role == REQUEST_MOUNT ? "{\"version\":1,\"type\":\"mount\"}\n"
                                             : "{\"version\":1,\"type\":\"attach\"}\n";
    const size_t length = strlen(text);
    const struct flock whole_file = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct stat file;

    if (unlink(REQUEST_DRAFT) != 0 && errno != ENOENT)
        fail(EXIT_SC_EXEC, "remove the leftover " REQUEST_DRAFT ": %s", strerror(errno));
    const int fd = open(REQUEST_DRAFT, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        fail(EXIT_SC_EXEC, "create " REQUEST_DRAFT ": %s", strerror(errno));
    if (write(fd, text, length) != (ssize_t)length)
        fail(EXIT_SC_EXEC, "write " REQUEST_DRAFT ": %s", strerror(errno));
    if (fcntl(fd, F_SETLK, &whole_file) != 0)
        fail(EXIT_SC_EXEC, "lock " REQUEST_DRAFT ": %s", strerror(errno));
    if (fstat(fd, &file) != 0)
        fail(EXIT_SC_EXEC, "fstat " REQUEST_DRAFT ": %s", strerror(errno));
    request_id(&file, own_request);
    if (rename(REQUEST_DRAFT, REQUEST_FILE) != 0)
        fail(EXIT_SC_EXEC, "rename to " REQUEST_FILE ": %s", strerror(errno));
}

/* ---- JSON, as much as ready.json needs, decoded in place ---- */

static char answer_text[ANSWER_MAX_BYTES + 1];
static char *at; /* the next byte of answer_text */

static void reject(const char *why) __attribute__((noreturn));

static void reject(const char *why)
{
    fail(EXIT_SC_EXEC, READY_FILE " is malformed at byte %td: %s", at - answer_text, why);
}

static void skip_space(void)
{
    at += strspn(at, " \t\r\n");
}

static bool next_is(char c)
{
    skip_space();
    if (*at != c)
        return false;
    at++;
    return true;
}

static void expect(char c, const char *why)
{
    if (!next_is(c))
        reject(why);
}

static unsigned hex_digits(void)
{
    unsigned value = 0;

    for (int i = 0; i < 4; i++, at++) {
        const char c = *at;
        if (c >= '0' && c <= '9')
            value = value * 16 + (unsigned)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            value = value * 16 + (unsigned)((c | 0x20) - 'a' + 10);
        else
            reject("\\u wants four hexadecimal digits");
    }
    return value;
}

/* Behind \u: one character, of two escapes when it lies outside the basic plane. */
static unsigned code_point(void)
{
    const unsigned high = hex_digits();

    if (high >= 0xdc00 && high <= 0xdfff)
        reject("second half of a surrogate pair without the first");
    if (high < 0xd800 || high > 0xdbff)
        return high;
    if (at[0] != '\\' || at[1] != 'u')
        reject("first half of a surrogate pair without the second");
    at += 2;
    const unsigned low = hex_digits();
    if (low < 0xdc00 || low > 0xdfff)
        reject("first half of a surrogate pair without the second");
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static char *put_utf8(char *to, unsigned c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
        *to++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *to++ = (char)(0xe0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    } else {
        *to++ = (char)(0xf0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 0x3f));
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    }
    return to;
}

/* Behind a backslash. A decoded character is never longer than its escape. */
static char *put_escaped(char *to)
{
    static const char escapes[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char c = *at++;
    const char *found = c == '\0' ? NULL : strchr(escapes, c);

    if (found != NULL) {
        *to++ = values[found - escapes];
        return to;
    }
    if (c != 'u')
        reject("unknown escape");
    const unsigned character = code_point();
    if (character == 0)
        reject("a zero byte can't be passed to a program");
    return put_utf8(to, character);
}

static char *read_string(void)
{
    expect('"', "a string is wanted");
    char *const start = at;
    char *to = at;

    while (*at != '"') {
        if ((unsigned char)*at < ' ')
            reject(*at == '\0' ? "it ends inside a string" : "control character in a string");
        if (*at == '\\') {
            at++;
            to = put_escaped(to);
        } else {
            *to++ = *at++;
        }
    }
    at++;
    *to = '\0';
    return start;
}

static void skip_digits(void)
{
    if (*at < '0' || *at > '9')
        reject("a digit is wanted");
    at += strspn(at, "0123456789");
}

static void skip_number(void)
{
    if (*at == '-')
        at++;
    if (*at == '0')
        at++;
    else
        skip_digits();
    if (*at == '.') {
        at++;
        skip_digits();
    }
    if (*at == 'e' || *at == 'E') {
        at++;
        if (*at == '+' || *at == '-')
            at++;
        skip_digits();
    }
}

static bool skip_literal(const char *literal)
{
    const size_t length = strlen(literal);

    skip_space();
    if (strncmp(at, literal, length) != 0)
        return false;
    at += length;
    return true;
}

/* The value of a key that a later version may have added. */
static void skip_value(int depth)
{
    if (depth > ANSWER_MAX_DEPTH)
        reject("nested too deeply");
    skip_space();
    if (*at == '"') {
        read_string();
    } else if (next_is('[')) {
        if (next_is(']'))
            return;
        do
            skip_value(depth + 1);
        while (next_is(','));
        expect(']', "] is wanted");
    } else if (next_is('{')) {
        if (next_is('}'))
            return;
        do {
            read_string();
            expect(':', ": is wanted");
            skip_value(depth + 1);
        } while (next_is(','));
        expect('}', "} is wanted");
    } else if (!skip_literal("true") && !skip_literal("false") && !skip_literal("null")) {
        skip_number();
    }
}

static void read_text(char **field)
{
    if (skip_literal("null"))
        return;
    if (*field != NULL)
        reject("a key comes twice");
    *field = read_string();
}

static void read_words(struct words *words)
{
    if (skip_literal("null"))
        return;
    if (words->given)
        reject("a key comes twice");
    words->given = true;
    expect('[', "[ is wanted");
    if (next_is(']'))
        return;
    do {
        if (words->count == WORDS_MAX)
            reject("too many words");
        words->word[words->count++] = read_string();
    } while (next_is(','));
    expect(']', "] is wanted");
}

static void read_version(char **field)
{
    skip_space();
    char *const start = at;
    skip_number();
    /* copied, as there is no room for the terminating zero */
    static char number[16];
    const size_t length = (size_t)(at - start);
    if (*field != NULL || length >= sizeof number)
        reject("version is wanted once, as a small number");
    memcpy(number, start, length);
    number[length] = '\0';
    *field = number;
}

static void parse_answer(struct answer *answer)
{
    memset(answer, 0, sizeof *answer);
    at = answer_text;
    expect('{', "an object is wanted");
    if (!next_is('}')) {
        do {
            const char *key = read_string();
            expect(':', ": is wanted");
            if (strcmp(key, "version") == 0)
                read_version(&answer->version);
            else if (strcmp(key, "request") == 0)
                read_text(&answer->request);
            else if (strcmp(key, "result") == 0)
                read_text(&answer->result);
            else if (strcmp(key, "reason") == 0)
                read_text(&answer->reason);
            else if (strcmp(key, "message") == 0)
                read_text(&answer->message);
            else if (strcmp(key, "root") == 0)
                read_text(&answer->root);
            else if (strcmp(key, "entrypoint") == 0)
                read_words(&answer->entrypoint);
            else if (strcmp(key, "cmd") == 0)
                read_words(&answer->cmd);
            else
                skip_value(1);
        } while (next_is(','));
        expect('}', "} is wanted");
    }
    skip_space();
    if (*at != '\0')
        reject("text behind the object");
    if (answer->version == NULL || answer->request == NULL || answer->result == NULL)
        fail(EXIT_SC_EXEC, READY_FILE " is malformed: version, request or result is missing");
}

/* ---- the answer ---- */

/* Reads all of a descriptor, closes it, and returns the length; one byte too many means too long.
 */
static size_t read_answer_text(int fd)
{
    size_t length = 0;
    ssize_t got;

    while (length < sizeof answer_text &&
           (got = read(fd, answer_text + length, sizeof answer_text - length)) != 0) {
        if (got < 0 && errno != EINTR)
            fail(EXIT_SC_EXEC, "read " READY_FILE ": %s", strerror(errno));
        if (got > 0)
            length += (size_t)got;
    }
    close(fd);
    return length;
}

/* False: there is none yet. The agent replaces the file by rename, so what is there is whole. */
static bool read_answer(struct answer *answer)
{
    const int fd = open(READY_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT)
        return false;
    if (fd < 0)
        fail(EXIT_SC_EXEC, "open " READY_FILE ": %s", strerror(errno));
    const size_t length = read_answer_text(fd);
    if (length > ANSWER_MAX_BYTES)
        fail(EXIT_SC_EXEC, READY_FILE " is longer than %d bytes", ANSWER_MAX_BYTES);
    answer_text[length] = '\0';
    if (strlen(answer_text) != length)
        fail(EXIT_SC_EXEC, READY_FILE " is malformed: it holds a zero byte");
    parse_answer(answer);
    return true;
}

static bool root_is(const char *wanted)
{
    struct stat root;

    if (stat("/", &root) != 0)
        fail(EXIT_SC_EXEC, "stat /: %s", strerror(errno));
    snprintf(persistent_root, sizeof persistent_root, "%ju:%ju", (uintmax_t)root.st_dev,
             (uintmax_t)root.st_ino);
    return strcmp(persistent_root, wanted) == 0;
}

static void check_version(const struct answer *answer)
{
    if (strcmp(answer->version, "1") != 0)
        fail(EXIT_SC_EXEC, READY_FILE " has version %s; this sc-exec knows 1", answer->version);
}

/* Returns true for "ready" and ends the program for "refused". */
static bool accepted(const struct answer *answer)
{
    check_version(answer);
    if (strcmp(answer->result, "refused") == 0)
        fail(EXIT_SC_EXEC, "the node agent refused: %s: %s",
             answer->reason != NULL ? answer->reason : "Unknown",
             answer->message != NULL ? answer->message : "no message was given");
    if (strcmp(answer->result, "ready") != 0)
        fail(EXIT_SC_EXEC, READY_FILE " has the unknown result %s", answer->result);
    return true;
}

/* First process: only the answer to the own request counts; older ones lie there from before. */
static bool settles_request(enum role role, const struct answer *answer)
{
    if (strcmp(answer->request, own_request) != 0)
        return false;
    accepted(answer);
    if (role == REQUEST_MOUNT)
        return true;
    if (answer->root == NULL)
        fail(EXIT_SC_EXEC, READY_FILE " names no root");
    if (!root_is(answer->root))
        fail(EXIT_SC_EXEC,
             "the node agent attached root %s, but / is %s: nothing is run outside the"
             " persistent file system",
             answer->root, persistent_root);
    return true;
}

/*
 * Later process: an answer whose root is ours settles it, whoever asked for it. A refusal counts
 * only while it is the answer to the request that lies there: the one of a container that ended
 * must not fail a hook of the next.
 */
static bool settles_run(const struct answer *answer)
{
    struct stat file;
    char current[ID_SIZE];

    if (strcmp(answer->result, "ready") == 0) {
        check_version(answer);
        if (answer->root == NULL)
            fail(EXIT_SC_EXEC, "this container has no persistent root file system of its own");
        return root_is(answer->root);
    }
    if (stat(REQUEST_FILE, &file) != 0)
        return false;
    request_id(&file, current);
    return strcmp(answer->request, current) == 0 && accepted(answer);
}

static bool settles(enum role role, const struct answer *answer)
{
    return role == RUN ? settles_run(answer) : settles_request(role, answer);
}

/* ---- the wait ---- */

/* Returns -1 when this user's inotify instances are used up: then poll alone has to do. */
static int watch_answers(void)
{
    const int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

    if (fd >= 0 && inotify_add_watch(fd, READY_DIR, IN_MOVED_TO | IN_CLOSE_WRITE) >= 0)
        return fd;
    if (errno == ENOENT || errno == ENOTDIR)
        fail(EXIT_SC_EXEC, READY_DIR " is missing: this is not a container of StoppableContainer");
    if (fd >= 0)
        close(fd);
    return -1;
}

static void sleep_until_change(int answers, int signals)
{
    struct pollfd wake[] = {{.fd = signals, .events = POLLIN}, {.fd = answers, .events = POLLIN}};
    char events[4096] __attribute__((aligned(8)));

    if (poll(wake, 2, answers < 0 ? NO_INOTIFY_POLL_MS : SAFETY_POLL_MS) < 0 && errno != EINTR)
        fail(EXIT_SC_EXEC, "poll: %s", strerror(errno));
    obey_signals(signals);
    if (answers >= 0)
        while (read(answers, events, sizeof events) > 0)
            continue; /* what happened is seen by reading the file again */
}

static time_t seconds_now(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        fail(EXIT_SC_EXEC, "clock_gettime: %s", strerror(errno));
    return now.tv_sec;
}

static void await_answer(enum role role, int answers, int signals, struct answer *answer)
{
    static const char *const awaited[] = {
        [RUN] = "attach the persistent root to this container",
        [REQUEST_MOUNT] = "mount the persistent root",
        [REQUEST_ATTACH] = "attach the persistent root to this container",
    };
    const time_t start = seconds_now();
    bool reported = false;

    while (!read_answer(answer) || !settles(role, answer)) {
        sleep_until_change(answers, signals);
        if (!reported && seconds_now() - start >= REPORT_AFTER_S) {
            say("still waiting for the node agent to %s (no answer in " READY_FILE
                "; does an agent run on this node?)",
                awaited[role]);
            reported = true;
        }
    }
    if (answers >= 0)
        close(answers);
}

/* ---- the command ---- */

/* As kubelet does: ENTRYPOINT, then the arguments given, or else CMD. */
static void use_image_entrypoint(struct job *job, struct answer *answer)
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

/* Whether HOME is what the runtime took from /etc/passwd, and not the pod's or the image's. */
static bool home_is_the_runtimes(void)
{
    const char *home = getenv("HOME");

    return home == NULL || home[0] == '\0' || strcmp(home, home_of_user()) == 0;
}

/* The runtime looked it up before the persistent /etc/passwd was there. */
static void set_home(void)
{
    if (setenv("HOME", home_of_user(), 1) != 0)
        fail(EXIT_SC_EXEC, "setenv HOME: %s", strerror(errno));
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

static void run(char **command)
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

int main(int argc, char **argv)
{
    static struct answer answer;
    sigset_t original;

    struct job job = parse_arguments(argc, argv);
    remember_working_directory();
    const bool home_changes = home_is_the_runtimes();
    const int signals = hold_signals(&original);
    const int answers = watch_answers(); /* before the request: no answer can be missed */
    if (job.role != RUN)
        send_request(job.role);
    await_answer(job.role, answers, signals, &answer);
    if (job.image_entrypoint)
        use_image_entrypoint(&job, &answer);
    restore_working_directory(job.role);
    renew_devices();
    if (home_changes)
        set_home();
    release_signals(signals, &original);
    run(job.command);
}
