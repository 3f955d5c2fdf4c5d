/* A folded layer: (x forms)^2 readout, and their linear map, of a few tokens. */

#ifndef QSLC_FOLDED_H
#define QSLC_FOLDED_H

#include <stdint.h>

/* Matrices of float32, row by row: forms (encoded, squares), readout (squares, observables),
 * up (observables, units). */
typedef struct {
  int64_t tokens, encoded, squares, observables;
  int64_t units;  /* 0: there is no map, the outputs are the expectations */
  int normalises; /* whether x is a unit vector, along the token */
  const float *forms, *readout, *up;
} Folded;

/* inputs (tokens, encoded); outputs (tokens, units or observables). */
void qslc_folded(const Folded *folded, const float *inputs, float *outputs);

#endif
