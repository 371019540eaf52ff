"""
BLAKE2b (RFC 7693) of many texts, compiled: what `hashlib` does for each of them, without a call for each.
"""

from typing import Any

import numpy as np

from letrics.packed.compiled import copied, inner, kernel

BLOCK_BYTES = 128
_ROUNDS = 12
_U64 = np.uint64
_START = np.array(
    [
        0x6A09E667F3BCC908,
        0xBB67AE8584CAA73B,
        0x3C6EF372FE94F82B,
        0xA54FF53A5F1D36F1,
        0x510E527FADE682D1,
        0x9B05688C2B3E6C1F,
        0x1F83D9ABFB41BD6B,
        0x5BE0CD19137E2179,
    ],
    dtype=np.uint64,
)
# Which words of a block each step of a round takes; rounds 10 and 11 are as 0 and 1.
_ORDER = np.array(
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
        [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
        [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
        [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
        [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
        [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
        [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
        [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
        [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
    ],
    dtype=np.uint64,
)


@inner
def _turned(word: Any, bits: int) -> Any:
    return (word >> _U64(bits)) | (word << _U64(64 - bits))


@inner
def _mixed(a: Any, b: Any, c: Any, d: Any, x: Any, y: Any) -> Any:
    a = a + b + x
    d = _turned(d ^ a, 32)
    c = c + d
    b = _turned(b ^ c, 24)
    a = a + b + y
    d = _turned(d ^ a, 16)
    c = c + d
    b = _turned(b ^ c, 63)
    return a, b, c, d


@inner
def _compress(state: Any, m: Any, counted: int, is_last: bool) -> None:
    """Take the block of words *m* into *state*; *counted* are the bytes up to its end."""
    v0, v1, v2, v3 = state[0], state[1], state[2], state[3]
    v4, v5, v6, v7 = state[4], state[5], state[6], state[7]
    v8, v9, v10, v11 = _START[0], _START[1], _START[2], _START[3]
    v12, v13, v14, v15 = _START[4] ^ _U64(counted), _START[5], _START[6], _START[7]
    if is_last:
        v14 = ~v14
    for number in range(_ROUNDS):
        s = _ORDER[number % 10]
        v0, v4, v8, v12 = _mixed(v0, v4, v8, v12, m[s[0]], m[s[1]])
        v1, v5, v9, v13 = _mixed(v1, v5, v9, v13, m[s[2]], m[s[3]])
        v2, v6, v10, v14 = _mixed(v2, v6, v10, v14, m[s[4]], m[s[5]])
        v3, v7, v11, v15 = _mixed(v3, v7, v11, v15, m[s[6]], m[s[7]])
        v0, v5, v10, v15 = _mixed(v0, v5, v10, v15, m[s[8]], m[s[9]])
        v1, v6, v11, v12 = _mixed(v1, v6, v11, v12, m[s[10]], m[s[11]])
        v2, v7, v8, v13 = _mixed(v2, v7, v8, v13, m[s[12]], m[s[13]])
        v3, v4, v9, v14 = _mixed(v3, v4, v9, v14, m[s[14]], m[s[15]])
    state[0] ^= v0 ^ v8
    state[1] ^= v1 ^ v9
    state[2] ^= v2 ^ v10
    state[3] ^= v3 ^ v11
    state[4] ^= v4 ^ v12
    state[5] ^= v5 ^ v13
    state[6] ^= v6 ^ v14
    state[7] ^= v7 ^ v15


@inner
def _fill(block: Any, data: Any, at: int, end: int) -> None:
    """Put what *data* has from *at* to *end* into *block*, and zeros behind it."""
    for place in range(copied(data, at, end, block, 0), BLOCK_BYTES):
        block[place] = 0


@kernel
def digests(
    data: Any, starts: Any, ends: Any, key: Any, block: Any, words: Any, states: Any, digest_bytes: int
) -> None:
    """
    Write into *states* (8 words each, one more than there are texts) what begins with the digest of each text.

    Texts are the bytes of *data* from *starts* to *ends*; none may be empty where there is a *key*, of up to 64 bytes.
    *block* is room for one, as bytes and as *words*.
    """
    begun = states[len(starts)]
    for word in range(8):
        begun[word] = _START[word]
    begun[0] ^= _U64(0x01010000 | (len(key) << 8) | digest_bytes)
    before = 0
    if len(key):
        _fill(block, key, 0, len(key))
        before = BLOCK_BYTES
        _compress(begun, words, before, False)
    for i in range(len(starts)):
        state = states[i]
        for word in range(8):
            state[word] = begun[word]
        at, end, counted = starts[i], ends[i], before
        while end - at > BLOCK_BYTES:
            _fill(block, data, at, at + BLOCK_BYTES)
            at += BLOCK_BYTES
            counted += BLOCK_BYTES
            _compress(state, words, counted, False)
        _fill(block, data, at, end)
        _compress(state, words, counted + end - at, True)
