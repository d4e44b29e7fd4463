/* The wait for the answer that says that / is the persistent root. */
#ifndef SC_EXEC_WAIT_H
#define SC_EXEC_WAIT_H

#include "answer.h"
#include "arguments.h"

/*
 * Returns when this process may go on: a first one when request, its own, is answered, a later one
 * when the root of the answer is its own. A refusal, or a root that is not the answer's, ends the
 * program (125), and so does a signal (128+n).
 */
void await_answer(const struct job *job, const char *request, int answers, int signals,
                  struct answer *answer);

#endif
