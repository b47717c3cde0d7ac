/* What Wine 8 lacks of Windows 10, for tests only: never part of a package.
 *
 *   -DPRNG   bcryptprimitives.dll   random numbers for programs written in Rust
 *   -DICU    icuuc.dll              Windows' own Unicode library, which Qt links to
 */
#include <windows.h>

#ifdef PRNG
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T count) {
    return SystemFunction036(bytes, (ULONG)count);
}
#endif

#ifdef ICU
#define EMPTY(name) __declspec(dllexport) void *name(void) { return 0; }
EMPTY(UCNV_FROM_U_CALLBACK_SUBSTITUTE)
EMPTY(UCNV_TO_U_CALLBACK_SUBSTITUTE)
EMPTY(ucnv_cbFromUWriteUChars)
EMPTY(ucnv_cbToUWriteUChars)
EMPTY(ucnv_close)
EMPTY(ucnv_countAvailable)
EMPTY(ucnv_fromUCountPending)
EMPTY(ucnv_fromUnicode)
EMPTY(ucnv_getAvailableName)
EMPTY(ucnv_getFromUCallBack)
EMPTY(ucnv_getMaxCharSize)
EMPTY(ucnv_getName)
EMPTY(ucnv_getStandardName)
EMPTY(ucnv_getToUCallBack)
EMPTY(ucnv_open)
EMPTY(ucnv_reset)
EMPTY(ucnv_setFromUCallBack)
EMPTY(ucnv_setToUCallBack)
EMPTY(ucnv_toUCountPending)
EMPTY(ucnv_toUnicode)
#endif
