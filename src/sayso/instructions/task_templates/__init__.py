"""Task templates of imported conversations: sentences that recur all over a corpus, found, reviewed, and marked in every sample."""
