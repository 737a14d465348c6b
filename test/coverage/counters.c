/*
 * counters.c - clang's counters go to their file as soon as the library has begun (make coverage).
 *
 * Its own runtime does so too, but forgets what ran before: the first call of malloc, the settings,
 * the first thread.  Defining __llvm_profile_runtime keeps its constructor out; ours comes after the
 * library's (meson.build), and adds what was counted until then.
 */
#include <stdint.h>
#include <string.h>

extern int __llvm_profile_runtime;
extern intptr_t __llvm_profile_counter_bias;

void __llvm_profile_initialize(void);
uint64_t *__llvm_profile_begin_counters(void);
uint64_t *__llvm_profile_end_counters(void);

int __llvm_profile_runtime;

__attribute__((constructor, no_profile_instrument_function)) static void begin_counting(void)
{
    /* Opening the file clears the counters in memory: what they say is kept meanwhile. */
    uint64_t *counters = __llvm_profile_begin_counters();
    size_t n = (size_t)(__llvm_profile_end_counters() - counters);
    uint64_t before[n];
    memcpy(before, counters, sizeof before);
    __llvm_profile_initialize();

    /* The counters in the file lie this many bytes from those in memory; 0 if there is no file. */
    intptr_t away = __llvm_profile_counter_bias;
    uint64_t *in_file = (uint64_t *)((uintptr_t)counters + (uintptr_t)away);
    for (size_t i = 0; away != 0 && i < n; i++)
        in_file[i] += before[i];
}
