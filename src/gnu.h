/*
 * gnu.h - <malloc.h> as the GNU C library has it, also where the C library is another one.
 *
 * The numbers are those of the GNU C library: programs that were compiled against it, and what the
 * manual pages say, know no others.
 */
#ifndef ASHLAR_GNU_H
#define ASHLAR_GNU_H

#include "base.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef RTLD_DEEPBIND
#define RTLD_DEEPBIND 8 /* musl's loader knows no such flag, and lets it pass */
#endif

/* Of all that follows a C library has everything or nothing. */
#ifndef M_MMAP_MAX
#define M_MXFAST 1
#define M_NLBLKS 2
#define M_GRAIN 3
#define M_KEEP 4
#define M_TRIM_THRESHOLD (-1)
#define M_TOP_PAD (-2)
#define M_MMAP_THRESHOLD (-3)
#define M_MMAP_MAX (-4)
#define M_CHECK_ACTION (-5)
#define M_PERTURB (-6)
#define M_ARENA_TEST (-7)
#define M_ARENA_MAX (-8)

struct mallinfo {
    int arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost;
};
struct mallinfo2 {
    size_t arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost;
};

int mallopt(int parameter, int value);
int malloc_trim(size_t pad);
struct mallinfo mallinfo(void);
struct mallinfo2 mallinfo2(void);
int malloc_info(int options, FILE *out);
void malloc_stats(void);
void *pvalloc(size_t n);

/* Not there, and nothing of ours: summary.c asks whether it is. */
int on_exit(void (*handler)(int status, void *context), void *context) WEAK;
#endif

#endif
