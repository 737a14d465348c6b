/*
 * One object into a buffer: what it looks like, and that no byte beyond the buffer is touched.
 */
#include "unit.h"

#include "json.h"

static const char whole[] =
    "{\"a\":0,\"word\":-1,\"list\":[{\"n\":2147483647},{}],\"text\":\"x/1\"}";

static size_t write_into(char *text, size_t size)
{
    struct json j = {.text = text, .size = size};
    json_open(&j, NULL, '{');
    json_number(&j, "a", 0);
    json_word(&j, "word", "-1");
    json_open(&j, "list", '[');
    json_open(&j, NULL, '{');
    json_number(&j, "n", INT32_MAX);
    json_close(&j, '}');
    json_open(&j, NULL, '{');
    json_close(&j, '}');
    json_close(&j, ']');
    json_text(&j, "text", "x/1");
    json_close(&j, '}');
    return json_end(&j);
}

static bool is_cut_at(size_t size)
{
    char text[sizeof whole + 8];
    memset(text, '#', sizeof text);
    size_t length = write_into(size == 0 ? NULL : text, size);
    size_t fits = min_size(length, minus_or_zero(size, 1));
    bool same = length == strlen(whole) && (size == 0 || memcmp(text, whole, fits) == 0);
    size_t end = size == 0 ? 0 : fits + 1;
    return same && (size == 0 || text[fits] == '\0') && text[end] == '#';
}

int main(void)
{
    bool everywhere = true;
    for (size_t size = 0; size < sizeof whole + 5; size++)
        everywhere = everywhere && is_cut_at(size);
    char text[sizeof whole];
    ok(write_into(text, sizeof text) == strlen(whole) && strcmp(text, whole) == 0,
       "commas_and_quotes_stand_where_they_must");
    ok(everywhere, "text_is_cut_at_every_size_and_its_length_is_told");
    return done();
}
