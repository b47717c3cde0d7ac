/* What Debian 12's MinGW headers lack and llama.cpp uses (winnt.h, Windows 10 1709). */
#pragma once
#ifdef __cplusplus
extern "C" {
#endif
#include <windows.h>
#ifndef THREAD_POWER_THROTTLING_CURRENT_VERSION
#define THREAD_POWER_THROTTLING_CURRENT_VERSION 1
#define THREAD_POWER_THROTTLING_EXECUTION_SPEED 0x1
typedef struct _THREAD_POWER_THROTTLING_STATE {
    ULONG Version;
    ULONG ControlMask;
    ULONG StateMask;
} THREAD_POWER_THROTTLING_STATE;
#endif
#ifdef __cplusplus
}
#endif
