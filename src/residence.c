/*
 * residence.c - an answer of the kernel, kept for a while.
 */
#include "residence.h"

#include "sys.h"

#include <string.h>

static bool ask(struct residence *r, uintptr_t from, size_t pages)
{
    r->from = from;
    r->to = from + pages * sys_page();
    return sys_look((void *)from, pages * sys_page(), r->in_memory);
}

/* Ask for as much as possible from this page on; less if not all of that is mapped. */
static void look(struct residence *r, uintptr_t page, uintptr_t end)
{
    if (ask(r, page, RESIDENCE_PAGES))
        return;
    size_t pages = (align_up(end, sys_page()) - page) / sys_page();
    if (!ask(r, page, min_size(pages, RESIDENCE_PAGES)))
        memset(r->in_memory, 0, sizeof r->in_memory);
}

static bool is_in_memory(struct residence *r, uintptr_t page, uintptr_t end)
{
    if (page < r->from || page >= r->to)
        look(r, page, end);
    return r->in_memory[(page - r->from) / sys_page()] & 1;
}

size_t residence_of(struct residence *r, uintptr_t start, uintptr_t end)
{
    size_t bytes = 0;
    while (start < end) {
        uintptr_t page = align_down(start, sys_page());
        uintptr_t next = min_size(page + sys_page(), end);
        if (is_in_memory(r, page, end))
            bytes += next - start;
        start = next;
    }
    return bytes;
}
