/* The search for angles for any x86-64 processor. */

#include <stdint.h>

#include "choice.h"

int64_t qslc_find_angles_sse(const void *batch);
int64_t qslc_find_angles_avx2(const void *batch);
int64_t qslc_find_angles_avx512(const void *batch);

__attribute__((visibility("default"))) int64_t qslc_find_angles(const void *batch) {
  return CHOOSE(qslc_find_angles)(batch);
}
