/*
 * own_malloc.c - a program that defines malloc itself, as those with jemalloc linked in do.
 *
 * This one hands everything on to the next malloc and says which library that is.
 */
#include <dlfcn.h>
#include <stdio.h>

void *malloc(size_t n);

void *malloc(size_t n)
{
    static void *(*next)(size_t);
    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "malloc");
    return next(n);
}

int main(void)
{
    Dl_info info;
    void *next = dlsym(RTLD_NEXT, "malloc");
    if (!malloc(1) || !dladdr(next, &info))
        return 1;
    return puts(info.dli_fname) < 0;
}
