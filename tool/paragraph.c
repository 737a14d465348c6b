/*
 * paragraph.c - words put into lines of 80 columns.
 *
 * The texts are plain ASCII, so a byte is a column; a word that is longer than a line stands alone.
 */
#include "paragraph.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS = 80 };

void paragraph_print(const char *text, int indent)
{
    int column = 0;
    while (*text) {
        int n = (int)strcspn(text, " ");
        if (column && column + 1 + n > COLUMNS) {
            putchar('\n');
            column = 0;
        }
        column += column ? printf(" %.*s", n, text) : printf("%*s%.*s", indent, "", n, text);
        text += n;
        text += strspn(text, " ");
    }
    putchar('\n');
}
