/*
 * summary.c - what a watched process says when it ends: a program whose number is in ASHLAR_SUMMARY
 * prints five lines, with its calls counted exactly, also if it leaves by _exit; a fork of it is silent.
 */
#include "api.h"
#include "threads.h"

#include <pthread.h>
#include <signal.h>

enum { THREADS = 3, CALLS = 500 };

struct end {
    char text[8192];
    int status;
};

static void read_all(int from, struct end *end)
{
    size_t length = 0;
    ssize_t got;
    while ((got = read(from, end->text + length, sizeof end->text - 1 - length)) > 0)
        length += (size_t)got;
    end->text[length] = '\0';
    close(from);
}

/* Run this program again as `part`, watched, and listen to its stderr; exec keeps the number. */
static struct end run(const char *part, const char *charset)
{
    struct end end = {.status = -1};
    int ends[2];
    if (pipe(ends) != 0)
        return end;
    pid_t child = fork();
    if (child == 0) {
        char number[24];
        snprintf(number, sizeof number, "%d", (int)getpid());
        setenv("ASHLAR_SUMMARY", number, 1);
        setenv("LC_ALL", charset, 1);
        dup2(ends[1], STDERR_FILENO);
        execl("/proc/self/exe", "summary", part, (char *)NULL);
        _exit(99);
    }
    close(ends[1]);
    read_all(ends[0], &end);
    waitpid(child, &end.status, 0);
    return end;
}

static size_t occurrences(const char *text, const char *word)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, word)); at += strlen(word))
        n++;
    return n;
}

/* The number before a word, with its commas left out; -1 if there is none. */
static long number_before(const char *text, const char *word)
{
    const char *end = strstr(text, word), *at = end;
    long number = 0, place = 1;
    if (!end || end == text)
        return -1;
    while (at > text && ((at[-1] >= '0' && at[-1] <= '9') || at[-1] == ',')) {
        at--;
        if (*at == ',')
            continue;
        number += place * (*at - '0');
        place *= 10;
    }
    return at == end ? -1 : number;
}

/* The part that allocates: what it does between its beginning and its end is known. */
static void *allocate(void *unused)
{
    (void)unused;
    for (int i = 0; i < CALLS; i++)
        free(launder(realloc(launder(calloc(1, 100)), 5000)));
    for (int i = 0; i < CALLS; i++)
        launder(malloc(opaque(1000)));
    return malloc(opaque(PTRDIFF_MAX));
}

static int busy(void)
{
    pthread_t thread[THREADS];
    for (int i = 0; i < THREADS; i++)
        if (begin_thread(&thread[i], allocate, NULL) != 0)
            return 98;
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    return 7;
}

static int parts(const char *part)
{
    if (strcmp(part, "busy") == 0)
        return busy();
    if (strcmp(part, "leave") == 0)
        _exit(busy());
    if (strcmp(part, "forks") == 0) {
        pid_t child = fork();
        if (child == 0)
            exit(3);
        waitpid(child, NULL, 0);
    }
    if (strcmp(part, "killed") == 0)
        raise(SIGKILL);
    return 0;
}

static bool counts_hold(const struct end *end)
{
    const int calls = THREADS * CALLS;
    long mallocs = number_before(end->text, " malloc "),
         callocs = number_before(end->text, " calloc ");
    long reallocs = number_before(end->text, " realloc "),
         frees = number_before(end->text, " free ");
    bool fine = mallocs >= calls + THREADS && mallocs < calls + 100 && callocs >= calls &&
                callocs < calls + 100 && reallocs >= calls && reallocs < calls + 100 &&
                frees >= calls && frees < calls + 100 &&
                number_before(end->text, " errors") == THREADS;
    if (!fine)
        note("%ld malloc %ld calloc %ld realloc %ld free", mallocs, callocs, reallocs, frees);
    return fine;
}

static bool lives_hold(const struct end *end)
{
    long blocks = number_before(end->text, " blocks\n");
    bool fine = blocks >= THREADS * CALLS && blocks < THREADS * CALLS + 100;
    if (!fine)
        note("%ld blocks at the end", blocks);
    return fine && strstr(end->text, " MiB in ");
}

static void a_program_that_returns(void)
{
    struct end end = run("busy", "C");
    if (!WIFEXITED(end.status) || WEXITSTATUS(end.status) != 7)
        note("status %d", end.status);
    ok(WEXITSTATUS(end.status) == 7 && occurrences(end.text, "\n") == 5, "it_prints_five_lines");
    ok(occurrences(end.text, " exited 7 after ") == 1, "the_first_tells_its_status");
    ok(counts_hold(&end), "all_calls_of_all_threads_are_counted");
    ok(lives_hold(&end), "and_what_it_has_not_freed");
    ok(occurrences(end.text, "-- ashlar --") == 1 && !strstr(end.text, "\xe2"),
       "in_plain_letters_where_no_others_are_known");
    end = run("busy", "C.UTF-8");
    ok(strstr(end.text, "── ashlar ──") != NULL, "with_lines_where_they_are");
}

static void other_ends(void)
{
    struct end end = run("leave", "C");
    const char *way = getenv("TEST_WAY");
    if (way && strcmp(way, "static") == 0)
        skip("a static program's _exit is libc's own");
    else
        ok(occurrences(end.text, " exited 7 after ") == 1 && counts_hold(&end),
           "_exit_is_an_end_too");
    end = run("forks", "C");
    ok(occurrences(end.text, "-- ashlar --") == 1 && strstr(end.text, " exited 0 after "),
       "a_fork_prints_none");
    end = run("killed", "C");
    ok(WIFSIGNALED(end.status) && !end.text[0], "what_is_killed_says_nothing");
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return parts(argv[1]);
    if (!on_ashlar()) {
        skip("only ashlar has a summary");
        return done();
    }
    a_program_that_returns();
    other_ends();
    return done();
}
