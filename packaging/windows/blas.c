/* What stands in for OpenBLAS in the Windows program (20 MB): the part of BLAS and LAPACK
   that numpy links to.

   Products of vectors and matrices are computed, plainly. Systems of equations, eigenvalues
   and the like, which nothing in the program asks for, report that they failed: numpy
   raises LinAlgError then.

   Interfaces: CBLAS as in the Netlib reference, LAPACK as Fortran programs call it; names
   and 64-bit integers as in numpy's wheels. */

#include <complex.h>

typedef long long integer;
enum { ROWS = 101, NO_TRANSPOSE = 111, CONJUGATE = 113, UPPER = 121 };

#ifdef _WIN32
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif
#define CBLAS(name) scipy_cblas_##name##64_
#define SAME(x) (x)
/* A negative step counts from the far end. */
#define FIRST(n, step) ((step) < 0 ? (1 - (n)) * (step) : 0)

/* T: the number's type; A: how a factor is given (by value, or by pointer when complex);
   V: its value; J: the conjugate. */
#define FUNCTIONS(p, T, A, V, J)                                                            \
    static T p##sum(integer n, const T *x, integer xs, const T *y, integer ys, int c) {     \
        T sum = 0;                                                                          \
        if (xs == 1 && ys == 1 && !c) {                                                     \
            for (integer i = 0; i < n; i++) sum += x[i] * y[i];                             \
            return sum;                                                                     \
        }                                                                                   \
        for (integer i = 0; i < n; i++) sum += (c ? J(x[i * xs]) : x[i * xs]) * y[i * ys];  \
        return sum;                                                                         \
    }                                                                                       \
    EXPORT void CBLAS(p##axpy)(integer n, A factor, const void *from, integer xs, void *to, \
                               integer ys) {                                                \
        const T *x = (const T *)from + FIRST(n, xs);                                        \
        T *y = (T *)to + FIRST(n, ys), a = V(factor);                                       \
        for (integer i = 0; i < n; i++) y[i * ys] += a * x[i * xs];                         \
    }                                                                                       \
    EXPORT void CBLAS(p##gemv)(int order, int transpose, integer m, integer n, A factor,    \
                               const void *matrix, integer ld, const void *from,            \
                               integer xs, A keep, void *to, integer ys) {                  \
        int turned = (transpose != NO_TRANSPOSE) != (order != ROWS);                        \
        int all = transpose == NO_TRANSPOSE;                                                \
        integer rows = all ? m : n, columns = all ? n : m;                                  \
        const T *x = (const T *)from + FIRST(columns, xs), *a = matrix;                     \
        T *y = (T *)to + FIRST(rows, ys), f = V(factor), b = V(keep);                       \
        for (integer i = 0; i < rows; i++) {                                                \
            T sum = turned ? p##sum(columns, a + i, ld, x, xs, transpose == CONJUGATE)      \
                           : p##sum(columns, a + i * ld, 1, x, xs, transpose == CONJUGATE); \
            y[i * ys] = f * sum + (b == 0 ? 0 : b * y[i * ys]);                             \
        }                                                                                   \
    }                                                                                       \
    /* op(A)[i,l] lies at a[i * ai + l * al], op(B)[l,j] at b[l * bl + j * bj]. */          \
    static void p##product(integer m, integer n, integer k, T f, const T *a, integer ai,    \
                           integer al, int ca, const T *b, integer bl, integer bj, int cb,  \
                           T keep, T *c, integer ci, integer cj, int part) {                \
        for (integer i = 0; i < m; i++)                                                     \
            for (integer j = part > 0 ? i : 0; j < (part < 0 ? i + 1 : n); j++) {           \
                T sum = 0, *to = c + i * ci + j * cj;                                       \
                if (cb)                                                                     \
                    for (integer l = 0; l < k; l++)                                         \
                        sum += (ca ? J(a[i * ai + l * al]) : a[i * ai + l * al]) *          \
                               J(b[l * bl + j * bj]);                                       \
                else                                                                        \
                    sum = p##sum(k, a + i * ai, al, b + j * bj, bl, ca);                    \
                *to = f * sum + (keep == 0 ? 0 : keep * *to);                               \
            }                                                                               \
    }                                                                                       \
    EXPORT void CBLAS(p##gemm)(int order, int ta, int tb, integer m, integer n, integer k,  \
                               A factor, const void *a, integer lda, const void *b,         \
                               integer ldb, A keep, void *c, integer ldc) {                 \
        int ra = (ta == NO_TRANSPOSE) == (order == ROWS);                                   \
        int rb = (tb == NO_TRANSPOSE) == (order == ROWS);                                   \
        p##product(m, n, k, V(factor), a, ra ? lda : 1, ra ? 1 : lda, ta == CONJUGATE, b,   \
                   rb ? ldb : 1, rb ? 1 : ldb, tb == CONJUGATE, V(keep), c,                 \
                   order == ROWS ? ldc : 1, order == ROWS ? 1 : ldc, 0);                    \
    }                                                                                       \
    EXPORT void CBLAS(p##syrk)(int order, int half, int transpose, integer n, integer k,    \
                               A factor, const void *a, integer ld, A keep, void *c,        \
                               integer ldc) {                                               \
        int r = (transpose == NO_TRANSPOSE) == (order == ROWS);                             \
        integer ai = r ? ld : 1, al = r ? 1 : ld;                                           \
        p##product(n, n, k, V(factor), a, ai, al, 0, a, al, ai, 0, V(keep), c,              \
                   order == ROWS ? ldc : 1, order == ROWS ? 1 : ldc,                        \
                   half == UPPER ? 1 : -1);                                                 \
    }                                                                                       \
    EXPORT void scipy_##p##copy_64_(const integer *n, const T *x, const integer *xs, T *y,  \
                                    const integer *ys) {                                    \
        x += FIRST(*n, *xs), y += FIRST(*n, *ys);                                           \
        for (integer i = 0; i < *n; i++) y[i * *ys] = x[i * *xs];                           \
    }

