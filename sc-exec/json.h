/*
 * JSON, as much as the agent's answers need, decoded in place: each function takes one thing from
 * the text, and what is not as it should be ends the program with the file's name and the byte.
 */
#ifndef SC_EXEC_JSON_H
#define SC_EXEC_JSON_H

#include <stdbool.h>
#include <stddef.h>

/* The text that the others read, and the name of its file for messages. Strings stay in it. */
void json_start(const char *file_name, char *json);

/* Nothing may follow but space. */
void json_end(void);

/* Takes the character if it comes next. */
bool json_next_is(char c);

/* Takes the character, or rejects the text. */
void json_expect(char c, const char *why);

char *json_string(void);

/* Copies a number as it is written; false when it has no room. */
bool json_number(char *to, size_t size);

/* Takes null, true or false if it comes next. */
bool json_skip_literal(const char *literal);

/* Takes any value: that of a key that a later version may have added. */
void json_skip_value(void);

void json_reject(const char *why) __attribute__((noreturn));

#endif
