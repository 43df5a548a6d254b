// Arithmetic of a Whisper model on processors with AVX512-BF16: linear layers, layer norms, attention, scores.
//
// Products take 16-bit floats and sum in 32 bits (vdpbf16ps: two products a lane). What is multiplied with again and
// again, weights and the keys and values of the sound, is packed once: panels of 64 columns, within a panel pairs of
// rows, so that a pair of the left operand is broadcast to 64 sums of pairs. A tile is 6 rows by 64 columns: 24 of the
// 32 registers hold sums. Knows nothing of what it computes; shapes are checked by the caller.

#include <immintrin.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>

using bf16 = uint16_t;

namespace {

constexpr long PANEL = 64;        // columns
constexpr int TILE = 6;           // rows
constexpr long HEAD = 64;         // numbers a head, in every Whisper model
constexpr long ROWS_AT_ONCE = 96; // rows that stay in a core's cache while the weights pass by

inline __m512bh load(const bf16* at) { return (__m512bh)_mm512_loadu_si512(at); }

inline void store(bf16* to, __m512 low, __m512 high) {
    _mm512_storeu_si512(to, (__m512i)_mm512_cvtne2ps_pbh(high, low));
}

inline __m512 wide(__m256i halves) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16)); }

// 2^x to seven digits: the fraction by a polynomial, the whole part put into the exponent.
inline __m512 exp2(__m512 x) {
    x = _mm512_max_ps(x, _mm512_set1_ps(-126.0f));
    const __m512 whole = _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    const __m512 part = _mm512_sub_ps(x, whole);
    __m512 sum = _mm512_set1_ps(1.33335581e-3f);
    sum = _mm512_fmadd_ps(sum, part, _mm512_set1_ps(9.61812910e-3f));
    sum = _mm512_fmadd_ps(sum, part, _mm512_set1_ps(5.55041087e-2f));
    sum = _mm512_fmadd_ps(sum, part, _mm512_set1_ps(2.40226507e-1f));
    sum = _mm512_fmadd_ps(sum, part, _mm512_set1_ps(6.93147181e-1f));
    sum = _mm512_fmadd_ps(sum, part, _mm512_set1_ps(1.0f));
    return _mm512_scalef_ps(sum, whole);
}

constexpr float LOG2E = 1.44269504f;

// x times the normal distribution's function of x; erf after Abramowitz and Stegun 7.1.26, to 1.5e-7.
inline __m512 gelu(__m512 x) {
    const __m512 one = _mm512_set1_ps(1.0f);
    const __m512 size = _mm512_mul_ps(_mm512_abs_ps(x), _mm512_set1_ps(0.70710678f));
    const __m512 t = _mm512_div_ps(one, _mm512_fmadd_ps(size, _mm512_set1_ps(0.3275911f), one));
    __m512 sum = _mm512_set1_ps(1.061405429f);
    sum = _mm512_fmadd_ps(sum, t, _mm512_set1_ps(-1.453152027f));
    sum = _mm512_fmadd_ps(sum, t, _mm512_set1_ps(1.421413741f));
    sum = _mm512_fmadd_ps(sum, t, _mm512_set1_ps(-0.284496736f));
    sum = _mm512_fmadd_ps(sum, t, _mm512_set1_ps(0.254829592f));
    const __m512 fall = exp2(_mm512_mul_ps(_mm512_mul_ps(size, size), _mm512_set1_ps(-LOG2E)));
    const __m512 tail = _mm512_mul_ps(_mm512_mul_ps(sum, t), fall);            // 1 - erf(|x| / sqrt 2)
    const __m512 half = _mm512_mul_ps(x, _mm512_set1_ps(0.5f));
    const __mmask16 negative = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ);
    const __m512 weight = _mm512_mask_blend_ps(negative, _mm512_sub_ps(_mm512_set1_ps(2.0f), tail), tail);
    return _mm512_mul_ps(half, weight);
}

// sums (R, 64) += left (R, 2 pairs) times a packed panel.
template <int R>
inline __attribute__((always_inline)) void tile(
    const bf16* left, long stride, const bf16* panel, long pairs, __m512 (&sums)[R][4]) {
    for (long pair = 0; pair < pairs; ++pair, panel += 2 * PANEL) {
        const __m512bh b0 = load(panel), b1 = load(panel + 32), b2 = load(panel + 64), b3 = load(panel + 96);
#pragma GCC unroll 6
        for (int row = 0; row < R; ++row) {
            int32_t both;
            std::memcpy(&both, left + row * stride + 2 * pair, 4);
            const __m512bh a = (__m512bh)_mm512_set1_epi32(both);
            sums[row][0] = _mm512_dpbf16_ps(sums[row][0], a, b0);
            sums[row][1] = _mm512_dpbf16_ps(sums[row][1], a, b1);
            sums[row][2] = _mm512_dpbf16_ps(sums[row][2], a, b2);
            sums[row][3] = _mm512_dpbf16_ps(sums[row][3], a, b3);
        }
    }
}

