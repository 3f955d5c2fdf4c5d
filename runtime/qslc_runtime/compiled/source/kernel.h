/* What bindings call: a layer (the expectations of a circuit for many tokens, their linear map, and
 * the gradients), and a folded layer. */

#ifndef QSLC_KERNEL_H
#define QSLC_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

/* Of tokens and outputs in memory. The kernel computes in float32. */
typedef enum { FLOAT32, BFLOAT16, FLOAT16 } Type;

/* (rows, columns) */
typedef struct {
  void *data;
  Type type;
  int64_t columns;
} Matrix;

/* Numbers that a program is made for: features and weights it reads, observables it gives. */
typedef struct {
  int64_t features, weights, observables;
} Sizes;

Sizes qslc_sizes(const int32_t *program);

typedef struct {
  const int32_t *program;
  int threads; /* at most; 0 stands for as many as the process may use */
  int64_t tokens;
  int64_t units; /* of the linear map; 0: there is none, the outputs are the expectations */
} Layer;

/* What a layer is differentiated for. */
typedef struct {
  Matrix inputs; /* (tokens, features) */
  float *theta;  /* (weights) */
  float *up;     /* (observables, units) */
} Arguments;

/* outputs: (tokens, units or observables). False: there is not enough memory. */
bool qslc_outputs(const Layer *layer, Arguments arguments, Matrix outputs);

/* gradients: the gradients of the sum of upstream * outputs. False: there is not enough memory. */
bool qslc_gradients(const Layer *layer, Arguments arguments, Matrix upstream, Arguments gradients);

/* A folded layer: squares of states that are linear in x, their sums, and a linear map of these. */

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
