/* Rotations about Y between levels of CZ, on real states.
 *
 * A CZ only flips signs of amplitudes. States stand in a frame that moves with these signs: no
 * amplitude is ever flipped; instead a rotation turns some pairs of amplitudes the other way. */

#ifndef QSLC_BRICK_H
#define QSLC_BRICK_H

#include <stdint.h>

typedef struct {
  int size;              /* of a state: 2^qubits */
  int rotations;
  const int32_t *stride; /* (rotations): how far apart the amplitudes of a pair stand */
  const uint8_t *turned; /* (rotations, size): whether its pair is turned the other way */
} Brick;

/* Cosine and sine of half an angle. */
typedef struct {
  double cosine, sine;
} Rotation;

/* states (rotations, size): what each rotation leaves of |0...0>. */
void simulate(const Brick *brick, const Rotation *rotations, double *states);

/* Undoes the rotations from the last back to `first` on one state. */
void undo(const Brick *brick, const Rotation *rotations, int first, double *state);

/* The first rotation behind the middle of the circuit, a multiple of BLOCK. */
int find_middle(const Brick *brick);

/* The derivatives of the state for the half angles, carried to the middle of the circuit, where
 * they have passed the fewest rotations: (size, BLOCK) for each BLOCK rotations. */
void differentiate(const Brick *brick, const Rotation *rotations, const double *states,
                   double *jacobian);

#endif
