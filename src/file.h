/*
 * file.h - reading and writing files from inside malloc.
 *
 * The C library's open, read, write and close are cancellation points: a thread that is cancelled
 * in one of them would end inside malloc, with our locks held.  System calls made directly are not.
 */
#ifndef ASHLAR_FILE_H
#define ASHLAR_FILE_H

#include <stddef.h>
#include <sys/types.h>

/* The beginning of a file as a string of at most size - 1 bytes; empty if it cannot be read. */
void file_read(const char *path, char *text, size_t size);

/*
 * A file to be read piece by piece: open it, -1 if that cannot be done, read as read(2), close it.
 */
int file_open(const char *path);
ssize_t file_read_more(int file, char *text, size_t size);
void file_close(int file);

/* As write(2): how many bytes were written, or -1 and errno. */
ssize_t file_write(int descriptor, const char *text, size_t length);

#endif
