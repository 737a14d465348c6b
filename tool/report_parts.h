/* report_parts.h - the page without its data, in four parts; the build makes report_parts.c. */
#ifndef TOOL_REPORT_PARTS_H
#define TOOL_REPORT_PARTS_H

/* Between them stand the title, the verdict and the data. */
enum report_part {
    REPORT_BEFORE_TITLE,
    REPORT_BEFORE_VERDICT,
    REPORT_BEFORE_DATA,
    REPORT_END,
    REPORT_PARTS,
};

extern const char *const report_parts[REPORT_PARTS];

#endif
