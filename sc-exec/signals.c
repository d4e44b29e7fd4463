#define _GNU_SOURCE

#include "signals.h"

#include "message.h"

#include <errno.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

/*
 * Signals without a handler never reach PID 1, but blocked ones are kept (signal(7), kernel's
 * sig_ignored). So all that end a process are blocked and read; no disposition is changed, and the
 * command starts with the mask that we were given.
 */
int hold_signals(sigset_t *original)
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

void obey_signals(int fd)
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

void release_signals(int fd, const sigset_t *original)
{
    obey_signals(fd);
    if (sigprocmask(SIG_SETMASK, original, NULL) != 0)
        fail(EXIT_SC_EXEC, "sigprocmask: %s", strerror(errno));
}
