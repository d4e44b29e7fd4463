/* Signals that come during the wait, also to PID 1. */
#ifndef SC_EXEC_SIGNALS_H
#define SC_EXEC_SIGNALS_H

#include <signal.h>

/* Returns a descriptor that can be read when one came; the mask of before goes to original. */
int hold_signals(sigset_t *original);

/* Ends the program with 128+n when signal n came. */
void obey_signals(int fd);

/* Obeys once more, and brings the mask of before back for the command. */
void release_signals(int fd, const sigset_t *original);

#endif
