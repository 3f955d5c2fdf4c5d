/* The choice between functions that are compiled for several sets of instructions. */

#pragma once

#define CHOOSE(function)                                   \
  (has_avx512() ? function##_avx512 : has_avx2() ? function##_avx2 : function##_sse)

static inline int has_avx2(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static inline int has_avx512(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
