/* HOME, which the runtime looked up before the persistent /etc/passwd was there. */
#ifndef SC_EXEC_HOME_H
#define SC_EXEC_HOME_H

#include <stdbool.h>

/* Whether HOME is what the runtime took from /etc/passwd, and not the pod's or the image's. */
bool home_is_the_runtimes(void);

/* Takes it from the /etc/passwd of now; "/" for a user that it doesn't have. */
void set_home(void);

#endif
