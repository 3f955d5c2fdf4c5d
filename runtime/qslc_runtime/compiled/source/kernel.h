/* The expectations of a circuit for many tokens, and their gradients. */

#ifndef QSLC_KERNEL_H
#define QSLC_KERNEL_H

#include <stdint.h>

/* Numbers that a program is made for: features and weights it reads, observables it gives. */
typedef struct {
  int64_t features, weights, outputs;
} Sizes;

Sizes qslc_sizes(const int32_t *program);

/* values (tokens, outputs) of inputs (tokens, features) and theta (weights).
 * threads: at most so many; 0 stands for as many as the process may use. */
void qslc_expectations(const int32_t *program, int threads, int64_t tokens, const float *inputs,
                       const float *theta, float *values);

/* The gradients of the sum of upstream * values: (tokens, features) and (weights). */
void qslc_gradients(const int32_t *program, int threads, int64_t tokens, const float *inputs,
                    const float *theta, const float *upstream, float *input_slopes,
                    float *theta_slopes);

#endif