enum Ending { ROUNDED = 0, GELU = 1, ADDED = 2, EXACT = 3 };

struct Layer {
    const bf16* x;
    long rows, width, apart; // rows of x begin `apart` numbers from each other
    const bf16* weight;
    const float* bias; // of padded length
    long out;
    int ending;
    void* y;
    long stride; // of y
};

template <int R>
void tile_of_layer(const Layer& layer, long row, long panel) {
    __m512 sums[R][4];
    for (int part = 0; part < 4; ++part) {
        const __m512 bias = _mm512_loadu_ps(layer.bias + panel * PANEL + 16 * part);
        for (int r = 0; r < R; ++r) sums[r][part] = bias;
    }
    tile<R>(layer.x + row * layer.apart, layer.apart, layer.weight + panel * layer.width * PANEL, layer.width / 2, sums);
    const long first = panel * PANEL, count = std::min(PANEL, layer.out - first);
    for (int r = 0; r < R; ++r) {
        if (layer.ending == ROUNDED || layer.ending == GELU) {
            if (layer.ending == GELU)
                for (int part = 0; part < 4; ++part) sums[r][part] = gelu(sums[r][part]);
            bf16* to = static_cast<bf16*>(layer.y) + (row + r) * layer.stride + first;
            store(to, sums[r][0], sums[r][1]);
            store(to + 32, sums[r][2], sums[r][3]);
        } else {
            float* to = static_cast<float*>(layer.y) + (row + r) * layer.stride + first;
            for (int part = 0; part < 4; ++part) {
                const long left = count - 16 * part;
                const __mmask16 mask = left >= 16 ? 0xffff : left <= 0 ? 0 : (1u << left) - 1;
                if (layer.ending == ADDED)
                    sums[r][part] = _mm512_add_ps(sums[r][part], _mm512_maskz_loadu_ps(mask, to + 16 * part));
                _mm512_mask_storeu_ps(to + 16 * part, mask, sums[r][part]);
            }
        }
    }
}

void rows_of_layer(const Layer& layer, long from, long to, long panel) {
    for (; from + TILE <= to; from += TILE) tile_of_layer<TILE>(layer, from, panel);
    switch (to - from) {
        case 1: tile_of_layer<1>(layer, from, panel); break;
        case 2: tile_of_layer<2>(layer, from, panel); break;
        case 3: tile_of_layer<3>(layer, from, panel); break;
        case 4: tile_of_layer<4>(layer, from, panel); break;
        case 5: tile_of_layer<5>(layer, from, panel); break;
    }
}

struct Attention {
    long frames, panels; // panels * 64 >= frames
    float scale;
};

