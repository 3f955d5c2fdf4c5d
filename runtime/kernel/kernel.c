/* The functions of kernel.h for any x86-64 processor: each is that of the best set of instructions
 * that it has. */

#include "kernel.h"

#include "choice.h"

#define DECLARE(SET)                                                  \
  int64_t qslc_width##SET(const Layer *, int);                        \
  bool qslc_outputs##SET(const Layer *, Array);                       \
  bool qslc_gradients##SET(const Layer *, const Array[UPSTREAM]);     \
  int64_t qslc_folded_width##SET(const Folded *);                     \
  bool qslc_folded##SET(const Folded *, float *);

DECLARE(_sse)
DECLARE(_avx2)
DECLARE(_avx512)

int64_t qslc_width(const Layer *layer, int count) { return CHOOSE(qslc_width)(layer, count); }

bool qslc_outputs(const Layer *layer, Array outputs) {
  return CHOOSE(qslc_outputs)(layer, outputs);
}

bool qslc_gradients(const Layer *layer, const Array gradients[UPSTREAM]) {
  return CHOOSE(qslc_gradients)(layer, gradients);
}

int64_t qslc_folded_width(const Folded *folded) { return CHOOSE(qslc_folded_width)(folded); }

bool qslc_folded(const Folded *folded, float *outputs) {
  return CHOOSE(qslc_folded)(folded, outputs);
}
