/* The node agent's answer, in a folder that only it can write to. */
#ifndef SC_EXEC_ANSWER_H
#define SC_EXEC_ANSWER_H

#include <stdbool.h>

#define READY_DIR "/.sc-ready"
#define READY_FILE "/.sc-ready/ready.json"

enum { WORDS_MAX = 1024 /* of ENTRYPOINT, and of CMD */ };

struct words {
    bool given;
    int count;
    char *word[WORDS_MAX];
};

/* The keys of ready.json; NULL for what it doesn't have. */
struct answer {
    char *version, *request, *result, *reason, *message, *root, *address;
    struct words entrypoint, cmd;
};

/*
 * False: there is none yet. The agent replaces the file by rename, so what is there is whole; what
 * is not an answer ends the program (125).
 */
bool read_answer(struct answer *answer);

/* Returns a descriptor that can be read when an answer came, or -1: then the wait looks often. */
int watch_answers(void);

#endif