#define POINTED_F(x) (*(const float complex *)(x))
#define POINTED_D(x) (*(const double complex *)(x))
FUNCTIONS(s, float, float, SAME, SAME)
FUNCTIONS(d, double, double, SAME, SAME)
FUNCTIONS(c, float complex, const void *, POINTED_F, conjf)
FUNCTIONS(z, double complex, const void *, POINTED_D, conj)

#define DOT(p, T)                                                                           \
    EXPORT T CBLAS(p##dot)(integer n, const T *x, integer xs, const T *y, integer ys) {     \
        return p##sum(n, x + FIRST(n, xs), xs, y + FIRST(n, ys), ys, 0);                    \
    }
#define DOT_COMPLEX(p, T, kind, conjugate)                                                  \
    EXPORT void CBLAS(p##kind##_sub)(integer n, const void *x, integer xs, const void *y,   \
                                     integer ys, void *to) {                                \
        *(T *)to = p##sum(n, (const T *)x + FIRST(n, xs), xs,                               \
                          (const T *)y + FIRST(n, ys), ys, conjugate);                      \
    }
DOT(s, float)
DOT(d, double)
DOT_COMPLEX(c, float complex, dotu, 0)
DOT_COMPLEX(c, float complex, dotc, 1)
DOT_COMPLEX(z, double complex, dotu, 0)
DOT_COMPLEX(z, double complex, dotc, 1)

/* All arguments are pointers; the last one that is named tells how it went. */
#define P4 void *a, void *b, void *c, void *d
#define P8 P4, void *e, void *f, void *g, void *h
#define P12 P8, void *i, void *j, void *k, void *l
#define FAILS(name, ...)                                                                    \
    EXPORT void scipy_##name##_64_(__VA_ARGS__, integer *result) { *result = 1; }
FAILS(sgesv, P4, void *e, void *f, void *g)
FAILS(dgesv, P4, void *e, void *f, void *g)
FAILS(cgesv, P4, void *e, void *f, void *g)
FAILS(zgesv, P4, void *e, void *f, void *g)
FAILS(sgetrf, P4, void *e)
FAILS(dgetrf, P4, void *e)
FAILS(cgetrf, P4, void *e)
FAILS(zgetrf, P4, void *e)
FAILS(spotrf, P4)
FAILS(dpotrf, P4)
FAILS(cpotrf, P4)
FAILS(zpotrf, P4)
FAILS(sgeev, P12, void *m)
FAILS(dgeev, P12, void *m)
FAILS(cgeev, P12, void *m)
FAILS(zgeev, P12, void *m)
FAILS(sgelsd, P12, void *m)
FAILS(dgelsd, P12, void *m)
FAILS(cgelsd, P12, void *m, void *n)
FAILS(zgelsd, P12, void *m, void *n)
FAILS(sgesdd, P12, void *m)
FAILS(dgesdd, P12, void *m)
FAILS(cgesdd, P12, void *m, void *n)
FAILS(zgesdd, P12, void *m, void *n)
FAILS(ssyevd, P8, void *i, void *j)
FAILS(dsyevd, P8, void *i, void *j)
FAILS(cheevd, P12)
FAILS(zheevd, P12)
FAILS(dgeqrf, P4, void *e, void *f, void *g)
FAILS(zgeqrf, P4, void *e, void *f, void *g)
FAILS(dorgqr, P8)
FAILS(zungqr, P8)
