#define _GNU_SOURCE

#include "wait.h"

#include "message.h"
#include "request.h"
#include "signals.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    SAFETY_POLL_MS = 5000,    /* inotify wakes us; this is for a wake-up that got lost */
    NO_INOTIFY_POLL_MS = 200, /* the user's inotify instances are used up */
    REPORT_AFTER_MS = 10000,
    RUN_REPORT_AFTER_MS = 1000, /* a user may sit before a terminal */
};

static char persistent_root[ID_SIZE];

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
static bool settles_request(enum role role, const char *request, const struct answer *answer)
{
    if (strcmp(answer->request, request) != 0)
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
 * Later process: an answer with our root settles it, whichever process asked. A refusal counts
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

static bool settles(enum role role, const char *request, const struct answer *answer)
{
    return role == RUN ? settles_run(answer) : settles_request(role, request, answer);
}

static void sleep_until_change(int answers, int signals, int most_ms)
{
    struct pollfd wake[] = {{.fd = signals, .events = POLLIN}, {.fd = answers, .events = POLLIN}};
    char events[4096] __attribute__((aligned(8)));

    if (poll(wake, 2, answers < 0 ? NO_INOTIFY_POLL_MS : most_ms) < 0 && errno != EINTR)
        fail(EXIT_SC_EXEC, "poll: %s", strerror(errno));
    obey_signals(signals);
    if (answers >= 0)
        while (read(answers, events, sizeof events) > 0)
            continue; /* what happened is seen by reading the file again */
}

/* Not in seconds: a wait that begins at the end of one second is in the next a moment later. */
static int64_t milliseconds_now(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        fail(EXIT_SC_EXEC, "clock_gettime: %s", strerror(errno));
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void await_answer(const struct job *job, const char *request, int answers, int signals,
                  struct answer *answer)
{
    static const char *const awaited[] = {
        [RUN] = "attach the persistent root to this container",
        [REQUEST_MOUNT] = "mount the persistent root",
        [REQUEST_ATTACH] = "attach the persistent root to this container",
    };
    const int64_t start = milliseconds_now();
    const enum role role = job->role;
    const int report_after_ms = role == RUN ? RUN_REPORT_AFTER_MS : REPORT_AFTER_MS;
    bool reported = job->parked; /* a long wait is as it should be, and no output of the command */

    while (!read_answer(answer) || !settles(role, request, answer)) {
        sleep_until_change(answers, signals, reported ? SAFETY_POLL_MS : RUN_REPORT_AFTER_MS);
        if (!reported && milliseconds_now() - start >= report_after_ms) {
            say("still waiting for the node agent to %s (no answer in " READY_FILE
                "; does an agent run on this node?)",
                awaited[role]);
            reported = true;
        }
    }
    if (answers >= 0)
        close(answers);
}
