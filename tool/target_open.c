/*
 * target_open.c - opens the target that the user named, or says why not and what to do.
 *
 * Who may look at a process, in the order in which the kernel asks (ptrace(2), "Ptrace access mode
 * checking"): the same user and not a set-id program; else root, or whoever has CAP_SYS_PTRACE in
 * the process's user namespace; and then every security module, of which Yama is the common one.
 * The kernel answers all of these with the same errno.  The sentences here find out which it was,
 * because what helps is another thing each time.
 */
#include "asnap.h"
#include "core.h"
#include "proc.h"
#include "rights.h"
#include "say.h"
#include "target.h"
#include "target_name.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Whose process it is; -1 if nobody knows. */
static long owner_of(pid_t pid)
{
    char status[PROC_STATUS];
    proc_read(pid, "status", status, sizeof status);
    const char *user = proc_value(status, "Uid");
    return user ? strtol(user, NULL, 10) : -1;
}

/* Why somebody who is not root is refused. */
static void say_whose(pid_t pid)
{
    long owner = owner_of(pid);
    if (owner >= 0 && owner != (long)geteuid())
        say_more("it belongs to user %ld, and you are user %ld", owner, (long)geteuid());
    else if (rights_yama() > 0)
        say_more("Yama forbids it: /proc/sys/kernel/yama/ptrace_scope is %d", rights_yama());
    else
        say_more("it is marked as not to be looked at, as set-id programs are");
}

/* What helps depends on why: another user, a hardened kernel, or a container. */
static void say_what_helps(pid_t pid)
{
    if (geteuid() != 0) {
        say_whose(pid);
        say_more("try:  sudo ashlar %s %d", say_verb, (int)pid);
    } else if (!rights_trace()) {
        say_more("you are root without the capability CAP_SYS_PTRACE, as in a container");
        say_more("give it:  docker run --cap-add SYS_PTRACE ...   or look from the host");
    } else {
        say_more("a security module forbids it, or it lives in an outer container");
        say_more("look from the machine that started it");
    }
}

/* Neither a process nor a file. */
__attribute__((noreturn)) static void refuse_word(const char *word)
{
    say("no process is named %s, and no file of this name is here.", say_word(word));
    say_more("TARGET is a pid, a process name, a core file or a snapshot; to see the processes:  "
             "ashlar ps");
    exit(EXIT_OURS);
}

__attribute__((noreturn)) void target_refuse(const char *word, pid_t pid, enum target_refusal why)
{
    int error = errno;
    switch (why) {
    case TARGET_GONE:
        say("process %d is gone, or never was: there is no /proc/%d", (int)pid, (int)pid);
        break;
    case TARGET_ZOMBIE:
        say("process %d has ended: its memory is gone, only its exit status is left", (int)pid);
        say_more("(a zombie: its parent has not asked for the status yet)");
        break;
    case TARGET_KERNEL_THREAD:
        say("process %d is a thread of the kernel: it has no memory of its own", (int)pid);
        break;
    case TARGET_DENIED:
        say("process %d may not be looked at: %s", (int)pid, strerror(error));
        say_what_helps(pid);
        break;
    case TARGET_NO_CORE: say("%s is no core file", say_word(word)); break;
    default: say("%s cannot be looked at: %s", say_word(word), strerror(error));
    }
    exit(EXIT_OURS);
}

/* A debugger stops its process; what is shown is true, and does not move. */
static struct target *open_pid(const char *word, pid_t pid)
{
    enum target_refusal why;
    struct target *target = target_try(pid, &why);
    if (!target)
        target_refuse(word, pid, why);
    if (target->tracer)
        say("process %d is being traced by %d; it may stand still", (int)pid, (int)target->tracer);
    return target;
}

/* A core that was cut off is worth looking at: what is missing lies at its end. */
static struct target *open_core(const char *path)
{
    enum target_refusal why;
    struct target *target = target_try_core(path, &why);
    if (!target)
        target_refuse(path, 0, why);
    if (target->core->truncated)
        say("%s is cut off: what is missing cannot be shown", say_word(path));
    return target;
}

/* What an older one made has figures to be compared, and nothing to be looked at. */
static struct target *open_snapshot(const char *path)
{
    const char *wrong;
    struct target *target = target_try_snapshot(path, &wrong);
    if (target)
        return target;
    say("%s cannot stand in for its process: %s", say_word(path), wrong);
    say_more("it can still be compared:  ashlar diff %s TARGET", say_word(path));
    exit(EXIT_OURS);
}

/* By its first bytes. */
static struct target *open_file(const char *path)
{
    return asnap_is(path) ? open_snapshot(path) : open_core(path);
}

/* Pids end at 2^22; a longer number wraps into nobody's. */
static pid_t pid_of(const char *word)
{
    errno = 0;
    long pid = strtol(word, NULL, 10);
    if (errno || pid <= 0 || pid > INT_MAX)
        say_and_exit(EXIT_OURS, "%s is no pid: they go from 1 to 4194304", word);
    return (pid_t)pid;
}

/* A name that a process has comes before a file of this name in the current directory. */
struct target *target_open(const char *word)
{
    if (target_word_is_pid(word))
        return open_pid(word, pid_of(word));
    if (strchr(word, '/'))
        return open_file(word);
    pid_t pid = word[0] ? target_pid_named(word) : 0;
    if (pid)
        return open_pid(word, pid);
    if (access(word, F_OK) == 0)
        return open_file(word);
    refuse_word(word);
}

const char *target_word(const struct target *target)
{
    char *pid;
    if (target->asked)
        return say_word(target->asked);
    if (asprintf(&pid, "%d", (int)target->pid) < 0)
        say_and_exit(EXIT_OURS, "out of memory");
    return pid;
}

void target_need_memory(const struct target *target)
{
    if (!target->memory_denied)
        return;
    say("the memory of process %d may not be read, only its list of areas", (int)target->pid);
    say_what_helps(target->pid);
    exit(EXIT_OURS);
}
