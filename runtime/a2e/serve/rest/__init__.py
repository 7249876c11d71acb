"""``POST /api/audio2expression``: a whole speech, or a chunk of a session's, in one request."""
