/* The attach moves the root, but not a working directory below it: it is kept by its path. */
#ifndef SC_EXEC_WORKING_DIRECTORY_H
#define SC_EXEC_WORKING_DIRECTORY_H

#include "arguments.h"

void remember_working_directory(void);

/* Goes there in the root of now, or to / with a message. */
void restore_working_directory(enum role role);

#endif
