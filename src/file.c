/*
 * file.c - four system calls.
 */
#include "file.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

int file_open(const char *path)
{
    return (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
}

ssize_t file_read_more(int file, char *text, size_t size)
{
    return syscall(SYS_read, file, text, size);
}

void file_close(int file)
{
    syscall(SYS_close, file);
}

void file_read(const char *path, char *text, size_t size)
{
    int file = file_open(path);
    ssize_t length = file < 0 ? 0 : file_read_more(file, text, size - 1);
    if (file >= 0)
        file_close(file);
    text[length > 0 ? length : 0] = '\0';
}

ssize_t file_write(int descriptor, const char *text, size_t length)
{
    return syscall(SYS_write, descriptor, text, length);
}
