/* What the container is for: the command that this process becomes. */
#ifndef SC_EXEC_COMMAND_H
#define SC_EXEC_COMMAND_H

#include "answer.h"
#include "arguments.h"

/* As kubelet does: ENTRYPOINT, then the arguments given, or else CMD. */
void use_image_entrypoint(struct job *job, struct answer *answer);

/* Becomes the command, or ends with 127 (not found) or 126 (can't be executed). */
void run(char **command) __attribute__((noreturn));

#endif
