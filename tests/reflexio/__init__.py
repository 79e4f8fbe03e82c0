"""Against a real Reflexio server: `make reflexio`. What the server learns from what it gets needs a language model and
is not tested here."""
