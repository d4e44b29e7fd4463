#include "json.h"

#include "message.h"

#include <string.h>

enum { MAX_DEPTH = 16 };

static const char *file;
static char *text;
static char *at; /* the next byte of text */

void json_reject(const char *why)
{
    fail(EXIT_SC_EXEC, "%s is malformed at byte %td: %s", file, at - text, why);
}

static void skip_space(void)
{
    at += strspn(at, " \t\r\n");
}

bool json_next_is(char c)
{
    skip_space();
    if (*at != c)
        return false;
    at++;
    return true;
}

void json_expect(char c, const char *why)
{
    if (!json_next_is(c))
        json_reject(why);
}

static unsigned hex_digits(void)
{
    unsigned value = 0;

    for (int i = 0; i < 4; i++, at++) {
        const char c = *at;
        if (c >= '0' && c <= '9')
            value = value * 16 + (unsigned)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            value = value * 16 + (unsigned)((c | 0x20) - 'a' + 10);
        else
            json_reject("\\u wants four hexadecimal digits");
    }
    return value;
}

/* Behind \u: one character, of two escapes when it lies outside the basic plane. */
static unsigned code_point(void)
{
    const unsigned high = hex_digits();

    if (high >= 0xdc00 && high <= 0xdfff)
        json_reject("second half of a surrogate pair without the first");
    if (high < 0xd800 || high > 0xdbff)
        return high;
    if (at[0] != '\\' || at[1] != 'u')
        json_reject("first half of a surrogate pair without the second");
    at += 2;
    const unsigned low = hex_digits();
    if (low < 0xdc00 || low > 0xdfff)
        json_reject("first half of a surrogate pair without the second");
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static char *put_utf8(char *to, unsigned c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
        *to++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *to++ = (char)(0xe0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    } else {
        *to++ = (char)(0xf0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 0x3f));
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    }
    return to;
}

/* Behind a backslash. A decoded character is never longer than its escape. */
static char *put_escaped(char *to)
{
    static const char escapes[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char c = *at++;
    const char *found = c == '\0' ? NULL : strchr(escapes, c);

    if (found != NULL) {
        *to++ = values[found - escapes];
        return to;
    }
    if (c != 'u')
        json_reject("unknown escape");
    const unsigned character = code_point();
    if (character == 0)
        json_reject("a zero byte can't be passed to a program");
    return put_utf8(to, character);
}

char *json_string(void)
{
    json_expect('"', "a string is wanted");
    char *const start = at;
    char *to = at;

    while (*at != '"') {
        if ((unsigned char)*at < ' ')
            json_reject(*at == '\0' ? "it ends inside a string" : "control character in a string");
        if (*at == '\\') {
            at++;
            to = put_escaped(to);
        } else {
            *to++ = *at++;
        }
    }
    at++;
    *to = '\0';
    return start;
}

static void skip_digits(void)
{
    if (*at < '0' || *at > '9')
        json_reject("a digit is wanted");
    at += strspn(at, "0123456789");
}

static void skip_number(void)
{
    if (*at == '-')
        at++;
    if (*at == '0')
        at++;
    else
        skip_digits();
    if (*at == '.') {
        at++;
        skip_digits();
    }
    if (*at == 'e' || *at == 'E') {
        at++;
        if (*at == '+' || *at == '-')
            at++;
        skip_digits();
    }
}

bool json_skip_literal(const char *literal)
{
    const size_t length = strlen(literal);

    skip_space();
    if (strncmp(at, literal, length) != 0)
        return false;
    at += length;
    return true;
}

static void skip_nested(int depth)
{
    if (depth > MAX_DEPTH)
        json_reject("nested too deeply");
    skip_space();
    if (*at == '"') {
        json_string();
    } else if (json_next_is('[')) {
        if (json_next_is(']'))
            return;
        do
            skip_nested(depth + 1);
        while (json_next_is(','));
        json_expect(']', "] is wanted");
    } else if (json_next_is('{')) {
        if (json_next_is('}'))
            return;
        do {
            json_string();
            json_expect(':', ": is wanted");
            skip_nested(depth + 1);
        } while (json_next_is(','));
        json_expect('}', "} is wanted");
    } else if (!json_skip_literal("true") && !json_skip_literal("false") &&
               !json_skip_literal("null")) {
        skip_number();
    }
}

void json_start(const char *file_name, char *json)
{
    file = file_name;
    text = at = json;
}

void json_end(void)
{
    skip_space();
    if (*at != '\0')
        json_reject("text behind the object");
}

bool json_number(char *to, size_t size)
{
    skip_space();
    const char *const start = at;
    skip_number();
    const size_t length = (size_t)(at - start);
    if (length >= size)
        return false;
    memcpy(to, start, length);
    to[length] = '\0';
    return true;
}

void json_skip_value(void)
{
    skip_nested(1);
}
