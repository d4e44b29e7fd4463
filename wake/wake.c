/*
 * wake: answers for a container that is stopped, in the pod that keeps its place.
 *
 * "wake --port=N... [--from=NETWORK...]" listens on each port. It holds each connection and asks
 * the node agent for the container. When the agent answers with the container's address, wake
 * connects to the same port there, again and again until the program listens, and hands the bytes
 * through in both directions until both sides have ended. When the answer is that the container
 * can't be started, wake resets the connections that it holds.
 *
 * It listens all the time: while the container runs, a connection that still comes here, because a
 * Service is not up to date yet, is handed through as well. A client in none of the networks of
 * --from is reset. SIGTERM ends the listening and resets what is held; what is connected goes on,
 * and the program ends with the last one.
 *
 * The agent finds out by itself who asks, as it does with sc-exec.
 *
 * Exit codes: 0 after SIGTERM or SIGINT; 125 a failure, as of a port that is taken.
 */
#define _GNU_SOURCE

#include "arguments.h"
#include "clock.h"
#include "connections.h"
#include "enquiry.h"
#include "listeners.h"
#include "message.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { POLLED_MAX = 2 + PORTS_MAX + POLLED_BY_CONNECTIONS };

/* As PID 1 it also inherits orphans: the kernel reaps them (sigaction(2), SA_NOCLDWAIT). */
static int watch_stop_signals(void)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN, .sa_flags = SA_NOCLDWAIT};
    sigset_t stop;

    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    if (sigaction(SIGCHLD, &ignore, NULL) != 0 || sigprocmask(SIG_BLOCK, &stop, NULL) != 0)
        fail(EXIT_SC_EXEC, "signals: %s", strerror(errno));
    const int fd = signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        fail(EXIT_SC_EXEC, "signalfd: %s", strerror(errno));
    return fd;
}

static bool is_told_to_stop(int signals)
{
    struct signalfd_siginfo signal;

    return read(signals, &signal, sizeof signal) == (ssize_t)sizeof signal;
}

int main(int argc, char **argv)
{
    static struct pollfd polled[POLLED_MAX];
    static struct settings settings;
    bool stopping = false;

    parse_arguments(argc, argv, &settings);
    const int signals = watch_stop_signals();
    open_listeners(&settings);
    begin_enquiries();

    while (!stopping || has_connections()) {
        const bool accepting = !stopping && has_room();
        int count = 0;
        int64_t until = now_ms() + REST_MS;

        polled[count++] = (struct pollfd){.fd = signals, .events = POLLIN};
        polled[count++] = (struct pollfd){.fd = answers_fd(), .events = POLLIN};
        count += poll_listeners(polled + count, accepting, &until);
        count += poll_connections(polled + count, &until);
        enquire(is_any_held(), &until);
        if (poll(polled, (nfds_t)count, ms_until(until)) < 0 && errno != EINTR)
            fail(EXIT_SC_EXEC, "poll: %s", strerror(errno));

        if (is_told_to_stop(signals) && !stopping) {
            stopping = true;
            close_listeners();
            drop_held("wake is stopped");
        }
        if (accepting && !stopping)
            accept_connections(&settings);
        serve_connections();
        obey_answer();
    }
    return 0;
}
