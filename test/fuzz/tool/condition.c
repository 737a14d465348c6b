/*
 * condition.c - the text of --fail-if.
 */
#include "common.h"

#include "condition.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char text[256];
    struct condition condition = {0};
    struct account before = {0}, after = {0};
    size_t n = size < sizeof text - 1 ? size : sizeof text - 1;
    memcpy(text, bytes, n);
    text[n] = '\0';
    if (setjmp(farewell) != 0 || condition_parse(text, &condition))
        return 0;
    if (condition.figure >= figure_count)
        abort();
    condition_holds(&condition, &before, &after);
    return 0;
}
