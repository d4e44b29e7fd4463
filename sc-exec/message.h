/* What a program says to its user, on standard error, and the codes that it ends with. */
#ifndef SC_EXEC_MESSAGE_H
#define SC_EXEC_MESSAGE_H

enum { EXIT_SC_EXEC = 125, EXIT_NOT_EXECUTABLE = 126, EXIT_NOT_FOUND = 127, EXIT_SIGNAL = 128 };

/* Both cut a line at 2 KiB and put a space for each control character. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void fail(int exit_code, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));

#endif
