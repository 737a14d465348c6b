/*
 * malloc_stats.c - malloc_stats(3) writes glibc's lines to stderr, one group for each arena and
 * a total that is their sum.
 */
#include "api.h"
#include "threads.h"

#include <pthread.h>

static char text[16384];

/* What malloc_stats writes to descriptor 2 lands in a file; stderr is put back after. */
static bool capture_stats(void)
{
    FILE *file = tmpfile();
    int saved = dup(STDERR_FILENO);
    if (file == NULL || saved < 0 || dup2(fileno(file), STDERR_FILENO) < 0)
        return false;
    malloc_stats();
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    ssize_t length = pread(fileno(file), text, sizeof text - 1, 0);
    fclose(file);
    text[length < 0 ? 0 : length] = '\0';
    return length > 0;
}

/* The number on the next line that begins with the name, and the place after it. */
static const char *number_after(const char *place, const char *name, size_t *value)
{
    const char *line = place == NULL ? NULL : strstr(place, name);
    if (line == NULL || sscanf(line + strlen(name), " = %zu\n", value) != 1)
        return NULL;
    return strchr(line, '\n');
}

struct sums {
    size_t arenas, system_bytes, used_bytes;
};

static bool sum_arenas(struct sums *sums)
{
    const char *place = text;
    char head[32];
    for (;; sums->arenas++) {
        size_t system_bytes = 0, used_bytes = 0;
        snprintf(head, sizeof head, "Arena %zu:\n", sums->arenas);
        const char *found = strstr(place, head);
        if (found == NULL)
            return sums->arenas > 0;
        place = number_after(found, "system bytes    ", &system_bytes);
        place = number_after(place, "in use bytes    ", &used_bytes);
        if (place == NULL || used_bytes > system_bytes)
            return false;
        sums->system_bytes += system_bytes;
        sums->used_bytes += used_bytes;
    }
}

static bool total_is_the_sum(struct sums sums, size_t mapped)
{
    size_t system_bytes = 0, used_bytes = 0, regions = 0, bytes = 0;
    const char *place = strstr(text, "Total (incl. mmap):\n");
    place = number_after(place, "system bytes    ", &system_bytes);
    place = number_after(place, "in use bytes    ", &used_bytes);
    place = number_after(place, "max mmap regions", &regions);
    place = number_after(place, "max mmap bytes  ", &bytes);
    return place != NULL && place[1] == '\0' && system_bytes == sums.system_bytes + mapped &&
           used_bytes == sums.used_bytes + mapped && bytes >= mapped && regions >= 1;
}

static void *hold_in_thread(void *held)
{
    *(void **)held = malloc(3000);
    return NULL;
}

int main(void)
{
    pthread_t thread;
    void *held = NULL, *mapped = malloc(40 * MIB);
    bool started = begin_thread(&thread, hold_in_thread, &held) == 0;
    if (started)
        pthread_join(thread, NULL);
    struct sums sums = {0, 0, 0};
    ok(capture_stats(), "malloc_stats_writes_to_stderr");
    ok(sum_arenas(&sums), "each_arena_has_its_two_lines");
    ok(started && sums.arenas == 2, "two_arenas_are_listed (R3)");
    ok(total_is_the_sum(sums, mallinfo2().hblkhd), "the_total_is_the_sum_and_the_last_line");
    if (tap_failed)
        note("%s", text);
    free(held);
    free(mapped);
    return done();
}
