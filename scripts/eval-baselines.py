#!/usr/bin/env python3
"""Meaning alone, and its fusion with BM25: what hybrid retrieval is compared with.

usage: eval-baselines.py EMBED_SCRIPT MODEL CACHE CORPUS QUERIES BM25_RESULT DENSE_OUT FUSED_OUT

Paragraphs and questions as they stand, vectors of all-MiniLM-L6-v2, exact cosine; reciprocal rank fusion of both
lists, equal weights, 1 / (60 + rank).
"""
import importlib.util, json, sqlite3, sys

script, model, cache, corpus, queries, bm25, dense_out, fused_out = sys.argv[1:]
# The embedding script reads its own arguments.
sys.argv = [script, model, cache]
spec = importlib.util.spec_from_file_location("embedding", script)
embedding = importlib.util.module_from_spec(spec)
spec.loader.exec_module(embedding)
import numpy as np

LISTED = 100
RRF = 60


def lines(file):
    return [json.loads(line) for line in open(file, encoding="utf8") if line.strip()]


def vectors(database, texts):
    return np.array(embedding.kept(database, texts), np.float32)


database = sqlite3.connect(cache)
database.execute("CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID")
paragraphs, questions = lines(corpus), lines(queries)
closeness = vectors(database, [q["question"] for q in questions]) @ vectors(database, [p["text"] for p in paragraphs]).T
words = json.load(open(bm25))
dense, fused = {}, {}
for question, row in zip(questions, closeness):
    best = [paragraphs[at]["id"] for at in np.argsort(-row, kind="stable")[:LISTED]]
    score = {}
    for ranking in (words[question["id"]], best):
        for rank, name in enumerate(ranking, 1):
            score[name] = score.get(name, 0) + 1 / (RRF + rank)
    dense[question["id"]] = best[:10]
    fused[question["id"]] = sorted(score, key=score.get, reverse=True)[:10]
json.dump(dense, open(dense_out, "w"))
json.dump(fused, open(fused_out, "w"))
