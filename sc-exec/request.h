/* The request to the node agent: a file in the pod's folder, locked by the process that asks. */
#ifndef SC_EXEC_REQUEST_H
#define SC_EXEC_REQUEST_H

#include <sys/stat.h>

#include "arguments.h"

#define REQUEST_FILE "/.sc-request/request.json"

enum { ID_SIZE = 80 /* three 64-bit numbers and two dots */ };

/* What the agent names a request by in its answer. */
void request_id(const struct stat *file, char id[ID_SIZE]);

/* Asks for a mount or an attach, and gives the request's id. */
void send_request(enum role role, char id[ID_SIZE]);

#endif
