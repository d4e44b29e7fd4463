#include "message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef SC_PROGRAM
#define SC_PROGRAM "sc-exec"
#endif

/* One write(2) for each line, so that lines of several processes don't mix. */
static void say_list(const char *format, va_list arguments)
{
    static char line[2048];
    const size_t room = sizeof line - 1;
    size_t length = (size_t)snprintf(line, room, SC_PROGRAM ": ");
    int more = vsnprintf(line + length, room - length, format, arguments);

    if (more > 0)
        length += (size_t)more < room - length ? (size_t)more : room - length - 1;
    for (size_t i = 0; i < length; i++) /* text of others must not steer a terminal */
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            line[i] = ' ';
    line[length++] = '\n';
    if (write(STDERR_FILENO, line, length) < 0)
        return; /* no reader is left */
}

void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_list(format, arguments);
    va_end(arguments);
}

void fail(int exit_code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_list(format, arguments);
    va_end(arguments);
    exit(exit_code);
}
