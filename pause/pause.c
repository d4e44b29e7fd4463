/*
 * pause: keeps a container alive and does nothing else.
 *
 * It sleeps in one system call until SIGTERM or SIGINT arrives and then exits 0. As PID 1 it also
 * inherits orphans; the kernel reaps them, so that this program never wakes up.
 *
 * Exit codes: 0 after SIGTERM or SIGINT; 1 wrong usage; 2, 3, 4 the call that failed (see main).
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#ifndef SC_VERSION
#define SC_VERSION "dev"
#endif

enum { OK = 0, BAD_USAGE = 1, NO_REAPING = 2, NO_SIGNAL_MASK = 3, NO_WAIT = 4 };

static int failed(const char *what, int exit_code)
{
    dprintf(2, "pause: %s: %s\n", what, strerror(errno));
    return exit_code;
}

/* An ignored SIGCHLD makes the kernel drop dead children at once: sigaction(2), SA_NOCLDWAIT. */
static int leave_reaping_to_the_kernel(void)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN, .sa_flags = SA_NOCLDWAIT};
    return sigaction(SIGCHLD, &ignore, NULL);
}

/* A signal that PID 1 has no handler for is lost, unless it is blocked: then it stays pending. */
static int hold_stop_signals(sigset_t *stop)
{
    sigemptyset(stop);
    sigaddset(stop, SIGTERM);
    sigaddset(stop, SIGINT);
    return sigprocmask(SIG_BLOCK, stop, NULL);
}

static int sleep_until_one_comes(const sigset_t *stop)
{
    while (sigwaitinfo(stop, NULL) == -1)
        if (errno != EINTR) /* EINTR: stopped and continued, as a debugger does */
            return -1;
    return 0;
}

int main(int argc, char **argv)
{
    sigset_t stop;

    if (argc == 2 && (strcmp(argv[1], "-v") == 0 || strcmp(argv[1], "--version") == 0))
        return dprintf(1, "pause %s\n", SC_VERSION) < 0 ? BAD_USAGE : OK;
    if (argc > 1)
        return dprintf(2, "usage: pause [-v]\n"), BAD_USAGE;

    if (leave_reaping_to_the_kernel() != 0)
        return failed("sigaction SIGCHLD", NO_REAPING);
    if (hold_stop_signals(&stop) != 0)
        return failed("sigprocmask", NO_SIGNAL_MASK);
    if (sleep_until_one_comes(&stop) != 0)
        return failed("sigwaitinfo", NO_WAIT);
    return OK;
}
