/* secure.h - will the kernel start this program in secure mode (AT_SECURE), where the loader drops
 * LD_PRELOAD? */
#ifndef TOOL_SECURE_H
#define TOOL_SECURE_H

enum secure_reason {
    SECURE_NOT,          /* it will not */
    SECURE_SETUID,       /* it changes our user */
    SECURE_SETGID,       /* it changes our group */
    SECURE_CAPABILITIES, /* it has file capabilities */
};

/* What the kernel will find when we execute the file as we are now. */
enum secure_reason secure_reason(const char *path);

#endif
