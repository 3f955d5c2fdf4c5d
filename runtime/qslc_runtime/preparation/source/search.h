/* Search for the angles that prepare a vector. */

#ifndef QSLC_SEARCH_H
#define QSLC_SEARCH_H

#include "brick.h"

/* What all vectors share. Angles are half of those of the circuit. */
typedef struct {
  Brick brick;
  int steps;             /* at most, from each start */
  double fidelity;       /* that ends the search */
  int start_count;
  const double *starts;  /* (start_count, rotations): where to start, in this order */
  int known_count;
  const double *states;  /* (known_count, size): prepared before; the nearest is the first start */
  const double *angles;  /* (known_count, rotations) */
} Search;

typedef struct Workspace Workspace;

/* Null: there is not enough memory. */
Workspace *make_workspace(const Search *search);
void free_workspace(Workspace *workspace);

/* Finds angles (rotations) for a unit vector (size) and returns the fidelity. Vector and known
 * states stand in the frame behind the last level. */
double find_angles(const Search *search, Workspace *workspace, const double *vector,
                   double *angles);

#endif
