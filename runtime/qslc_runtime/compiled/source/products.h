/* Products of matrices in registers, by squares of LANES by LANES numbers. */

#pragma once

#include <string.h>

#include "lanes.h"

/* into[j] += the sum over i < count of panel[i][j] * rows[i], for all numbers j of a vector. */
INLINE void multiply_panel(const Lanes *panel, const Lanes *rows, int count, Lanes into[LANES]) {
  Lanes sums[LANES];
  memcpy(sums, into, sizeof sums);
  for (int i = 0; i < count; i++) {
    Lanes row = rows[i];
#pragma GCC unroll 16
    for (int j = 0; j < LANES; j++) sums[j] += panel[i][j] * row;
  }
  memcpy(into, sums, sizeof sums);
}

/* into[i] += the sum over j of rows[i][j] * square[j], for so many rows, which are known when it is
 * compiled: their sums do not wait for each other. */
INLINE void multiply_few(int count, const Lanes *rows, const Lanes square[LANES], Lanes *into) {
  Lanes sums[4] = {{0}};
#pragma GCC unroll 16
  for (int j = 0; j < LANES; j++)
#pragma GCC unroll 4
    for (int i = 0; i < count; i++) sums[i] += rows[i][j] * square[j];
  for (int i = 0; i < count; i++) into[i] += sums[i];
}

/* The same for any number of rows. */
INLINE void multiply_square(const Lanes *rows, int count, const Lanes square[LANES], Lanes *into) {
  Lanes own[LANES];
  int row = 0;
  memcpy(own, square, sizeof own);
  for (; row + 4 <= count; row += 4) multiply_few(4, rows + row, own, into + row);
  for (; row < count; row++) multiply_few(1, rows + row, own, into + row);
}
