/*
 * settings.c - what stands in the environment.  An input is an environment: strings that each end
 * with a 0 byte.  Nothing is read beyond an end, every value stays within its limits, and a word
 * that is wrong is ignored.
 */
#include "fuzz.h"

#include "tune.h"
#include "words.h"

#include <sys/mman.h>
#include <unistd.h>

enum { VARIABLES = 8, ROOM = 4096 };

/* strict=1 ends the process by promise: no setting of it reaches the reader here. */
static bool is_strict(const char *text)
{
    for (; *text; text++)
        if (strncasecmp(text, "strict", 6) == 0)
            return true;
    return false;
}

/* The values that code relies on. */
static void expect_limits(void)
{
    bool within = tune.tcache <= 1 && tune.arena_max <= INT32_MAX && tune.background <= 1 &&
                  tune.top_pad <= PTRDIFF_MAX / 2 && tune.mmap_threshold <= HEAP_MAX / 2 &&
                  tune.thp <= 1 && tune.deepbind <= 1 && tune.strict == 0;
    if (!within)
        abort();
}

/* Each in memory of its own, which ends where it does. */
static char *copy_to_end(char *page, const char *text, size_t n)
{
    char *copy = page + ROOM - n - 1;
    memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static char *pages;
    static int silence = -1, voice = -1;
    struct tune before = tune;
    char *environment[VARIABLES + 1] = {NULL};
    size_t step = 2 * ROOM, count = 0;
    if (!pages) {
        pages = mmap(NULL, VARIABLES * step, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (size_t i = 0; i < VARIABLES; i++)
            mprotect(pages + i * step, ROOM, PROT_READ | PROT_WRITE);
        silence = open("/dev/null", O_WRONLY);
        voice = dup(STDERR_FILENO);
    }
    for (size_t at = 0; at < size && count < VARIABLES; count++) {
        const char *text = (const char *)bytes + at;
        size_t n = strnlen(text, size - at), kept = n < ROOM - 1 ? n : ROOM - 1;
        environment[count] = copy_to_end(pages + count * step, text, kept);
        if (is_strict(environment[count]))
            return 0;
        at += n + 1;
    }
    dup2(silence, STDERR_FILENO);
    tune_read(environment);
    dup2(voice, STDERR_FILENO);
    expect_limits();
    tune = before;
    return 0;
}
