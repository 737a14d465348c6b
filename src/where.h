/*
 * where.h - where in which file an address of code is, as /proc/self/maps tells.
 */
#ifndef ASHLAR_WHERE_H
#define ASHLAR_WHERE_H

#include "print.h"

/*
 * Print "FILE+0xOFFSET": the offset counts from where the file's first page lies, as addr2line -e
 * FILE wants it for libraries and position-independent programs; the address alone if it is in no
 * file.
 */
void where_print(struct line *l, uintptr_t address);

#endif
