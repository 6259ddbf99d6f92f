"""Ed25519 as docs/formats/notes.md asks for it: RFC 8032, verification without cofactor, nothing but Python's integers."""
import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
IDENTITY = (0, 1, 1, 0)


def add(a, b):
    """RFC 8032 section 5.1.4, extended coordinates."""
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    return (f - e) * (h - g) % P, (h + g) * (f + e) % P, (h - g) * (h + g) % P, (f - e) * (f + e) % P


def times(scalar, point):
    result = IDENTITY
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def is_identity(point):
    return point[0] == 0 and point[1] == point[2]


def encode(point):
    inverse = pow(point[2], -1, P)
    return (point[1] * inverse % P | (point[0] * inverse % P & 1) << 255).to_bytes(32, "little")


def decode(data):
    """The point of which these 32 bytes are the only encoding; None if they are not."""
    value = int.from_bytes(data, "little")
    y, sign = value & (1 << 255) - 1, value >> 255
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * v**3 * pow(u * v**7, (P - 5) // 8, P) % P
    if v * x * x % P != u:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or v * x * x % P != u or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def is_small(point):
    return is_identity(times(8, point))


def is_registrable(key):
    """A canonical point of prime order."""
    point = decode(key)
    return point is not None and not is_identity(point) and is_identity(times(L, point))


def verifies(key, message, signature):
    a, r, s = decode(key), decode(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L or is_small(a) or is_small(r):
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    minus_a = (P - a[0], a[1], 1, P - a[3])
    return encode(add(times(s, BASE), times(k, minus_a))) == signature[:32]


def sign(seed, message):
    """RFC 8032 section 5.1.6; slow, and its time tells the secret: for tests that play a liar."""
    digest = hashlib.sha512(seed).digest()
    secret = (int.from_bytes(digest[:32], "little") & (1 << 254) - 8) | 1 << 254
    nonce = int.from_bytes(hashlib.sha512(digest[32:] + message).digest(), "little") % L
    point, key = encode(times(nonce, BASE)), encode(times(secret, BASE))
    k = int.from_bytes(hashlib.sha512(point + key + message).digest(), "little") % L
    return point + ((nonce + k * secret) % L).to_bytes(32, "little")


def public_key(seed):
    digest = hashlib.sha512(seed).digest()
    return encode(times((int.from_bytes(digest[:32], "little") & (1 << 254) - 8) | 1 << 254, BASE))
