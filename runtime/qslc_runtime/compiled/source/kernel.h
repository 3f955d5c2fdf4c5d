/* A layer: the expectations of a circuit for many tokens, their linear map, and the gradients. */

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

#endif
