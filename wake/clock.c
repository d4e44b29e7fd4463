#define _GNU_SOURCE

#include "clock.h"

#include "message.h"

#include <errno.h>
#include <string.h>
#include <time.h>

int64_t now_ms(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        fail(EXIT_SC_EXEC, "clock_gettime: %s", strerror(errno));
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int ms_until(int64_t time)
{
    const int64_t left = time - now_ms();

    return left <= 0 ? 0 : left > REST_MS ? REST_MS : (int)left;
}

void no_later(int64_t *until, int64_t time)
{
    if (time < *until)
        *until = time;
}
