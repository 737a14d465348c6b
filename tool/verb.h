/* verb.h - a verb of the command line: `ashlar VERB ...`. */
#ifndef TOOL_VERB_H
#define TOOL_VERB_H

/* Where the overview lists it. */
enum verb_group {
    VERB_LOOK, /* looks at a process */
    VERB_RUN,  /* runs a program on libashlar */
    VERB_HELP,
};

struct verb {
    enum verb_group group;
    const char *name;
    const char *usage;   /* as the overview shows it, after "ashlar " */
    const char *summary; /* a few words beside it */
    /* argv[0] is "ashlar VERB"; parses the rest with a struct argp of the verb's own, which also
     * answers --help.  Returns the exit status. */
    int (*run)(int argc, char **argv);
};

#endif
