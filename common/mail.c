#include "mail.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    LINE_BYTES = 57, /* which base64 makes 76 characters of (RFC 2045 §6.8) */
    WORD_BYTES = 39, /* likewise 52; with what is around them 73 at most (RFC 2047 §2: 76) */
    BASE64_SIZE = 80,
};

/* ---- addresses ---- */

static bool is_atom(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

static bool is_host(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' ||
           c == '.';
}

bool mail_address_is_valid(const char *text)
{
    size_t size = strlen(text), local = 0;

    while (is_atom(text[local]))
        local++;
    if (size > MAIL_ADDRESS_MAX || local == 0 || text[local] != '@' || text[local + 1] == '\0')
        return false;
    for (const char *c = text + local + 1; *c; c++)
        if (!is_host(*c))
            return false;
    return !strstr(text, "..") && text[0] != '.' && text[local - 1] != '.' &&
           text[local + 1] != '.' && text[size - 1] != '.';
}

/* ---- what the headers say ---- */

/* In English whatever the locale is (RFC 5322 §3.3). */
static void put_date(FILE *out, int64_t at)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t seconds = (time_t)(at / 1000);
    struct tm tm = {0};

    gmtime_r(&seconds, &tm);
    fprintf(out, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d +0000\r\n",
            days + 3 * (ptrdiff_t)tm.tm_wday, tm.tm_mday, months + 3 * (ptrdiff_t)tm.tm_mon,
            tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void put_base64(FILE *out, const char *bytes, size_t size)
{
    unsigned char text[BASE64_SIZE];

    EVP_EncodeBlock(text, (const unsigned char *)bytes, (int)size);
    fputs((const char *)text, out);
}

/* Returns how many of these bytes are whole characters, limit at most. */
static size_t whole(const char *text, size_t size, size_t limit)
{
    if (size <= limit)
        return size;
    while (limit > 0 && ((unsigned char)text[limit] & 0xc0) == 0x80)
        limit--;
    return limit;
}

/* As encoded words, so that nothing in it is a line end. */
static void put_subject(FILE *out, const char *subject)
{
    size_t size = whole(subject, strlen(subject), MAIL_SUBJECT_MAX);

    fputs("Subject:", out);
    for (size_t at = 0, part; at < size; at += part) {
        part = whole(subject + at, size - at, WORD_BYTES);
        fputs(at ? "\r\n =?utf-8?B?" : " =?utf-8?B?", out);
        put_base64(out, subject + at, part);
        fputs("?=", out);
    }
    fputs("\r\n", out);
}

static void put_headers(FILE *out, const struct mail *mail)
{
    put_date(out, mail->at);
    fprintf(out, "From: <%s>\r\nTo: <%s>\r\nMessage-ID: <%s%s>\r\n", mail->from, mail->to, mail->id,
            strchr(mail->from, '@'));
    put_subject(out, mail->subject);
    fputs("Auto-Submitted: auto-generated\r\n" /* RFC 3834: nobody's holiday notice answers it */
          "MIME-Version: 1.0\r\n"
          "Content-Type: text/plain; charset=utf-8\r\n"
          "Content-Transfer-Encoding: base64\r\n\r\n",
          out);
}

/* ---- the text ---- */

/* Returns the text with every line ended by CRLF (RFC 2045 §6.8), owned. */
static char *with_line_ends(const char *text, size_t *size)
{
    char *lines = NULL;
    FILE *out = open_memstream(&lines, size);

    if (!out)
        abort();
    for (const char *c = text; *c; c++) {
        if (*c == '\n')
            putc('\r', out);
        if (*c != '\r')
            putc(*c, out);
    }
    if (fclose(out) != 0)
        abort();
    return lines;
}

static void put_text(FILE *out, const char *text)
{
    size_t size = 0;
    char *lines = with_line_ends(text, &size);

    for (size_t at = 0; at < size; at += LINE_BYTES) {
        put_base64(out, lines + at, size - at < LINE_BYTES ? size - at : LINE_BYTES);
        fputs("\r\n", out);
    }
    free(lines);
}

char *mail_compose(const struct mail *mail, size_t *size)
{
    char *message = NULL;
    FILE *out = open_memstream(&message, size);

    if (!out)
        abort();
    put_headers(out, mail);
    put_text(out, mail->text);
    if (fclose(out) != 0)
        abort();
    return message;
}
