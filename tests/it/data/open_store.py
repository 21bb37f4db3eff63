"""Opens a store of az-imageshare without az-imageshare: libsodium's Argon2id and XChaCha20-Poly1305, nothing else.

usage: open_store.py FOLDER < PASSPHRASE; prints {item: secret}.
"""

import base64
import json
import pathlib
import sys

from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt as opened
from nacl.bindings import crypto_pwhash_alg, crypto_pwhash_ALG_ARGON2ID13


def parts(path):
    content = path.read_bytes()
    end = content.index(b"\n") + 1
    line, nonce, sealed = content[:end], content[end : end + 24], content[end + 24 :]
    return json.loads(line), line, nonce, sealed


folder = pathlib.Path(sys.argv[1])
passphrase = sys.stdin.buffer.read()
line, aad, nonce, sealed = parts(folder / "key")
about = line["about"]
assert (about["kdf"], about["version"], about["lanes"]) == ("argon2id", 19, 1), about
assert about["memoryKib"] >= 64 * 1024 and about["passes"] >= 3, about
outer = crypto_pwhash_alg(
    32, passphrase, base64.b64decode(about["salt"]), about["passes"], about["memoryKib"] * 1024,
    crypto_pwhash_ALG_ARGON2ID13,
)
key = opened(sealed, aad, nonce, outer)
items = {}
for path in folder.glob("*.sealed"):
    line, aad, nonce, sealed = parts(path)
    assert line["about"] == path.stem, line
    items[path.stem] = opened(sealed, aad, nonce, key).decode()
print(json.dumps(items))
