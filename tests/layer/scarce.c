/* Memory and threads that run out: what the kernel is given in place of the C library's. */

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

atomic_int allocations_left, threads_left, pieces_held;

void *scarce_alloc(size_t alignment, size_t bytes) {
  if (atomic_fetch_sub(&allocations_left, 1) <= 0) return 0;
  atomic_fetch_add(&pieces_held, 1);
  return aligned_alloc(alignment, bytes);
}

void counted_free(void *piece) {
  atomic_fetch_sub(&pieces_held, 1);
  free(piece);
}

int scarce_thread(pthread_t *thread, const pthread_attr_t *how, void *(*body)(void *), void *with) {
  if (atomic_fetch_sub(&threads_left, 1) <= 0) return EAGAIN;
  return pthread_create(thread, how, body, with);
}
