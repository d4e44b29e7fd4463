#define _GNU_SOURCE

#include "answer.h"

#include "json.h"
#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { ANSWER_MAX_BYTES = 64 * 1024 };

static char answer_text[ANSWER_MAX_BYTES + 1];

static void read_text(char **field)
{
    if (json_skip_literal("null"))
        return;
    if (*field != NULL)
        json_reject("a key comes twice");
    *field = json_string();
}

static void read_words(struct words *words)
{
    if (json_skip_literal("null"))
        return;
    if (words->given)
        json_reject("a key comes twice");
    words->given = true;
    json_expect('[', "[ is wanted");
    if (json_next_is(']'))
        return;
    do {
        if (words->count == WORDS_MAX)
            json_reject("too many words");
        words->word[words->count++] = json_string();
    } while (json_next_is(','));
    json_expect(']', "] is wanted");
}

static void read_version(char **field)
{
    static char number[16];

    if (*field != NULL || !json_number(number, sizeof number))
        json_reject("version is wanted once, as a small number");
    *field = number;
}

static void parse_answer(struct answer *answer)
{
    memset(answer, 0, sizeof *answer);
    json_start(READY_FILE, answer_text);
    json_expect('{', "an object is wanted");
    if (!json_next_is('}')) {
        do {
            const char *key = json_string();
            json_expect(':', ": is wanted");
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
            else if (strcmp(key, "address") == 0)
                read_text(&answer->address);
            else if (strcmp(key, "entrypoint") == 0)
                read_words(&answer->entrypoint);
            else if (strcmp(key, "cmd") == 0)
                read_words(&answer->cmd);
            else
                json_skip_value();
        } while (json_next_is(','));
        json_expect('}', "} is wanted");
    }
    json_end();
    if (answer->version == NULL || answer->request == NULL || answer->result == NULL)
        fail(EXIT_SC_EXEC, READY_FILE " is malformed: version, request or result is missing");
}

/* Reads all, closes, and returns the length; one byte too many means too long. */
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

bool read_answer(struct answer *answer)
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

/* Without one this user's inotify instances are used up: then poll alone has to do. */
int watch_answers(void)
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
