/* paragraph.h - sentences for people, broken where a line is full. */
#ifndef TOOL_PARAGRAPH_H
#define TOOL_PARAGRAPH_H

/* Print the text to stdout in lines of 80 columns, each behind so many blanks.  Lines are broken at
 * blanks only: a longer word stands in a line of its own. */
void paragraph_print(const char *text, int indent);

#endif
