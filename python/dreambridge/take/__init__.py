"""Takes: `*.take.jsonl`, what happened in a stream, line by line (protocol/TAKE.md). Read and written; knows no session."""
