/* The request to the node agent: a file in the pod's folder, locked by the process that asks. */
#ifndef SC_EXEC_REQUEST_H
#define SC_EXEC_REQUEST_H

#include <sys/stat.h>

#define REQUEST_FILE "/.sc-request/request.json"

enum { ID_SIZE = 80 /* three 64-bit numbers and two dots */ };

/* What the agent names a request by in its answer. */
void request_id(const struct stat *file, char id[ID_SIZE]);

/*
 * Asks with this text, and gives the request's id. The request is open until the descriptor that is
 * returned is closed; exec closes it.
 */
int send_request(const char *text, char id[ID_SIZE]);

#endif
