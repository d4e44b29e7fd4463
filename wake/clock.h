/* Times in milliseconds, of the monotonic clock. */
#ifndef WAKE_CLOCK_H
#define WAKE_CLOCK_H

#include <stdint.h>

enum { REST_MS = 3600 * 1000 /* nothing is due */ };

int64_t now_ms(void);

/* How long poll(2) may sleep; 0 for a time that has come. */
int ms_until(int64_t time);

/* Makes a time earlier. */
void no_later(int64_t *until, int64_t time);

#endif
