/*
 * pressure.h - whether the machine, or the container the process runs in, is short of memory.
 *
 * Asked of the kernel's files of the control group (version 2): memory.current against memory.high
 * and memory.max, and the time that tasks of the group have lately lost waiting for memory
 * (memory.pressure, "some avg10").  Where there is no such group, of /proc/pressure/memory alone.
 * What cannot be read says that all is well.
 */
#ifndef ASHLAR_PRESSURE_H
#define ASHLAR_PRESSURE_H

#include "base.h"

/* Find the process's group; called once before the other, by whoever may open files. */
void pressure_begin(void);

/* Whether free memory had better go back at once. */
bool pressure_is_high(void);

/* The same for the contents of the four files; "" for one that does not exist. */
bool pressure_is_told(const char *current, const char *high, const char *max, const char *lost);

#endif
