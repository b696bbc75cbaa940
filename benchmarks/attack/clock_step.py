"""A wall clock that steps: processes started under it see one that a file sets forward, the machine does not."""

import subprocess
from pathlib import Path


def stepping(folder: Path) -> dict[str, str]:
    """Variables under which processes see a clock that the file ``step`` sets forward; needs a C compiler."""
    source, library = folder / "step.c", folder / "step.so"
    source.write_text(STEP.replace("PLACE", str(folder / "step")), encoding="utf-8")
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    return {"LD_PRELOAD": str(library)}


STEP = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static long step(void) {
    char digits[16] = {0};
    int file = open("PLACE", O_RDONLY);
    if (file < 0) return 0;
    if (read(file, digits, 15) < 0) digits[0] = 0;
    close(file);
    return atol(digits);
}
int clock_gettime(clockid_t which, struct timespec *at) {
    int told = syscall(SYS_clock_gettime, which, at);
    if (which == CLOCK_REALTIME && told == 0) at->tv_sec += step();
    return told;
}
int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) { at->tv_sec = now.tv_sec; at->tv_usec = now.tv_nsec / 1000; }
    return 0;
}
time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
"""
"""The wall clock of a process, some seconds ahead; the monotonic one stays as it is."""
