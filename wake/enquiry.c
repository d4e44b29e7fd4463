#define _GNU_SOURCE

#include "enquiry.h"

#include "answer.h"
#include "clock.h"
#include "connections.h"
#include "message.h"
#include "networks.h"
#include "request.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    SAFETY_LOOK_MS = 5000,    /* inotify wakes us; this is for a wake-up that got lost */
    NO_INOTIFY_LOOK_MS = 200, /* the user's inotify instances are used up */
    EACH_MS = 50,             /* connections that come within this share a request */
};

static int answers = -1;
static int request_fd = -1;
static char request[ID_SIZE];
static int64_t next_at;

void begin_enquiries(void)
{
    answers = watch_answers();
}

int answers_fd(void)
{
    return answers;
}

static void take_back(void)
{
    close(request_fd);
    request_fd = -1;
}

void enquire(bool is_held, int64_t *until)
{
    char text[96];

    if (request_fd >= 0 && !is_held)
        take_back();
    if (is_held && request_fd < 0 && now_ms() < next_at)
        no_later(until, next_at);
    else if (is_held && request_fd < 0) {
        snprintf(text, sizeof text, "{\"version\":1,\"type\":\"wake\",\"port\":%u%s}\n",
                 (unsigned)held_port(), is_held_again() ? ",\"again\":true" : "");
        request_fd = send_request(text, request);
        next_at = now_ms() + EACH_MS;
    }
    if (request_fd >= 0)
        no_later(until, now_ms() + (answers < 0 ? NO_INOTIFY_LOOK_MS : SAFETY_LOOK_MS));
}

/* What happened is seen by reading the file again. */
static void drain_events(void)
{
    char events[4096] __attribute__((aligned(8)));

    while (answers >= 0 && read(answers, events, sizeof events) > 0)
        continue;
}

void obey_answer(void)
{
    static struct answer answer;
    struct in6_addr address;

    drain_events();
    if (request_fd < 0 || !read_answer(&answer) || strcmp(answer.request, request) != 0)
        return;
    take_back();
    if (strcmp(answer.version, "1") == 0 && answer.address != NULL &&
        parse_address(answer.address, &address)) {
        connect_held(&address);
        return;
    }
    drop_held(answer.message != NULL ? answer.message : "the node agent gives no reason");
}
