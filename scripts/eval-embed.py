#!/usr/bin/env python3
"""all-MiniLM-L6-v2 in numpy behind a small HTTP server, for the hybrid evaluation.

usage: eval-embed.py MODEL_FOLDER CACHE_FILE        (prints the port, then serves)
POST / with a JSON list of texts answers {"vectors": [[…]], "seconds": s}; vectors are kept by a hash of their text.
Mean pooling, unit length, at most 256 tokens, as the model's own configuration says.
"""
import hashlib, json, os, sqlite3, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer

# Matrices this small gain nothing from threads, and lose much to them where other work shares the cores.
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

MODEL, CACHE = sys.argv[1:3]
CONFIG = json.load(open(os.path.join(MODEL, "config.json")))
HEADS, EPSILON = CONFIG["num_attention_heads"], CONFIG["layer_norm_eps"]
LAYERS, WIDTH = CONFIG["num_hidden_layers"], CONFIG["hidden_size"]
WEIGHTS = {
    name.removeprefix("bert."): np.ascontiguousarray(value.astype(np.float32).T if value.ndim == 2 and "embeddings" not in name else value.astype(np.float32))
    for name, value in load_file(os.path.join(MODEL, "model.safetensors")).items()
}
TOKENS = Tokenizer.from_file(os.path.join(MODEL, "tokenizer.json"))
TOKENS.enable_truncation(max_length=256)
TOKENS.no_padding()


def linear(x, name):
    return x @ WEIGHTS[name + ".weight"] + WEIGHTS[name + ".bias"]


def normed(x, name):
    x -= x.mean(-1, keepdims=True)
    x /= np.sqrt((x * x).mean(-1, keepdims=True) + EPSILON)
    x *= WEIGHTS[name + ".weight"]
    x += WEIGHTS[name + ".bias"]
    return x


def gelu(x):
    """x Φ(x); the error function by Abramowitz and Stegun 7.1.26 (off by less than 1.5e-7). In blocks that stay in cache."""
    flat = x.reshape(-1, x.shape[-1])
    for at in range(0, len(flat), 64):
        row = flat[at : at + 64]
        a = np.abs(row)
        a *= np.float32(0.7071067811865476)
        t = 1 / (1 + np.float32(0.3275911) * a)
        tail = t * (np.float32(0.254829592) + t * (np.float32(-0.284496736) + t * (np.float32(1.421413741) + t * (np.float32(-1.453152027) + t * np.float32(1.061405429)))))
        tail *= np.exp(-a * a)
        row *= np.where(row >= 0, 1 - tail / 2, tail / 2)
    return x


def forward(ids, mask):
    rows, length = ids.shape
    x = WEIGHTS["embeddings.word_embeddings.weight"][ids] + WEIGHTS["embeddings.position_embeddings.weight"][:length] + WEIGHTS["embeddings.token_type_embeddings.weight"][0]
    x = normed(x, "embeddings.LayerNorm")
    hidden = ((1 - mask) * np.float32(-1e9))[:, None, None, :]
    apart = lambda y: y.reshape(rows, length, HEADS, WIDTH // HEADS).transpose(0, 2, 1, 3)
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        q, k, v = (apart(linear(x, at + "attention.self." + part)) for part in ("query", "key", "value"))
        s = q @ k.transpose(0, 1, 3, 2) / np.float32(np.sqrt(WIDTH // HEADS)) + hidden
        s = np.exp(s - s.max(-1, keepdims=True))
        s /= s.sum(-1, keepdims=True)
        seen = (s @ v).transpose(0, 2, 1, 3).reshape(rows, length, WIDTH)
        x = normed(x + linear(seen, at + "attention.output.dense"), at + "attention.output.LayerNorm")
        x = normed(x + linear(gelu(linear(x, at + "intermediate.dense")), at + "output.dense"), at + "output.LayerNorm")
    mean = (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def embed(texts, tokens=2048):
    """Texts of about one length together, `tokens` of them at a time."""
    encoded = [item.ids for item in TOKENS.encode_batch(texts)]
    order = sorted(range(len(texts)), key=lambda at: len(encoded[at]))
    vectors = np.zeros((len(texts), WIDTH), np.float32)
    while order:
        batch = [order.pop()]
        length = len(encoded[batch[0]])
        while order and (len(batch) + 1) * length <= tokens:
            batch.append(order.pop())
        ids, mask = np.zeros((len(batch), length), np.int64), np.zeros((len(batch), length), np.float32)
        for row, at in enumerate(batch):
            ids[row, : len(encoded[at])] = encoded[at]
            mask[row, : len(encoded[at])] = 1
        vectors[batch] = forward(ids, mask)
    return vectors


def key(text):
    return hashlib.sha256(text.encode()).digest()


def kept(database, texts):
    """The vectors of texts: those known already, and the others made now."""
    found = {}
    for text in texts:
        row = database.execute("SELECT vector FROM vector WHERE key = ?", (key(text),)).fetchone()
        if row:
            found[text] = np.frombuffer(row[0], np.float32)
    new = [text for text in dict.fromkeys(texts) if text not in found]
    if new:
        for text, vector in zip(new, embed(new)):
            found[text] = vector
            database.execute("INSERT OR REPLACE INTO vector VALUES (?, ?)", (key(text), vector.tobytes()))
        database.commit()
    return [found[text].tolist() for text in texts]


class Handler(BaseHTTPRequestHandler):
    # HTTP/1.0: one text after another, and a connection that is kept open would hold up the next.
    def do_POST(self):
        begun = time.monotonic()
        texts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps({"vectors": kept(self.server.database, texts), "seconds": time.monotonic() - begun}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.database = sqlite3.connect(CACHE)
    server.database.execute("CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID")
    print(server.server_port, flush=True)
    server.serve_forever()
