/* Squares of LANES tokens and LANES columns: from a matrix of any type into registers, and back.
 *
 * Rows of a square are tokens; what the matrix does not have is 0. */

#ifndef QSLC_SQUARES_H
#define QSLC_SQUARES_H

#include "kernel.h"
#include "lanes.h"

/* The matrix from the row `row` on. */
Matrix rows_from(Matrix matrix, int64_t row);

/* The columns from `first` on of the first `count` rows. */
void read_square(Matrix matrix, int count, int64_t first, Lanes square[LANES]);
void write_square(Matrix matrix, int count, int64_t first, const Lanes square[LANES]);

#endif
