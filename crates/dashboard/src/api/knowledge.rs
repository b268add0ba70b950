//! Files, texts, FAQ lists, feeds, curated answers, documents.
