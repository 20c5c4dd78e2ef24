/* Lets a process believe that it is later or earlier: SKEW is in seconds. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t id, struct timespec *at) {
    static int (*real)(clockid_t, struct timespec *);
    static long skew;
    if (!real) {
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
        skew = getenv("SKEW") ? atol(getenv("SKEW")) : 0;
    }
    int result = real(id, at);
    if (id == CLOCK_REALTIME) at->tv_sec += skew;
    return result;
}