// Attention of R queries over packed keys and values; scores: room for R * panels * 64 floats.
template <int R>
void attend(
    const Attention& of, const bf16* query, long query_stride, const bf16* keys, const bf16* values,
    float* scores, bf16* chances, float* raw, long raw_stride, bf16* mixed, long mixed_stride) {
    const long columns = of.panels * PANEL;
    __m512 highest[R];
    for (int r = 0; r < R; ++r) highest[r] = _mm512_set1_ps(-std::numeric_limits<float>::infinity());
    const __m512 scale = _mm512_set1_ps(of.scale);
    for (long panel = 0; panel < of.panels; ++panel) {
        __m512 sums[R][4];
        for (int r = 0; r < R; ++r)
            for (int part = 0; part < 4; ++part) sums[r][part] = _mm512_setzero_ps();
        tile<R>(query, query_stride, keys + panel * HEAD * PANEL, HEAD / 2, sums);
        for (int part = 0; part < 4; ++part) {
            const long left = of.frames - panel * PANEL - 16 * part;
            const __mmask16 mask = left >= 16 ? 0xffff : left <= 0 ? 0 : (1u << left) - 1;
            for (int r = 0; r < R; ++r) {
                const __m512 score = _mm512_mask_mul_ps(
                    _mm512_set1_ps(-std::numeric_limits<float>::infinity()), mask, sums[r][part], scale);
                highest[r] = _mm512_max_ps(highest[r], score);
                _mm512_storeu_ps(scores + r * columns + panel * PANEL + 16 * part, score);
            }
        }
    }
    float share[R];
    for (int r = 0; r < R; ++r) {
        const float* from = scores + r * columns;
        if (raw) std::memcpy(raw + r * raw_stride, from, of.frames * sizeof(float));
        const __m512 top = _mm512_set1_ps(_mm512_reduce_max_ps(highest[r]) * LOG2E);
        __m512 sum = _mm512_setzero_ps();
        for (long column = 0; column < columns; column += 32) {
            const __m512 low = exp2(_mm512_fmsub_ps(_mm512_loadu_ps(from + column), _mm512_set1_ps(LOG2E), top));
            const __m512 high = exp2(_mm512_fmsub_ps(_mm512_loadu_ps(from + column + 16), _mm512_set1_ps(LOG2E), top));
            sum = _mm512_add_ps(sum, _mm512_add_ps(low, high));
            store(chances + r * columns + column, low, high);
        }
        share[r] = 1.0f / _mm512_reduce_add_ps(sum);
    }
    __m512 sums[R][4];
    for (int r = 0; r < R; ++r)
        for (int part = 0; part < 4; ++part) sums[r][part] = _mm512_setzero_ps();
    tile<R>(chances, columns, values, columns / 2, sums);
    for (int r = 0; r < R; ++r) {
        const __m512 by = _mm512_set1_ps(share[r]);
        bf16* to = mixed + r * mixed_stride;
        store(to, _mm512_mul_ps(sums[r][0], by), _mm512_mul_ps(sums[r][1], by));
        store(to + 32, _mm512_mul_ps(sums[r][2], by), _mm512_mul_ps(sums[r][3], by));
    }
}

void attend_all(
    const Attention& of, const bf16* query, long query_stride, long queries, const bf16* keys, const bf16* values,
    float* scores, bf16* chances, float* raw, long raw_stride, bf16* mixed, long mixed_stride) {
    long at = 0;
    auto some = [&](auto rows) {
        attend<decltype(rows)::value>(
            of, query + at * query_stride, query_stride, keys, values, scores, chances,
            raw ? raw + at * raw_stride : nullptr, raw_stride, mixed + at * mixed_stride, mixed_stride);
        at += decltype(rows)::value;
    };
    while (at + TILE <= queries) some(std::integral_constant<int, TILE>());
    switch (queries - at) {
        case 1: some(std::integral_constant<int, 1>()); break;
        case 2: some(std::integral_constant<int, 2>()); break;
        case 3: some(std::integral_constant<int, 3>()); break;
        case 4: some(std::integral_constant<int, 4>()); break;
        case 5: some(std::integral_constant<int, 5>()); break;
    }
}

// Keys (frames, 64) to panels of 64 frames by pairs of numbers.
void pack_keys(const bf16* from, long stride, long frames, long panels, bf16* to) {
    for (long frame = 0; frame < panels * PANEL; ++frame) {
        bf16* column = to + frame / PANEL * HEAD * PANEL + frame % PANEL * 2;
        for (long pair = 0; pair < HEAD / 2; ++pair) {
            if (frame < frames)
                std::memcpy(column + pair * 2 * PANEL, from + frame * stride + 2 * pair, 4);
            else
                std::memset(column + pair * 2 * PANEL, 0, 4);
        }
    }
}

// Values (frames, 64) to one panel of 64 numbers by pairs of frames.
void pack_values(const bf16* from, long stride, long frames, long panels, bf16* to) {
    const __m512i order = _mm512_set_epi16(
        47, 15, 46, 14, 45, 13, 44, 12, 43, 11, 42, 10, 41, 9, 40, 8, 39, 7, 38, 6, 37, 5, 36, 4, 35, 3, 34, 2, 33, 1,
        32, 0);
    const __m512i later = _mm512_add_epi16(order, _mm512_set1_epi16(16));
    for (long pair = 0; pair < panels * PANEL / 2; ++pair, to += 2 * HEAD) {
        for (long half = 0; half < 2; ++half) {
            const __m512i none = _mm512_setzero_si512();
            const bf16* source = from + 2 * pair * stride + 32 * half;
            const __m512i first = 2 * pair < frames ? _mm512_loadu_si512(source) : none;
            const __m512i second = 2 * pair + 1 < frames ? _mm512_loadu_si512(source + stride) : none;
            _mm512_storeu_si512(to + 64 * half, _mm512_permutex2var_epi16(first, order, second));
            _mm512_storeu_si512(to + 64 * half + 32, _mm512_permutex2var_epi16(first, later, second));
        }
    }
}

