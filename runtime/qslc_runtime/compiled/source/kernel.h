/* What bindings call: a layer (the expectations of a circuit for many tokens, their linear map, and
 * the gradients), and a folded layer. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Of numbers in memory. The kernel computes in float32. */
typedef enum { FLOAT32, BFLOAT16, FLOAT16 } Type;

/* Row by row. */
typedef struct {
  void *data;
  Type type;
  int rank;
  int64_t dims[3];
} Array;

/* inputs (tokens, features) of any type; theta (weights); up (observables, units), or units is 0:
 * there is no linear map, the outputs are the expectations. Gradients take the upstream, of the
 * shape of the outputs and of any type, and have the shapes of the first three. */
enum { INPUTS, THETA, UP, UPSTREAM, LAYER_ARRAYS };

typedef struct {
  const int32_t *program;
  int threads; /* at most; 0 stands for as many as the process may use */
  Array arrays[LAYER_ARRAYS];
} Layer;

/* The width of the outputs, or -1 if the first `count` arrays do not fit the program. */
int64_t qslc_width(const Layer *layer, int count);

/* outputs: (tokens, width). False: there is not enough memory. */
bool qslc_outputs(const Layer *layer, Array outputs);

/* The gradients of the sum of upstream * outputs. False: there is not enough memory. */
bool qslc_gradients(const Layer *layer, const Array gradients[UPSTREAM]);

/* A folded layer: squares of states that are linear in x, their sums, and a linear map of these.
 *
 * inputs (tokens, encoded). The state of x is x forms (encoded, squares); or there are no forms and
 * x becomes, L times, signs * x[order] (L, squares) and then, as a matrix (A, B), left x right
 * (L, A, A), (L, B, B). readout (squares, observables); up (observables, units), or units is 0.
 * All are float32, but for the order: int32. */
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
