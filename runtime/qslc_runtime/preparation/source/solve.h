/* Damped normal equations. */

#ifndef QSLC_SOLVE_H
#define QSLC_SOLVE_H

/* The upper triangle of J^T J (width, width) and J^T x (width), width = blocks * BLOCK. The columns
 * of J stand in blocks (size, BLOCK). */
void multiply_transposed(const double *jacobian, const double *x, int size, int blocks,
                         double *gram, double *gradient);

/* Solves (gram + damping I) y = x by Cholesky, in place. `factor` (width, width) is scratch. */
void solve_damped(const double *gram, double damping, int width, double *factor, double *x);

#endif
