"""Tokens that were never given out (RFC 7515), made by hand: what a test has to
see refused."""

import base64
import hashlib
import json


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def claims_of(token):
    return json.loads(unb64(token.split(".")[1]))


def make_token(header, claims, sign):
    text = b64(json.dumps(header).encode()) + "." + b64(json.dumps(claims).encode())
    return text + "." + b64(sign(text.encode()))


def der_parts(data):
    """The (tag, content) pairs of a DER value's inside (X.690)."""
    at, parts = 0, []
    while at < len(data):
        tag, size, at = data[at], data[at + 1], at + 2
        if size & 0x80:
            count = size & 0x7f
            size, at = int.from_bytes(data[at:at + count], "big"), at + count
        parts.append((tag, data[at:at + size]))
        at += size
    return parts


def read_private_key(path):
    """n and d of an RSA key in PEM, PKCS #8 or PKCS #1."""
    text = "".join(line for line in path.read_text().splitlines() if "-----" not in line)
    parts = der_parts(der_parts(base64.b64decode(text))[0][1])
    if len(parts) < 5:  # PKCS #8: version, algorithm, the key in an octet string
        parts = der_parts(der_parts(parts[2][1])[0][1])
    return tuple(int.from_bytes(parts[i][1], "big") for i in (1, 3))


def sign_rs256(key, data):
    """RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2)."""
    n, d = key
    size = (n.bit_length() + 7) // 8
    info = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(data).digest()
    block = b"\0\1" + b"\xff" * (size - len(info) - 3) + b"\0" + info
    return pow(int.from_bytes(block, "big"), d, n).to_bytes(size, "big")
