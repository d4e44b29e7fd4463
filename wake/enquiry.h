/* The request for the container, which is open while connections are held for it. */
#ifndef WAKE_ENQUIRY_H
#define WAKE_ENQUIRY_H

#include <stdbool.h>
#include <stdint.h>

/* Begins to watch for answers; asks nothing. */
void begin_enquiries(void);

/* Can be read when an answer came; -1 where the kernel can't tell. */
int answers_fd(void);

/* Asks when a connection is held, and takes the request back when none is any more. */
void enquire(bool is_held, int64_t *until);

/* Does what the answer says to the connections that are held, once there is one. */
void obey_answer(void);

#endif
