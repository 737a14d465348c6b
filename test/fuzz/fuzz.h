/*
 * fuzz.h - one input, two ways to come to it.  A fuzzer (make fuzz) calls LLVMFuzzerTestOneInput
 * with inputs of its own making; without one, main() replays the files it is given, or all of
 * test/fuzz/corpus/NAME, and says so as a test does.  Whatever is wrong is an abort.
 */
#ifndef TEST_FUZZ_H
#define TEST_FUZZ_H

#include "tap.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#ifndef FUZZING

/* Without stdio's buffers: the heap may be what is looked at. */
static inline void replay(const char *path)
{
    static uint8_t bytes[1 << 20];
    int file = open(path, O_RDONLY);
    ssize_t got = file < 0 ? -1 : read(file, bytes, sizeof bytes);
    close(file);
    if (ok(got >= 0, "%s", strrchr(path, '/') ? strrchr(path, '/') + 1 : path))
        LLVMFuzzerTestOneInput(bytes, (size_t)got);
}

static inline void replay_all(const char *directory)
{
    DIR *entries = opendir(directory);
    struct dirent *entry;
    char path[4096];
    while (entries && (entry = readdir(entries))) {
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        if (entry->d_name[0] != '.')
            replay(path);
    }
    if (entries)
        closedir(entries);
}

/* The corpus of a program called fuzz-NAME is corpus/NAME. */
int main(int argc, char **argv)
{
    const char *source = getenv("TEST_SOURCE"), *name = strrchr(argv[0], '-');
    char directory[4096];
    snprintf(directory, sizeof directory, "%s/test/fuzz/corpus/%s", source ? source : ".",
             name ? name + 1 : "none");
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    if (argc == 1)
        replay_all(directory);
    ok(tap_count > 0, "there_is_something_to_replay");
    return done();
}

#endif

#endif
