"""What arrives and what is answered, as pydantic types: the authority for every field."""