template <typename T>
struct Room {
    explicit Room(long count) : at(static_cast<T*>(std::aligned_alloc(64, (count * sizeof(T) + 63) / 64 * 64))) {}
    ~Room() { std::free(at); }
    T* at;
};

} // namespace

extern "C" {

// weight (out, width) to panels; width is even, to has room for out rounded up to 64.
void pack_weight(const bf16* weight, long out, long width, bf16* to) {
    const long panels = (out + PANEL - 1) / PANEL;
#pragma omp parallel for
    for (long panel = 0; panel < panels; ++panel)
        for (long column = 0; column < PANEL; ++column) {
            bf16* target = to + panel * width * PANEL + 2 * column;
            const bf16* source = weight + (panel * PANEL + column) * width;
            for (long pair = 0; pair < width / 2; ++pair) {
                if (panel * PANEL + column < out)
                    std::memcpy(target + pair * 2 * PANEL, source + 2 * pair, 4);
                else
                    std::memset(target + pair * 2 * PANEL, 0, 4);
            }
        }
}

void linear(
    const bf16* x, long rows, long width, long apart, const bf16* weight, const float* bias, long out, int ending,
    void* y, long stride) {
    const Layer layer{x, rows, width, apart, weight, bias, out, ending, y, stride};
    const long panels = (out + PANEL - 1) / PANEL;
    if (rows >= ROWS_AT_ONCE) {
        const long chunks = (rows + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE;
#pragma omp parallel for schedule(dynamic)
        for (long chunk = 0; chunk < chunks; ++chunk)
            for (long panel = 0; panel < panels; ++panel)
                rows_of_layer(layer, chunk * ROWS_AT_ONCE, std::min(rows, (chunk + 1) * ROWS_AT_ONCE), panel);
    } else {
#pragma omp parallel for schedule(static)
        for (long panel = 0; panel < panels; ++panel) rows_of_layer(layer, 0, rows, panel);
    }
}

// Layer normalisation of x (rows, width), width a multiple of 32, to 16-bit floats.
void layer_norm(const float* x, long rows, long width, const float* weight, const float* bias, bf16* y) {
#pragma omp parallel for schedule(static) if (rows * width > 65536)
    for (long row = 0; row < rows; ++row) {
        const float* from = x + row * width;
        __m512 sum = _mm512_setzero_ps(), squares = _mm512_setzero_ps();
        for (long at = 0; at < width; at += 16) sum = _mm512_add_ps(sum, _mm512_loadu_ps(from + at));
        const __m512 mean = _mm512_set1_ps(_mm512_reduce_add_ps(sum) / width);
        for (long at = 0; at < width; at += 16) {
            const __m512 off = _mm512_sub_ps(_mm512_loadu_ps(from + at), mean);
            squares = _mm512_fmadd_ps(off, off, squares);
        }
        const __m512 by = _mm512_set1_ps(1.0f / std::sqrt(_mm512_reduce_add_ps(squares) / width + 1e-5f));
        for (long at = 0; at < width; at += 32) {
            __m512 parts[2];
            for (int half = 0; half < 2; ++half) {
                const long place = at + 16 * half;
                const __m512 off = _mm512_mul_ps(_mm512_sub_ps(_mm512_loadu_ps(from + place), mean), by);
                parts[half] = _mm512_fmadd_ps(off, _mm512_loadu_ps(weight + place), _mm512_loadu_ps(bias + place));
            }
            store(y + row * width + at, parts[0], parts[1]);
        }
    }
}

// Self-attention over whole windows: qkv (windows, frames, 3, heads, 64) to mixed (windows, frames, heads, 64).
void self_attention(const bf16* qkv, long windows, long frames, long heads, bf16* mixed) {
    const long width = heads * HEAD, panels = (frames + PANEL - 1) / PANEL;
    const Attention of{frames, panels, 0.125f};
#pragma omp parallel
    {
        Room<bf16> keys(panels * PANEL * HEAD), values(panels * PANEL * HEAD), chances(TILE * panels * PANEL);
        Room<float> scores(TILE * panels * PANEL);
#pragma omp for schedule(dynamic)
        for (long both = 0; both < windows * heads; ++both) {
            const bf16* from = qkv + both / heads * frames * 3 * width + both % heads * HEAD;
            pack_keys(from + width, 3 * width, frames, panels, keys.at);
            pack_values(from + 2 * width, 3 * width, frames, panels, values.at);
            attend_all(
                of, from, 3 * width, frames, keys.at, values.at, scores.at, chances.at, nullptr, 0,
                mixed + both / heads * frames * width + both % heads * HEAD, width);
        }
    }
}

// kv (rows, frames, 2, heads, 64) to keys and values, each (rows, heads, frames rounded up to 64, 64) numbers packed.
void remember(const bf16* kv, long rows, long frames, long heads, bf16* keys, bf16* values) {
    const long width = heads * HEAD, panels = (frames + PANEL - 1) / PANEL;
#pragma omp parallel for schedule(static)
    for (long both = 0; both < rows * heads; ++both) {
        const bf16* from = kv + both / heads * frames * 2 * width + both % heads * HEAD;
        pack_keys(from, 2 * width, frames, panels, keys + both * panels * PANEL * HEAD);
        pack_values(from + width, 2 * width, frames, panels, values + both * panels * PANEL * HEAD);
    }
}

// Attention of query (rows, count, heads, 64) over what `remember` packed; raw, if given, receives the scores of
// wanted heads, (rows, wanted, count, frames).
void cross_attention(
    const bf16* query, long rows, long count, long heads, const bf16* keys, const bf16* values, long frames,
    const int* wanted, long n_wanted, float* raw, bf16* mixed) {
    const long width = heads * HEAD, panels = (frames + PANEL - 1) / PANEL;
    const Attention of{frames, panels, 0.125f};
#pragma omp parallel
    {
        Room<float> scores(TILE * panels * PANEL);
        Room<bf16> chances(TILE * panels * PANEL);
#pragma omp for schedule(static)
        for (long both = 0; both < rows * heads; ++both) {
            const long row = both / heads, head = both % heads;
            float* kept = nullptr;
            for (long at = 0; at < n_wanted; ++at)
                if (wanted[at] == head) kept = raw + (row * n_wanted + at) * count * frames;
            const long place = row * count * width + head * HEAD;
            attend_all(
                of, query + place, width, count, keys + both * panels * PANEL * HEAD,
                values + both * panels * PANEL * HEAD, scores.at, chances.at, kept, frames, mixed + place, width);
        }
    }
}

// Self-attention of a pass: qkv (rows, count, 3, heads, 64); keys and values (rows, heads, room, 64) are written from
// positions on, and each query sees what stands up to itself.
void own_attention(
    const bf16* qkv, long rows, long count, long heads, const int64_t* positions, bf16* keys, bf16* values, long room,
    bf16* mixed) {
    const long width = heads * HEAD;
#pragma omp parallel
    {
        Room<float> chances(room + 16);
#pragma omp for schedule(static)
        for (long both = 0; both < rows * heads; ++both) {
            const long row = both / heads, head = both % heads;
            bf16 *own_keys = keys + both * room * HEAD, *own_values = values + both * room * HEAD;
            for (long at = 0; at < count; ++at) {
                const bf16* query = qkv + (row * count + at) * 3 * width + head * HEAD;
                const long place = positions[row] + at;
                std::memcpy(own_keys + place * HEAD, query + width, HEAD * sizeof(bf16));
                std::memcpy(own_values + place * HEAD, query + 2 * width, HEAD * sizeof(bf16));
                const __m512bh q0 = load(query), q1 = load(query + 32);
                float top = -std::numeric_limits<float>::infinity();
                for (long other = 0; other <= place; ++other) {
                    const bf16* key = own_keys + other * HEAD;
                    __m512 sum = _mm512_dpbf16_ps(_mm512_setzero_ps(), q0, load(key));
                    sum = _mm512_dpbf16_ps(sum, q1, load(key + 32));
                    chances.at[other] = _mm512_reduce_add_ps(sum) * 0.125f * LOG2E;
                    top = std::max(top, chances.at[other]);
                }
                for (long pad = place + 1; pad % 16; ++pad) chances.at[pad] = -1e30f;
                __m512 whole = _mm512_setzero_ps();
                for (long other = 0; other <= place; other += 16) {
                    const __m512 chance = exp2(_mm512_sub_ps(_mm512_loadu_ps(chances.at + other), _mm512_set1_ps(top)));
                    const long left = place + 1 - other;
                    whole = _mm512_mask_add_ps(whole, left >= 16 ? 0xffff : (1u << left) - 1, whole, chance);
                    _mm512_storeu_ps(chances.at + other, chance);
                }
                __m512 sums[4];
                for (int part = 0; part < 4; ++part) sums[part] = _mm512_setzero_ps();
                for (long other = 0; other <= place; ++other) {
                    const __m512 chance = _mm512_set1_ps(chances.at[other]);
                    for (int part = 0; part < 4; ++part) {
                        const bf16* value = own_values + other * HEAD + 16 * part;
                        sums[part] = _mm512_fmadd_ps(
                            chance, wide(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(value))), sums[part]);
                    }
                }
                const __m512 by = _mm512_set1_ps(1.0f / _mm512_reduce_add_ps(whole));
                bf16* to = mixed + (row * count + at) * width + head * HEAD;
                store(to, _mm512_mul_ps(sums[0], by), _mm512_mul_ps(sums[1], by));
                store(to + 32, _mm512_mul_ps(sums[2], by), _mm512_mul_ps(sums[3], by));
            }
        }
    }
}

// Of every row of scores (rows, stride) the `count` highest of the first `text`, falling, where they stand, and the
// logarithm of the sum of exponentials over all of those. Scores within `near` of the highest of all `vocabulary` are computed once more in 32 bits,
// as hidden (rows, width) times embedding (vocabulary, width).
void summarize(
    float* scores, long rows, long stride, long text, long vocabulary, float near, const float* hidden,
    const float* embedding, long width, long count, float* best, int64_t* token, float* total) {
#pragma omp parallel for schedule(static)
    for (long row = 0; row < rows; ++row) {
        float* from = scores + row * stride;
        __m512 highest = _mm512_set1_ps(-std::numeric_limits<float>::infinity());
        long at = 0;
        for (; at + 16 <= vocabulary; at += 16) highest = _mm512_max_ps(highest, _mm512_loadu_ps(from + at));
        float top = _mm512_reduce_max_ps(highest);
        for (; at < vocabulary; ++at) top = std::max(top, from[at]);
        const auto again = [&](long place) {
            const float* other = embedding + place * width;
            __m512 sum = _mm512_setzero_ps();
            for (long part = 0; part < width; part += 16)
                sum = _mm512_fmadd_ps(
                    _mm512_loadu_ps(hidden + row * width + part), _mm512_loadu_ps(other + part), sum);
            from[place] = _mm512_reduce_add_ps(sum);
        };
        const __m512 limit = _mm512_set1_ps(top - near);
        for (at = 0; at + 16 <= vocabulary; at += 16) {
            uint32_t found = _mm512_cmp_ps_mask(_mm512_loadu_ps(from + at), limit, _CMP_GE_OQ);
            for (; found; found &= found - 1) again(at + __builtin_ctz(found));
        }
        for (; at < vocabulary; ++at)
            if (from[at] >= top - near) again(at);
        float* kept = best + row * count;
        int64_t* where = token + row * count;
        std::fill(kept, kept + count, -std::numeric_limits<float>::infinity());
        std::fill(where, where + count, 0);
        const auto insert = [&](long place) { // of equal scores the earlier stays first
            long rank = count;
            for (; rank > 0 && kept[rank - 1] < from[place]; --rank)
                if (rank < count) kept[rank] = kept[rank - 1], where[rank] = where[rank - 1];
            if (rank < count) kept[rank] = from[place], where[rank] = place;
        };
        for (at = 0; at + 16 <= text; at += 16) {
            const __m512 some = _mm512_loadu_ps(from + at);
            uint32_t higher = _mm512_cmp_ps_mask(some, _mm512_set1_ps(kept[count - 1]), _CMP_GT_OQ);
            for (; higher; higher &= higher - 1) insert(at + __builtin_ctz(higher));
        }
        for (; at < text; ++at) insert(at);
        const float first = kept[0];
        __m512 sum = _mm512_setzero_ps();
        const __m512 base = _mm512_set1_ps(first * LOG2E);
        float rest = 0;
        for (at = 0; at + 16 <= text; at += 16)
            sum = _mm512_add_ps(
                sum, exp2(_mm512_fmsub_ps(_mm512_loadu_ps(from + at), _mm512_set1_ps(LOG2E), base)));
        for (; at < text; ++at) rest += std::exp(from[at] - first);
        total[row] = first + std::log(_mm512_reduce_add_ps(sum) + rest);
    }
}

} // extern "C"
