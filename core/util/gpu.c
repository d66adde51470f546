/* gpu.c - NVML, opened when somebody asks: its library comes with the driver, so that no build and no package has it. */
#include "iv/gpu.h"

#include <pthread.h>
#include <stddef.h>

#include "iv/alloc.h"
#include "iv/lazy.h"

#define FRESH_US 2000000
#define MIB (1u << 20)
#define GPUS_MAX 64

/* What of NVML's stable interface is used: there is no header where there is no driver. */
typedef struct nvml_device *nvml_device;
struct nvml_memory {
    unsigned long long total, free, used; /* bytes */
};
struct nvml_use {
    unsigned gpu, memory; /* percent */
};
int nvmlInit_v2(void); /* 0: good, here and below */
int nvmlDeviceGetCount_v2(unsigned *n);
int nvmlDeviceGetHandleByIndex_v2(unsigned index, nvml_device *out);
int nvmlDeviceGetMemoryInfo(nvml_device device, struct nvml_memory *out);
int nvmlDeviceGetUtilizationRates(nvml_device device, struct nvml_use *out);

/* clang-format off */
#define NVML_FUNCTIONS(X)                                                                           \
    X(nvmlInit_v2) X(nvmlDeviceGetCount_v2) X(nvmlDeviceGetHandleByIndex_v2)                        \
    X(nvmlDeviceGetMemoryInfo) X(nvmlDeviceGetUtilizationRates)
/* clang-format on */
#define SLOT(function) static __typeof__(function) *ask_##function;
#define ROW(function) {#function, &ask_##function},

#ifdef __cppcheck__ /* which cannot follow a list through a macro */
static struct iv_lazy nvml;
#define ASK(function) function
#else
NVML_FUNCTIONS(SLOT)
static const struct iv_lazy_function functions[] = {NVML_FUNCTIONS(ROW)};
static struct iv_lazy nvml = {
    "libnvidia-ml.so.1", "libnvidia-ml1", functions, IV_LEN(functions), NULL, false};
#define ASK(function) (*ask_##function)
#endif

/* The machine's, not a context's: the driver is one for the process. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct iv_gpu_facts known; /* {lock} */
static int64_t known_us; /* {lock} 0: never */
static bool is_begun; /* {lock} the driver has been greeted */

static void add(unsigned index, struct iv_gpu_facts *out)
{
    struct nvml_memory memory = {0};
    struct nvml_use use = {0};
    nvml_device device;

    if (ASK(nvmlDeviceGetHandleByIndex_v2)(index, &device) ||
        ASK(nvmlDeviceGetMemoryInfo)(device, &memory))
        return;
    if (ASK(nvmlDeviceGetUtilizationRates)(device, &use)) /* not every card tells */
        use.gpu = 0;
    out->n++;
    out->used_mb += (int64_t)(memory.used / MIB);
    out->total_mb += (int64_t)(memory.total / MIB);
    if (use.gpu > out->busy_percent)
        out->busy_percent = use.gpu > 100 ? 100 : use.gpu;
}

/* {lock held} */
static void look(struct iv_gpu_facts *out)
{
    unsigned n = 0;

    *out = (struct iv_gpu_facts){0};
    if (iv_lazy_load(&nvml, NULL))
        return;
    if (!is_begun && ASK(nvmlInit_v2)())
        return;
    is_begun = true;
    if (ASK(nvmlDeviceGetCount_v2)(&n))
        return;
    for (unsigned i = 0; i < n && i < GPUS_MAX; i++)
        add(i, out);
}

void iv_gpu_facts(int64_t now_us, struct iv_gpu_facts *out)
{
    pthread_mutex_lock(&lock);
    if (!known_us || now_us - known_us > FRESH_US || now_us < known_us) {
        look(&known);
        known_us = now_us ? now_us : 1;
    }
    *out = known;
    pthread_mutex_unlock(&lock);
}
