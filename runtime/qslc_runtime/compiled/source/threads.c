#define _GNU_SOURCE
#include "threads.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

int count_processors(void) {
#ifdef __linux__
  cpu_set_t allowed;
  if (!sched_getaffinity(0, sizeof allowed, &allowed)) return CPU_COUNT(&allowed);
#endif
  long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 ? (int)count : 1;
}

void run_in_threads(void *(*work)(void *job), void *const jobs[], int count) {
  pthread_t thread[MAX_THREADS];
  int started[MAX_THREADS] = {0};
  for (int i = 1; i < count; i++) started[i] = !pthread_create(&thread[i], 0, work, jobs[i]);
  for (int i = 0; i < count; i++)
    if (!started[i]) work(jobs[i]);
  for (int i = 1; i < count; i++)
    if (started[i]) pthread_join(thread[i], 0);
}
