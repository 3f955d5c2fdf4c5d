/* A folded layer: squares of states that are linear in x, their sums, and a linear map of these. */

#ifndef QSLC_FOLDED_H
#define QSLC_FOLDED_H

#include <stdbool.h>
#include <stdint.h>

/* Row by row; float32, but for the order: int32. */
typedef struct {
  const void *data;
  int rank;
  int64_t dims[3];
} Array;

/* inputs (tokens, encoded). The state of x is x forms (encoded, squares); or there are no forms and
 * x becomes, L times, signs * x[order] (L, squares) and then, as a matrix (A, B), left x right
 * (L, A, A), (L, B, B). readout (squares, observables); up (observables, units), or units is 0. */
enum {
  FOLDED_INPUTS,
  FORMS,
  ORDER,
  SIGNS,
  LEFT,
  RIGHT,
  READOUT,
  FOLDED_UP,
  FOLDED_ARRAYS
};

typedef struct {
  Array arrays[FOLDED_ARRAYS];
  int normalizes; /* whether x is a unit vector along the input, or the input itself */
} Folded;

/* The width of the outputs, or -1 if the arrays do not fit together. */
int64_t qslc_folded_width(const Folded *folded);

/* outputs (tokens, width). False: there is not enough memory. */
bool qslc_folded(const Folded *folded, float *outputs);

#endif
