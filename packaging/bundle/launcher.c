/* Stands between PyInstaller's launcher and dlopen (the linker's --wrap): Python is in the
   program itself, so for its library the program is given. All others are loaded. */
#include <stddef.h>
#include <string.h>

void *__real_dlopen(const char *name, int flags);

void *__wrap_dlopen(const char *name, int flags)
{
    const char *file = name ? strrchr(name, '/') : NULL;
    int is_python = file && strncmp(file, "/libpython3", 11) == 0;
    return __real_dlopen(is_python ? NULL : name, flags);
}
