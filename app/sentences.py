from app.chunking.sentences import sentence_spans
