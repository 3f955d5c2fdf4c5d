/* What Python calls: the angles of many vectors, each found by itself, in threads. */

#include <pthread.h>
#include <stdatomic.h>

#include "search.h"

enum { MOST_THREADS = 256 };

typedef struct {
  Search search;
  int64_t count;
  const double *vectors; /* (count, size) */
  double *angles;        /* (count, rotations) */
  double *fidelities;    /* (count) */
  int threads;           /* at most */
} Batch;

typedef struct {
  const Batch *batch;
  atomic_llong next;
  atomic_llong done;
} Work;

/* Takes vectors as long as there are any. */
static void *work(void *argument) {
  Work *shared = argument;
  const Batch *batch = shared->batch;
  const Brick *brick = &batch->search.brick;
  Workspace *workspace = make_workspace(&batch->search);
  if (!workspace) return 0;
  for (int64_t i; (i = atomic_fetch_add(&shared->next, 1)) < batch->count;) {
    batch->fidelities[i] =
        find_angles(&batch->search, workspace, batch->vectors + i * brick->size,
                    batch->angles + i * brick->rotations);
    atomic_fetch_add(&shared->done, 1);
  }
  free_workspace(workspace);
  return 0;
}

/* Returns the number of vectors that there was enough memory for: all of them, or fewer. */
__attribute__((visibility("default"))) int64_t qslc_find_angles(const Batch *batch) {
  Work shared = {.batch = batch};
  pthread_t threads[MOST_THREADS];
  int64_t most = batch->threads < batch->count ? batch->threads : batch->count;
  int started = 0;
  while (started < most - 1 && started < MOST_THREADS &&
         !pthread_create(&threads[started], 0, work, &shared))
    started++;
  work(&shared);
  for (int i = 0; i < started; i++) pthread_join(threads[i], 0);
  return shared.done;
}
