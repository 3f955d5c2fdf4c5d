/* Threads that live for one call. */

#pragma once

enum { MAX_THREADS = 64 };

/* Processors that the process may use. */
int count_processors(void);

/* Does `work` with each of at most MAX_THREADS jobs, in a thread of its own, the first one in this.
 * So is a job whose thread cannot be had. */
void run_in_threads(void *(*work)(void *job), void *const jobs[], int count);
